/** Tabs of one origin that open, close, crash, sleep and hang, with channels and locks of this test's own. */
import { afterEach, expect, test } from 'vitest'
import type { SessionNews } from '../../rpc/session-messages.ts'
import { SimulatedClock } from '../../testing/simulated-clock.ts'
import { createInProcessLocks } from '../in-process-locks.ts'
import type { LockManagerLike } from '../leadership.ts'
import { HIDDEN_GRACE_MS } from '../mode.ts'
import type { PageWatch, SleepEvents } from '../page-watch.ts'
import type { OpenChannel } from './channel.ts'
import { LOOK_MS, MAX_ASKED, MAX_MISSED, ASK_MS, MAX_UNANSWERED } from './waiting-tab.ts'
import { NEXT_AFTER_MS } from './next-in-line.ts'
import { GUESTS_COME_MS, REJOIN_MS, TabRoles } from './tab-roles.ts'

/** What all tabs share. */
function origin() {
  const ends = new Map<string, Set<(message: unknown) => void>>()
  const join = (name: string): Set<(message: unknown) => void> => {
    const joined = ends.get(name) ?? new Set()
    ends.set(name, joined)
    return joined
  }
  const open: OpenChannel = (name, hear) => {
    const all = join(name)
    all.add(hear)
    return {
      post: (message) => {
        for (const each of all) if (each !== hear) queueMicrotask(() => all.has(each) && each(structuredClone(message)))
      },
      close: () => void all.delete(hear),
    }
  }
  return { open, locks: createInProcessLocks(), clock: new SimulatedClock() }
}

const opened = new Set<{ close: () => Promise<void> }>()
afterEach(async () => {
  for (const each of opened) await each.close()
  opened.clear()
})

/** A tab whose node answers on the channels that it was asked to; `crash` is what a browser does with one that is gone. */
function openTab({ open, locks, clock }: ReturnType<typeof origin>, rules = 'the same') {
  let isGone = false
  let isHanging = false
  let isBusy = false
  let hasHead = true
  let crash: () => void = () => undefined
  const gone = new Promise<void>((resolve) => (crash = resolve))
  const channels: { close(): void }[] = []
  const openChannel: OpenChannel = (name, hear) => {
    const channel = open(name, (message) => !isGone && !isHanging && hear(message))
    channels.push(channel)
    return { post: (message) => !isGone && !isHanging && channel.post(message), close: () => channel.close() }
  }
  const ofTab: LockManagerLike = {
    request: (name, options, granted) =>
      isGone
        ? Promise.reject(new Error('gone'))
        : locks.request(name, options, (lock) => Promise.race([granted(lock), gone])),
  }
  let isHidden = false
  let onPage: () => void = () => undefined
  let sleep: SleepEvents | undefined
  const page: PageWatch = {
    conditions: () => ({ isHidden, savesData: false, isMetered: false }),
    watch: (onChange) => {
      onPage = onChange
      return () => undefined
    },
    watchSleep: (events) => {
      sleep = events
      return () => undefined
    },
  }
  const told: string[] = []
  const news: SessionNews[] = []
  const sessions = new Map<string, { post(message: unknown): void; close(): void }>()
  const roles = new TabRoles({
    ...{ network: 'mainnet', rules, clock, leadsHidden: false, isBusy: () => isBusy },
    platform: { locks: ofTab, openChannel, channelPrefix: 'beamtab', page },
    onLead: () => void told.push('leads'),
    onWait: () => void told.push('waits'),
    onNext: (isNext) => void told.push(isNext ? 'is next' : 'is not next'),
    onNode: (node) => {
      told.push('asks')
      node.listen((each) => void news.push(each))
    },
    onStatus: () => void told.push('status'),
    onAlone: () => void told.push('alone'),
    onRejoin: () => void told.push('asks again'),
    onLost: () => void told.push('lost'),
    onProblem: (problem) => void told.push(problem),
    onStepDown: async (how) => void told.push(`steps down ${how}`),
    openSession: (name) => {
      const state = () => (hasHead ? { kind: 'ready', chainId: '0x1' } : { kind: 'stale', reason: 'no head yet' })
      const channel = sessions.get(name) ?? openChannel(name, () => sessions.get(name)?.post(state()))
      sessions.set(name, channel)
      channel.post(state())
    },
    closeSession: (name) => {
      sessions.get(name)?.close()
      sessions.delete(name)
    },
  })
  const tab = {
    ...{ roles, told, news, sessions },
    last: () => told.at(-1),
    close: () => roles.close(Promise.resolve()),
    crash: () => {
      isGone = true
      for (const channel of channels) channel.close()
      crash()
    },
    hang: (hanging = true) => void (isHanging = hanging),
    follow: (head: boolean) => void (hasHead = head),
    work: (busy: boolean) => void (isBusy = busy),
    hide: (hidden: boolean) => {
      isHidden = hidden
      onPage()
    },
    sleep: (how: 'frozen' | 'cached') => sleep?.onSleep(how),
    wake: () => sleep?.onWake(),
  }
  opened.add(tab)
  return tab
}

