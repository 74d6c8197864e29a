/**
 * What every worker entry does, in browsers and in Node's worker_threads alike: load its service, say that it is ready, then
 * serve whoever sends it a port.
 *
 * The handler for messages is installed before anything else loads, and the service is imported dynamically: a module worker
 * with top-level await in its static imports loses messages sent before it is done.
 */
import { expose } from 'comlink'
import { messageOf } from '../src/chain/thrown.ts'
import type { Hello, Ready } from '../src/sync/worker-hello.ts'

/** @param load imports the service; what it returns is exposed on each port */
export function serve(load: () => Promise<object>): void {
  const parent = parentEndpoint()
  const service = load()
  parent.listen((hello) => {
    for (const port of hello.ports) void service.then((api) => expose(api, port))
  })
  service.then(
    () => parent.post({ kind: 'ready' }),
    (error: unknown) => parent.post({ kind: 'failed', reason: messageOf(error) }),
  )
}

interface ParentEndpoint {
  listen(handle: (hello: Hello) => void): void
  post(message: Ready): void
}

interface NodeParentPort {
  on(event: 'message', handle: (hello: Hello) => void): void
  postMessage(message: Ready): void
}

function parentEndpoint(): ParentEndpoint {
  if ('WorkerGlobalScope' in globalThis) {
    return {
      listen: (handle) => addEventListener('message', (event: MessageEvent<Hello>) => handle(event.data)),
      post: (message) => postMessage(message),
    }
  }
  // Asked of the process, because an import of Node's module would have to be resolved in browsers too.
  const { parentPort } = process.getBuiltinModule('node:worker_threads') as unknown as { parentPort: NodeParentPort }
  return {
    listen: (handle) => parentPort.on('message', handle),
    post: (message) => parentPort.postMessage(message),
  }
}
