/** `npm start`: builds the page when needed, serves it on this machine, says where. Ends with 0 on SIGTERM and SIGINT. */
import type { AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { messageOf } from '../src/chain/thrown.ts'
import { buildPage, isBuildStale } from './page/build.ts'
import { indexData } from './page/data-index.ts'
import { listFiles } from './page/files.ts'
import { createPageServer } from './page/page-server.ts'

/** Vite's own default, which people who build pages expect. */
const DEFAULT_PORT = 5173

/** How long responses under way may take once the server is told to end, in ms. */
const DRAIN_TIME = 2_000

/** How soon a server whose `npm start` is gone notices, in ms. Reading the parent's id costs microseconds. */
const PARENT_CHECK_INTERVAL = 500

const root = resolve(import.meta.dirname, '..')
const port = portFrom(process.argv.slice(2))
if (await isBuildStale(root)) await buildPage(root)

const server = createPageServer({
  page: await listFiles(join(root, 'dist')),
  data: await indexData(resolve(root, process.env['BEAMTAB_DATA'] ?? '../shared/data')),
})
server.once('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EADDRINUSE')
    fail(`port ${port} is in use: end what listens there, or pass --port 0 to pick one`, 1)
  throw error
})
// Loopback only: the page needs a secure context, which browsers grant to http on 127.0.0.1 alone.
server.listen(port, '127.0.0.1', () => {
  process.stdout.write(`Beamtab is at http://127.0.0.1:${(server.address() as AddressInfo).port}/\n`)
})

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, drain)

// npm runs scripts in a shell, and a signal sent to npm ends that shell without reaching this process. Without this
// check a stopped `npm start` would leave its server behind, holding the port.
if (process.env['npm_lifecycle_event'] !== undefined) {
  const parent = process.ppid
  setInterval(() => process.ppid !== parent && drain(), PARENT_CHECK_INTERVAL).unref()
}

function drain(): void {
  server.close(() => process.exit(0))
  setTimeout(() => server.closeAllConnections(), DRAIN_TIME).unref()
}

function portFrom(argv: string[]): number {
  try {
    const { values } = parseArgs({ args: argv, options: { port: { type: 'string' } } })
    const port = Number(values.port ?? DEFAULT_PORT)
    if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port
    throw new RangeError(`--port ${values.port}: expected a whole number from 0 to 65535`)
  } catch (error) {
    return fail(`${messageOf(error)}\nusage: npm start -- [--port N]`, 2)
  }
}

function fail(message: string, code: 1 | 2): never {
  process.stderr.write(`${message}\n`)
  process.exit(code)
}
