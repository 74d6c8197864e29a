/** The page's side of a benchmark in a browser: starts workers on behalf of whoever drives the page. */
import { wrap, type Remote } from 'comlink'
import type { ExecutionJob } from '../../src/execution/block/execute-block.ts'
import type { StageTimes } from '../../src/execution/block/verification.ts'
import type { Ready } from '../../src/sync/worker-hello.ts'
import type { ExecuteService } from '../execute-service.ts'

interface BenchmarkPage {
  start(id: number, path: string, engine: ExecutionJob['engine']): Promise<void>
  run(id: number): Promise<StageTimes>
  end(id: number): void
}

declare global {
  interface Window {
    benchmark: BenchmarkPage
  }
}

const threads = new Map<number, { readonly worker: Worker; readonly service: Remote<ExecuteService> }>()

window.benchmark = {
  async start(id, path, engine) {
    const worker = new Worker(new URL('../execute.worker.ts', import.meta.url), { type: 'module' })
    await ready(worker)
    const { port1, port2 } = new MessageChannel()
    worker.postMessage({ ports: [port2] }, [port2])
    const service = wrap<ExecuteService>(port1)
    await service.load(new Uint8Array(await (await fetch(path)).arrayBuffer()), engine)
    threads.set(id, { worker, service })
  },
  run: (id) => threads.get(id)!.service.run(),
  end: (id) => threads.get(id)!.worker.terminate(),
}

function ready(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.addEventListener('error', (event) => reject(new Error(event.message)), { once: true })
    const listen = ({ data }: MessageEvent<Ready>) =>
      data.kind === 'ready' ? resolve() : reject(new Error(data.reason))
    worker.addEventListener('message', listen, { once: true })
  })
}
