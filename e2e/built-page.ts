/** A page of ours for tests and benchmarks, built and served for the occasion on an address of its own. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join, resolve } from 'node:path'
import { build } from 'vite'

export interface BuiltPage {
  /** With a slash at its end. */
  readonly url: string
  close(): Promise<void>
}

/** Answers what it knows; false for what it does not, which is then looked for among the built files. */
export type PageAnswers = (path: string, request: IncomingMessage, response: ServerResponse) => boolean

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
}

/**
 * @param folder of its `index.html`, from the project's root @param configFile of Vite, from there too
 * @throws {Error} where it does not build
 */
export async function serveBuiltPage(
  folder: string,
  answers: PageAnswers,
  configFile = 'vite.config.ts',
): Promise<BuiltPage> {
  const built = await mkdtemp(join(tmpdir(), 'beamtab-page-'))
  await build({
    configFile: resolve(configFile),
    root: resolve(folder),
    build: { outDir: built, emptyOutDir: true },
    logLevel: 'error',
  })
  const server = createServer((request, response) => {
    const path = request.url === '/' ? '/index.html' : (request.url ?? '')
    if (answers(path, request, response)) return
    readFile(join(built, path)).then(
      (bytes) => response.setHeader('content-type', TYPES[extname(path)] ?? 'application/octet-stream').end(bytes),
      () => response.writeHead(404).end(),
    )
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    async close() {
      server.close()
      server.closeAllConnections()
      await rm(built, { recursive: true, force: true })
    },
  }
}
