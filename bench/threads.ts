/** Where a benchmark runs: workers of this Node, or of a Chromium that was started for it. */
import type { TransferListItem } from 'node:worker_threads'
import { releaseProxy, wrap } from 'comlink'
import { startTypeScriptWorker } from '../src/client/node-typescript-worker.ts'
import type { ExecutionJob } from '../src/execution/block/execute-block.ts'
import type { StageTimes } from '../src/execution/block/verification.ts'
import type { Ready } from '../src/sync/worker-hello.ts'
import type { BenchmarkSite } from './chromium-site.ts'
import type { ExecuteService } from './execute-service.ts'

/** One engine with one block, in a fresh worker. */
export interface ExecuteThread {
  run(): Promise<StageTimes>
  end(): Promise<void>
}

export interface Threads {
  readonly where: 'node' | 'chromium'
  readonly version: string
  start(file: Uint8Array, engine: ExecutionJob['engine']): Promise<ExecuteThread>
  close(): Promise<void>
}

export function nodeThreads(): Threads {
  return { where: 'node', version: process.version, start: startInNode, close: async () => undefined }
}

async function startInNode(file: Uint8Array, engine: ExecutionJob['engine']): Promise<ExecuteThread> {
  const worker = startTypeScriptWorker(new URL('./execute.worker.ts', import.meta.url), 'beamtab bench')
  await new Promise<void>((resolve, reject) => {
    worker.once('error', reject)
    worker.once('message', (ready: Ready) => (ready.kind === 'ready' ? resolve() : reject(new Error(ready.reason))))
  })
  const { port1, port2 } = new MessageChannel()
  worker.postMessage({ ports: [port2] }, [port2] as unknown as TransferListItem[])
  const service = wrap<ExecuteService>(port1)
  await service.load(file, engine)
  return {
    run: () => service.run(),
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
    async start(file, engine) {
      const id = next++
      const path = site.serve(file)
      await page.evaluate(([id, path, engine]) => window.benchmark.start(id, path, engine), [id, path, engine] as const)
      return {
        run: () => page.evaluate((id) => window.benchmark.run(id), id),
        end: () => page.evaluate((id) => window.benchmark.end(id), id),
      }
    },
  }
}
