/** A Node worker whose entry is TypeScript: the command lines and tests run without a build step. */
import { Worker } from 'node:worker_threads'

/** @param entry URL of the module */
export function startTypeScriptWorker(entry: URL, name: string): Worker {
  return new Worker(bootstrap(entry), { eval: true, name })
}

/** tsx's hooks reach into a worker only when they are registered there (Node 20). */
function bootstrap({ href }: URL): string {
  return `import('tsx/esm/api').then(({ register }) => { register(); return import(${JSON.stringify(href)}) })`
}
