/** Where a benchmark runs: workers of this Node, or of a Chromium that was started for it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TransferListItem } from 'node:worker_threads'
import { releaseProxy, wrap } from 'comlink'
import { startTypeScriptWorker } from '../src/client/node-typescript-worker.ts'
import type { Ready } from '../src/sync/worker-hello.ts'
import { nodePlatform } from '../src/client/node-platform.ts'
import { startBeamClient, type BeamClient, type BeamStart } from './beam-client.ts'
import type { BenchService, BenchWorker } from './bench-service.ts'
import type { BenchmarkSite } from './chromium-site.ts'
import { startFollower, type FollowerFacts } from './follower.ts'
import { nodeMemory, type MemoryUse } from './memory-use.ts'
import { startRpcClient, type RpcClient, type RpcClientStart } from './rpc-client.ts'

/** One side of a benchmark, loaded, in a fresh worker. */
export interface BenchThread<Result> {
  run(): Promise<Result>
  end(): Promise<void>
}

export interface Threads {
  readonly where: 'node' | 'chromium'
  readonly version: string
  start<Result>(worker: BenchWorker, files: readonly Uint8Array[], variant: string): Promise<BenchThread<Result>>
  /** The client's workers, on an empty store. */
  startBeam(start: BeamStart): Promise<BeamClient>
  /** The whole client on an empty store, not in memory; asked for {@link memory} only after this. */
  startFollower(network: object): Promise<FollowerThread>
  /** The whole client on an empty store. */
  startRpc(start: RpcClientStart): Promise<RpcClient>
  /** Processor time of all of them so far, in ms. */
  cpuMs(): Promise<number>
  memory(): Promise<MemoryUse>
  close(): Promise<void>
}

export interface FollowerThread {
  facts(): Promise<FollowerFacts>
  end(): Promise<void>
}

export function nodeThreads(): Threads {
  let memory: (() => Promise<MemoryUse>) | undefined
  return {
    where: 'node',
    version: process.version,
    start: startInNode,
    startBeam: (start) => startBeamClient(nodePlatform(), start),
    startRpc: (start) => startRpcClient(nodePlatform(), start),
    async startFollower(network) {
      memory ??= nodeMemory()
      const folder = await mkdtemp(join(tmpdir(), 'beamtab-soak-'))
      const follower = await startFollower(nodePlatform(folder), network)
      return {
        facts: async () => follower.facts(),
        end: async () => {
          await follower.end()
          await rm(folder, { recursive: true, force: true })
        },
      }
    },
    memory: () => (memory ??= nodeMemory())(),
    cpuMs: async () => {
      const { user, system } = process.cpuUsage()
      return (user + system) / 1_000
    },
    close: async () => undefined,
  }
}

async function startInNode<Result>(
  name: BenchWorker,
  files: readonly Uint8Array[],
  variant: string,
): Promise<BenchThread<Result>> {
  const worker = startTypeScriptWorker(new URL(`./${name}.worker.ts`, import.meta.url), 'beamtab bench')
  await new Promise<void>((resolve, reject) => {
    worker.once('error', reject)
    worker.once('message', (ready: Ready) => (ready.kind === 'ready' ? resolve() : reject(new Error(ready.reason))))
  })
  const { port1, port2 } = new MessageChannel()
  worker.postMessage({ ports: [port2] }, [port2] as unknown as TransferListItem[])
  const service = wrap<BenchService<Result>>(port1)
  await service.load(files, variant)
  return {
    run: () => service.run() as Promise<Result>,
    end: async () => {
      service[releaseProxy]()
      await worker.terminate()
    },
  }
}

export async function chromiumThreads(site: BenchmarkSite): Promise<Threads> {
  const { page, version } = site
  let next = 0
  return {
    where: 'chromium',
    version,
    close: () => site.close(),
    cpuMs: () => site.cpuMs(),
    memory: () => site.memory(),
    async startFollower(network) {
      const id = next++
      await page.evaluate(({ id, network }) => window.benchmark.startFollower(id, network), { id, network })
      return {
        facts: () => page.evaluate((id) => window.benchmark.followerFacts(id), id),
        end: () => page.evaluate((id) => window.benchmark.endFollower(id), id),
      }
    },
    async startRpc(start) {
      const id = next++
      await page.evaluate(({ id, start }) => window.benchmark.startRpc(id, start), { id, start })
      return {
        ask: (call) => page.evaluate(({ id, call }) => window.benchmark.askRpc(id, call), { id, call }),
        askAll: (calls) => page.evaluate(({ id, calls }) => window.benchmark.askRpcAll(id, calls), { id, calls }),
        executed: () => page.evaluate((id) => window.benchmark.rpcExecuted(id), id),
        end: () => page.evaluate((id) => window.benchmark.endRpc(id), id),
      }
    },
    async startBeam(start) {
      const id = next++
      await page.evaluate(({ id, start }) => window.benchmark.startBeam(id, start), { id, start })
      return {
        execute: (hash) => page.evaluate(({ id, hash }) => window.benchmark.executeBlock(id, hash), { id, hash }),
        trace: (hash) => page.evaluate(({ id, hash }) => window.benchmark.traceBlock(id, hash), { id, hash }),
        end: () => page.evaluate((id) => window.benchmark.endBeam(id), id),
      }
    },
    async start<Result>(worker: BenchWorker, files: readonly Uint8Array[], variant: string) {
      const id = next++
      const paths = files.map((file) => site.serve(file))
      await page.evaluate((start) => window.benchmark.start(start), { id, worker, paths, variant })
      return {
        run: () => page.evaluate((id) => window.benchmark.run(id), id) as Promise<Result>,
        end: () => page.evaluate((id) => window.benchmark.end(id), id),
      }
    },
  }
}