async function tabs(count: number) {
  const shared = origin()
  const all = []
  for (let each = 0; each < count; each++) {
    all.push(openTab(shared))
    await shared.clock.advance(10)
  }
  return { ...shared, shared, all }
}

test('the first leads, the others ask it, and one of them is next', async () => {
  const { all, clock } = await tabs(3)
  await clock.advance(NEXT_AFTER_MS)
  expect(all.map(({ told }) => told)).toEqual([['leads'], ['waits', 'asks', 'is next'], ['waits', 'asks']])
  expect(all[0]!.sessions.size).toBe(2)
  all[0]!.roles.tell({ light: undefined, beam: undefined })
  await clock.advance(1)
  expect(all.map((tab) => tab.last())).toEqual(['leads', 'status', 'status'])
})

test.each(['crash', 'close'] as const)(
  'when the leading tab ends by a %s, the next leads at once and is asked',
  async (how) => {
    const { all, clock } = await tabs(3)
    await clock.advance(NEXT_AFTER_MS)
    void all[0]![how]()
    await clock.advance(1)
    expect(all[1]!.last()).toBe('leads')
    expect(all[2]!.told).toEqual(['waits', 'asks', 'asks'])
    await clock.advance(NEXT_AFTER_MS)
    expect(all[2]!.last()).toBe('is next')
    void all[2]![how]()
    await clock.advance(1)
    expect(all[1]!.sessions.size).toBe(0)
  },
)

test('tabs may end at any moment of another’s coming: in the end one leads, and each other asks it', async () => {
  for (let moment = 0; moment < 40; moment++) {
    const { all, clock, shared } = await tabs(2)
    const third = openTab(shared)
    for (let turn = 0; turn < moment; turn++) await Promise.resolve()
    all[0]!.crash()
    for (let turn = 0; turn < moment % 7; turn++) await Promise.resolve()
    const fourth = openTab(shared)
    await clock.advance(ASK_MS * 3)
    expect(all[1]!.last(), `moment ${moment}`).toBe('leads')
    for (const { told } of [third, fourth])
      expect(told.filter((what) => what !== 'is next').at(-1), `moment ${moment}`).toBe('asks')
    expect(all[1]!.sessions.size).toBe(2)
  }
})

test('a tab of other rules goes its own way, and leads when it is its turn', async () => {
  const { all, clock, shared } = await tabs(1)
  const other = openTab(shared, 'others')
  await clock.advance(1)
  expect(other.told).toEqual(['waits', 'alone'])
  all[0]!.crash()
  await clock.advance(1)
  expect(other.last()).toBe('leads')
})

test('a leading tab that does not answer is asked no more, and nothing is taken from it by force', async () => {
  const { all, clock, shared } = await tabs(2)
  all[0]!.hang()
  await clock.advance(LOOK_MS * (MAX_MISSED + 1))
  expect(all[1]!.last()).toBe('alone')
  const late = openTab(shared)
  await clock.advance(ASK_MS * (MAX_UNANSWERED + 1))
  expect(late.last()).toBe('alone')
  all[0]!.crash()
  await clock.advance(1)
  expect(all[1]!.last()).toBe('leads')
  // Another leads, who answers.
  expect(late.told.slice(-2)).toEqual(['asks', 'asks again'])
})

test('a tab that goes its own way asks again once the one that hung answers, and not while it is at work', async () => {
  const { all, clock } = await tabs(2)
  all[0]!.hang()
  await clock.advance(LOOK_MS * (MAX_MISSED + 1))
  expect(all[1]!.last()).toBe('alone')
  all[0]!.hang(false)
  all[1]!.work(true)
  await clock.advance(REJOIN_MS * 2)
  expect(all[1]!.last()).toBe('alone')
  all[1]!.work(false)
  await clock.advance(REJOIN_MS + NEXT_AFTER_MS)
  expect(all[1]!.told.slice(-4)).toEqual(['alone', 'asks', 'asks again', 'is next'])
  all[0]!.crash()
  await clock.advance(1)
  expect(all[1]!.last()).toBe('leads')
})

