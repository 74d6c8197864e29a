/** The page's side of a benchmark in a browser: starts workers on behalf of whoever drives the page. */
import { wrap, type Remote } from 'comlink'
import { browserPlatform } from '../../src/client/browser-platform.ts'
import type { BlockTrace } from '../../src/sync/beam/block-traces.ts'
import type { BlockStatus } from '../../src/sync/import/import-status.ts'
import type { Ready } from '../../src/sync/worker-hello.ts'
import { startBeamClient, type BeamClient, type BeamStart } from '../beam-client.ts'
import { startFollower, type Follower, type FollowerFacts } from '../follower.ts'
import { startRpcClient, type RpcAnswer, type RpcAsk, type RpcClient, type RpcClientStart } from '../rpc-client.ts'
import type { BenchService, BenchWorker } from '../bench-service.ts'

interface BenchmarkStart {
  readonly id: number
  readonly worker: BenchWorker
  /** Where the files are served. */
  readonly paths: readonly string[]
  readonly variant: string
}

interface BenchmarkPage {
  start(start: BenchmarkStart): Promise<void>
  run(id: number): Promise<unknown>
  end(id: number): void
  startBeam(id: number, start: BeamStart): Promise<void>
  executeBlock(id: number, hash: string): Promise<BlockStatus>
  traceBlock(id: number, hash: string): Promise<BlockTrace | undefined>
  endBeam(id: number): Promise<void>
  startFollower(id: number, network: object): Promise<void>
  followerFacts(id: number): FollowerFacts
  endFollower(id: number): Promise<void>
  startRpc(id: number, start: RpcClientStart): Promise<void>
  askRpc(id: number, call: RpcAsk): Promise<RpcAnswer>
  askRpcAll(id: number, calls: readonly RpcAsk[]): Promise<number>
  rpcExecuted(id: number): Promise<number>
  endRpc(id: number): Promise<void>
}

declare global {
  interface Window {
    benchmark: BenchmarkPage
  }
}

/** Each spelled out, because the bundler looks for just this. */
const WORKERS: Readonly<Record<BenchWorker, () => Worker>> = {
  execute: () => new Worker(new URL('../execute.worker.ts', import.meta.url), { type: 'module' }),
  'light-client': () => new Worker(new URL('../light-client.worker.ts', import.meta.url), { type: 'module' }),
}

const threads = new Map<number, { readonly worker: Worker; readonly service: Remote<BenchService<unknown>> }>()

const clients = new Map<number, BeamClient>()

const followers = new Map<number, Follower>()

const rpcClients = new Map<number, RpcClient>()

window.benchmark = {
  async start({ id, worker: name, paths, variant }) {
    const worker = WORKERS[name]()
    await ready(worker)
    const { port1, port2 } = new MessageChannel()
    worker.postMessage({ ports: [port2] }, [port2])
    const service = wrap<BenchService<unknown>>(port1)
    await service.load(await Promise.all(paths.map(fetchBytes)), variant)
    threads.set(id, { worker, service })
  },
  run: (id) => threads.get(id)!.service.run(),
  end: (id) => threads.get(id)!.worker.terminate(),
  async startBeam(id, start) {
    await emptyStores()
    clients.set(id, await startBeamClient(browserPlatform(), start))
  },
  executeBlock: (id, hash) => clients.get(id)!.execute(hash),
  traceBlock: (id, hash) => clients.get(id)!.trace(hash),
  async endBeam(id) {
    await clients.get(id)!.end()
    clients.delete(id)
  },
  async startFollower(id, network) {
    await emptyStores()
    followers.set(id, await startFollower(browserPlatform(), network))
  },
  followerFacts: (id) => followers.get(id)!.facts(),
  async endFollower(id) {
    await followers.get(id)!.end()
    followers.delete(id)
  },
  async startRpc(id, start) {
    await emptyStores()
    rpcClients.set(id, await startRpcClient(browserPlatform(), start))
  },
  askRpc: (id, call) => rpcClients.get(id)!.ask(call),
  askRpcAll: (id, calls) => rpcClients.get(id)!.askAll(calls),
  rpcExecuted: (id) => rpcClients.get(id)!.executed(),
  async endRpc(id) {
    await rpcClients.get(id)!.end()
    rpcClients.delete(id)
  },
}

/** What an earlier client has kept would be found by the next one. */
async function emptyStores(): Promise<void> {
  for (const { name } of await indexedDB.databases()) {
    if (name === undefined) continue
    await new Promise<void>((resolve, reject) => {
      const request = indexedDB.deleteDatabase(name)
      request.onsuccess = () => resolve()
      request.onerror = () => reject(new Error(`the store ${name} cannot be deleted: ${request.error?.message}`))
      request.onblocked = () => reject(new Error(`the store ${name} is still open`))
    })
  }
}

async function fetchBytes(path: string): Promise<Uint8Array> {
  return new Uint8Array(await (await fetch(path)).arrayBuffer())
}

function ready(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.addEventListener('error', (event) => reject(new Error(event.message)), { once: true })
    const listen = ({ data }: MessageEvent<Ready>) =>
      data.kind === 'ready' ? resolve() : reject(new Error(data.reason))
    worker.addEventListener('message', listen, { once: true })
  })
}
