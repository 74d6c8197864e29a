/** `npm start`: builds the page when needed, serves it with a devnet on this machine, says where. Ends with 0 on SIGTERM and SIGINT. */
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { messageOf } from '../src/chain/thrown.ts'
import { DEVNET_OPTION_NAMES, devnetOptions } from './gateway/options/devnet-options.ts'
import { numberOption } from './gateway/options/number-option.ts'
import { CONDITION_OPTION_NAMES, orderOptions, requireOrders } from './gateway/options/order-options.ts'
import { OptionError } from './gateway/options/option-error.ts'
import { PortInUseError } from './gateway/port-in-use-error.ts'
import { buildPage, isBuildStale } from './page/build.ts'
import { indexData } from './page/data-index.ts'
import { listFiles } from './page/files.ts'

/** Vite's own default, which people who build pages expect. */
const DEFAULT_PORT = 5173

const USAGE = `usage: npm start -- [--port N] [--fault KIND[:RATE][@ROUTE]]...
                    ${[...DEVNET_OPTION_NAMES, ...CONDITION_OPTION_NAMES].map((name) => `[--${name} …]`).join(' ')}
  as for npm run gateway -- --devnet`

const root = resolve(import.meta.dirname, '..')
try {
  await start(process.argv.slice(2))
  process.exit(0)
} catch (error) {
  process.stderr.write(`${error instanceof OptionError ? `${error.message}\n${USAGE}` : said(error)}\n`)
  process.exit(error instanceof OptionError ? 2 : 1)
}

async function start(argv: string[]): Promise<void> {
  const values = valuesOf(argv)
  const port = numberOption('port', values.port, { min: 0, max: 65_535, kind: 'whole' }) ?? DEFAULT_PORT
  const orders = orderOptions(values)
  const devnet = devnetOptions(values, root)
  if (await isBuildStale(root)) await buildPage(root)
  const { startDevnet } = await import('./devnet/start-devnet.ts')
  const [page, data, chain, { runGateway }] = await Promise.all([
    listFiles(join(root, 'dist')),
    indexData(resolve(root, process.env['BEAMTAB_DATA'] ?? '../shared/data')),
    startDevnet(devnet),
    // Loaded while the chain is made: module loading is done by another thread, and takes as long.
    import('./gateway/run-gateway.ts'),
  ])
  requireOrders(orders, chain.falseViews)
  // Loopback only: the page needs a secure context, which browsers grant to http on 127.0.0.1 alone.
  await runGateway({
    chain,
    port,
    orders,
    ...(values.seed !== undefined && { seed: values.seed }),
    page: { page, data },
    onReady: ({ url }) => process.stdout.write(`Beamtab is at ${url}/\n`),
  })
}

function valuesOf(argv: string[]) {
  const one = { type: 'string' } as const
  const names = ['port', ...DEVNET_OPTION_NAMES, ...CONDITION_OPTION_NAMES] as const
  const options = Object.fromEntries(names.map((name) => [name, one])) as Record<(typeof names)[number], typeof one>
  try {
    return parseArgs({ args: argv, options: { ...options, fault: { type: 'string', multiple: true } } }).values
  } catch (error) {
    throw new OptionError(messageOf(error))
  }
}

function said(error: unknown): string {
  if (error instanceof PortInUseError || !(error instanceof Error)) return messageOf(error)
  return error.stack ?? error.message
}
