/** A node whose workers are of this test's own. */
import { expose } from 'comlink'
import { afterEach, expect, test, vi } from 'vitest'
import { networkByName } from '../chain/network.ts'
import { decideMode } from './mode.ts'
import { OwnNode } from './own-node.ts'
import { NO_PAGE } from './page-watch.ts'
import type { Platform, WorkerHandle } from './platform.ts'
import { StatusBoard } from './status-board.ts'

afterEach(() => void vi.useRealTimers())

/** Longer than it takes until a session is opened again. */
const LATER_MS = 5_000

function openNode() {
  let sessions = 0
  const ports: MessagePort[] = []
  const api = {
    start: () => undefined,
    close: () => undefined,
    stats: () => undefined,
    openSession: () => void (sessions += 1),
  }
  const worker = (): WorkerHandle => ({
    hello: (hello) => {
      for (const port of hello.ports) {
        ports.push(port)
        expose(api, port)
      }
    },
    onReady: (handle) => queueMicrotask(() => handle({ kind: 'ready' })),
    onCrash: () => undefined,
    terminate: async () => undefined,
  })
  const facts = { wanted: 'light', isLeading: false, savesData: false, isMetered: false } as const
  const mode = decideMode({ ...facts, hiddenSince: undefined, limitedUntil: undefined, despite: new Set() }, 0)
  const node = new OwnNode({
    ...{ chain: networkByName('mainnet'), following: undefined, options: { network: 'mainnet' } },
    platform: { spawn: worker, startTimeoutMs: LATER_MS, page: NO_PAGE } as unknown as Platform,
    status: new StatusBoard({ mode, evmWorkers: 1, onStatus: () => undefined }),
    onNode: () => undefined,
    onStage: () => undefined,
    onUpdate: () => undefined,
    onCrash: () => undefined,
  })
  const end = async (): Promise<void> => {
    await node.close()
    for (const port of ports) port.close()
  }
  return { node, end, sessions: () => sessions }
}

test('a session that its node has ended is opened again, once', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const { node, end, sessions } = openNode()
  await node.answer()
  node.reopen()
  node.reopen()
  vi.advanceTimersByTime(LATER_MS)
  // Heard by the worker after what was asked of it before.
  await node.readStore()
  expect(sessions()).toBe(2)
  expect(vi.getTimerCount()).toBe(0)
  await end()
})

test('the end of a session at another node opens none here, also where this one answers soon after', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const { node, end, sessions } = openNode()
  node.reopen()
  await node.answer()
  expect(vi.getTimerCount()).toBe(0)
  expect(sessions()).toBe(1)
  await end()
})

test('a node that was closed opens nothing again', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const { node, end } = openNode()
  await node.answer()
  node.reopen()
  await end()
  expect(vi.getTimerCount()).toBe(0)
})
