/** Module workers, Web Locks and IndexedDB of a tab. */
import { readKeptHeads } from '../state/store/read-kept-heads.ts'
import type { Ready } from '../sync/worker-hello.ts'
import { browserLocks } from './leadership.ts'
import { browserPage } from './page-watch.ts'
import { openBroadcastChannel } from './tabs/channel.ts'
import type { Platform, WorkerHandle, WorkerKind } from './platform.ts'

/** Modules and wasm load in well under a second from disk, in a few from a slow network. */
const START_TIMEOUT_MS = 30_000

/** @throws {LeadershipError} where the page is no secure context */
export function browserPlatform(): Platform {
  return {
    spawn: (kind) => handleOf(START[kind]()),
    locks: browserLocks(),
    store: { kind: 'indexeddb' },
    readKeptHeads,
    startTimeoutMs: START_TIMEOUT_MS,
    cores: navigator.hardwareConcurrency,
    openChannel: openBroadcastChannel,
    channelPrefix: 'beamtab',
    page: browserPage(),
  }
}

/** Written out one by one, because bundlers find workers by this very form. */
const START: Record<WorkerKind, () => Worker> = {
  consensus: () =>
    new Worker(new URL('../../workers/consensus.worker.ts', import.meta.url), {
      type: 'module',
      name: 'beamtab consensus',
    }),
  node: () =>
    new Worker(new URL('../../workers/node.worker.ts', import.meta.url), { type: 'module', name: 'beamtab node' }),
  evm: () =>
    new Worker(new URL('../../workers/evm.worker.ts', import.meta.url), { type: 'module', name: 'beamtab evm' }),
}

function handleOf(worker: Worker): WorkerHandle {
  return {
    hello: (hello) => worker.postMessage(hello, [...hello.ports]),
    onReady: (handle) =>
      worker.addEventListener('message', (event: MessageEvent<Ready>) => handle(event.data), { once: true }),
    onCrash: (handle) => worker.addEventListener('error', (event) => handle(event.message || 'it could not be loaded')),
    terminate: async () => worker.terminate(),
  }
}