test('a tab that goes its own way does so until the other has a head to answer at', async () => {
  const { all, clock } = await tabs(2)
  all[0]!.hang()
  await clock.advance(LOOK_MS * (MAX_MISSED + 1))
  all[0]!.hang(false)
  all[0]!.follow(false)
  await clock.advance(REJOIN_MS * 3 + ASK_MS * (MAX_ASKED + 1))
  expect(all[1]!.last()).toBe('alone')
  expect(all[0]!.sessions.size).toBe(0)
  all[0]!.follow(true)
  await clock.advance(REJOIN_MS)
  expect(all[1]!.told.slice(-3)).toEqual(['asks', 'asks again', 'is next'])
})

test('a tab that goes its own way asks whoever leads by its rules, and nobody else', async () => {
  const { all, clock, shared } = await tabs(1)
  const [second, third] = [openTab(shared, 'others'), openTab(shared, 'others')]
  await clock.advance(REJOIN_MS * 3)
  expect([second.told, third.told]).toEqual([
    ['waits', 'alone'],
    ['waits', 'alone'],
  ])
  all[0]!.crash()
  await clock.advance(1)
  expect(second.last()).toBe('leads')
  expect(third.told.slice(-2)).toEqual(['asks', 'asks again'])
})

test.each(['frozen', 'cached'] as const)(
  'a leading tab that is %s lets the next lead, and asks it when it wakes',
  async (how) => {
    const { all, clock } = await tabs(2)
    all[0]!.sleep(how)
    await clock.advance(1)
    expect([all[0]!.last(), all[1]!.last()]).toEqual(['steps down at once', 'leads'])
    all[0]!.wake()
    await clock.advance(1)
    expect(all[0]!.told.slice(-2)).toEqual(['waits', 'asks'])
  },
)

test('a tab that sleeps does not stand in line', async () => {
  const { all, clock } = await tabs(3)
  all[1]!.sleep('frozen')
  await clock.advance(1)
  all[0]!.crash()
  await clock.advance(1)
  expect([all[1]!.last(), all[2]!.last()]).toEqual(['is not next', 'leads'])
  all[1]!.wake()
  await clock.advance(1)
  expect(all[1]!.last()).toBe('asks')
})

test('a tab that is frozen as it begins to lead lets go, whoever it has heard of by then', async () => {
  const { all, clock } = await tabs(3)
  all[0]!.crash()
  while (all[1]!.last() !== 'leads') await Promise.resolve()
  all[1]!.sleep('frozen')
  await clock.advance(1)
  expect([all[1]!.last(), all[2]!.last()]).toEqual(['steps down at once', 'leads'])
})

test('a leading tab that is alone sleeps as it is', async () => {
  const { all, clock } = await tabs(1)
  await clock.advance(GUESTS_COME_MS)
  all[0]!.sleep('frozen')
  all[0]!.wake()
  await clock.advance(1)
  expect(all[0]!.told).toEqual(['leads'])
})

test('a tab nobody looks at lets one lead that somebody looks at, and no other', async () => {
  const { all, clock } = await tabs(2)
  for (const tab of all) tab.hide(true)
  await clock.advance(HIDDEN_GRACE_MS * 2)
  expect(all[0]!.told).toEqual(['leads'])
  all[1]!.hide(false)
  await clock.advance(HIDDEN_GRACE_MS)
  expect(all[0]!.told).toEqual(['leads', 'steps down orderly', 'waits', 'asks'])
  expect(all[1]!.last()).toBe('leads')
})

test('what no tab says is passed over', async () => {
  const { all, open, clock } = await tabs(2)
  const script = open('beamtab-mainnet', () => undefined)
  const messages = [undefined, 'leading', {}, { kind: 'leading', from: 7 }, { kind: 'status', from: 'x', status: 1 }]
  for (const message of messages) script.post(message)
  script.post({ kind: 'open', from: 'x', to: 'y', session: 'elsewhere', isHidden: false })
  await clock.advance(1)
  expect(all.map(({ told }) => told)).toEqual([['leads'], ['waits', 'asks']])
})

test('a tab that is closed leaves no timer', async () => {
  const { all, clock } = await tabs(2)
  for (const tab of all) await tab.close()
  expect(clock.waiting).toBe(0)
})
