/** A tab that waits for a leader that says that it leads, and whose node says nothing. */
import { afterEach, expect, test } from 'vitest'
import { SimulatedClock } from '../../testing/simulated-clock.ts'
import { createInProcessLocks } from '../in-process-locks.ts'
import { LeadingDesk, MAX_SESSIONS } from './leading-desk.ts'
import type { TabMessage } from './tab-messages.ts'
import { ASK_MS, LOOK_MS, MAX_ASKED, MAX_MISSED, WaitingTab } from './waiting-tab.ts'

const ended: (() => void)[] = []
afterEach(() => ended.splice(0).forEach((end) => end()))

/** A leader with so many guests, and one tab more that waits; by `say` the leader's node speaks to it. */
async function waitingTab(guests: number) {
  const clock = new SimulatedClock()
  const locks = createInProcessLocks()
  const heard: ((message: TabMessage) => void)[] = []
  const post = (message: TabMessage): void => heard.forEach((hear) => queueMicrotask(() => hear(message)))
  const opened: string[] = []
  const shared = { clock, locks, rules: 'the same', post }
  const desk = new LeadingDesk({
    ...{ ...shared, id: 'leader', prefix: 'session-', closeSession: () => undefined },
    openSession: (name) => void opened.push(name),
  })
  for (let guest = 0; guest < guests; guest++) {
    void locks.request(`session-${guest}`, {}, () => new Promise(() => undefined))
    desk.hear({ kind: 'open', from: 'guest', to: 'leader', session: `session-${guest}`, isHidden: false })
  }
  heard.push((message) => desk.hear(message))
  const told: string[] = []
  let say: (message: unknown) => void = () => undefined
  const tab = new WaitingTab({
    ...{ ...shared, id: 'tab', newName: () => 'session-own', isHidden: () => false, needsHead: false },
    onStatus: () => undefined,
    openChannel: (_, hear) => {
      say = hear
      return { post: () => undefined, close: () => undefined }
    },
    onNode: (node) => {
      told.push('asks')
      node.listen(({ kind }) => kind === 'closed' && void told.push(kind))
    },
    onAlone: (reason) => void told.push(`alone: ${reason}`),
  })
  heard.push((message) => tab.hear(message))
  ended.push(() => {
    tab.close()
    desk.close()
  })
  return {
    ...{ clock, post, opened, told, say: () => say({ kind: 'ready', chainId: '0x1' }) },
    close: () => say({ kind: 'closed', reason: 'a newer one was opened' }),
  }
}

test('a leader whose node never speaks is asked for it a bounded number of times', async () => {
  const { clock, opened, told } = await waitingTab(0)
  await clock.advance(ASK_MS * (MAX_ASKED - 1))
  expect(told).toEqual([])
  await clock.advance(ASK_MS)
  expect(told).toEqual(['alone: the node of the tab that leads does not answer'])
  expect(opened).toHaveLength(MAX_ASKED)
})

test('a node that takes long to begin is waited for', async () => {
  const { clock, told, say } = await waitingTab(0)
  await clock.advance(ASK_MS * (MAX_ASKED - 1))
  say()
  expect(told).toEqual(['asks'])
})

test('a leader that answers as many as it can says so, and the tab goes its own way at once', async () => {
  const { clock, told } = await waitingTab(MAX_SESSIONS)
  await clock.advance(ASK_MS)
  expect(told).toEqual(['alone: the tab that leads answers as many others as it can'])
})

test('what a leader says to other tabs is no sign of its node', async () => {
  const { clock, post, told, say } = await waitingTab(0)
  await clock.advance(ASK_MS)
  say()
  for (let look = 0; look <= MAX_MISSED; look++) {
    post({ kind: 'hello', from: 'another' })
    await clock.advance(LOOK_MS)
  }
  expect(told).toEqual(['asks', 'alone: the tab that leads does not answer'])
})

test('a session that the node has ended is opened anew at the next question', async () => {
  const { clock, opened, told, close, say } = await waitingTab(0)
  await clock.advance(ASK_MS)
  say()
  const before = opened.length
  close()
  expect(told).toEqual(['asks', 'closed'])
  await clock.advance(ASK_MS)
  expect(opened.length).toBeGreaterThan(before)
  say()
  expect(told).toEqual(['asks', 'closed', 'asks'])
})
