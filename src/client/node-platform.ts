/** The same client on Node's worker_threads: for tests and the command line. */
import { cpus } from 'node:os'
import type { TransferListItem } from 'node:worker_threads'
import { messageOf } from '../chain/thrown.ts'
import type { Ready } from '../sync/worker-hello.ts'
import { createInProcessLocks } from './in-process-locks.ts'
import { NO_PAGE } from './page-watch.ts'
import type { Platform, WorkerHandle, WorkerKind } from './platform.ts'
import { openBroadcastChannel } from './tabs/channel.ts'
import { startTypeScriptWorker } from './node-typescript-worker.ts'

/** Each worker compiles its own TypeScript: 2 s alone, 9 s measured on two cores with seven others busy. */
const START_TIMEOUT_MS = 60_000

/** @param directory of the store; without one it is in memory */
export function nodePlatform(directory?: string): Platform {
  return {
    spawn: (kind) => start(directory !== undefined && kind === 'node' ? 'node-on-disk' : kind, kind),
    locks: createInProcessLocks(),
    store: directory === undefined ? { kind: 'memory' } : { kind: 'disk', directory },
    readKeptHeads: () => Promise.resolve(undefined),
    startTimeoutMs: START_TIMEOUT_MS,
    cores: cpus().length,
    openChannel: openBroadcastChannel,
    // Of this process all hear each other; locks are of those who share a platform.
    channelPrefix: `beamtab-${crypto.randomUUID()}`,
    page: NO_PAGE,
  }
}

function start(entry: string, kind: WorkerKind): WorkerHandle {
  const worker = startTypeScriptWorker(new URL(`../../workers/${entry}.worker.ts`, import.meta.url), `beamtab ${kind}`)
  return {
    hello: (hello) => worker.postMessage(hello, hello.ports as unknown as TransferListItem[]),
    onReady: (handle) => worker.once('message', (ready: Ready) => handle(ready)),
    onCrash: (handle) => worker.on('error', (error) => handle(messageOf(error))),
    terminate: async () => void (await worker.terminate()),
  }
}
