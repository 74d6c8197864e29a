/** A gateway as a process: it says where it is, and ends with 0 when it is told to. */
import { gatewayLog } from './gateway-log.ts'
import type { Gateway, GatewayOptions } from './start-gateway.ts'
import { startGateway } from './start-gateway.ts'
import type { ServedChain } from './served-chain.ts'

export interface RunOptions extends Omit<GatewayOptions, 'chain' | 'log'> {
  readonly chain: ServedChain
  /** Called once it serves. */
  readonly onReady: (gateway: Gateway) => void
}

/** How soon a server whose `npm` is gone notices, in ms. Reading the parent's id costs microseconds. */
const PARENT_CHECK_INTERVAL = 500

/** Resolves when it has been told to end and everything is closed. */
export async function runGateway({ chain, onReady, ...options }: RunOptions): Promise<void> {
  const told = toldToEnd()
  const log = gatewayLog()
  try {
    const gateway = await startGateway({ ...options, chain, log })
    onReady(gateway)
    log.info({ why: await told }, 'the gateway ends')
    await gateway.close()
  } finally {
    await chain.close()
  }
}

/**
 * By SIGTERM or SIGINT, or because npm is gone, which may end without passing a signal on. A signal often comes twice, to
 * the process group and from npm: the second must not cut what the first lets come to its end.
 */
function toldToEnd(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, resolve)
    if (process.env['npm_lifecycle_event'] === undefined) return
    const parent = process.ppid
    setInterval(() => {
      if (process.ppid !== parent) resolve('npm is gone')
    }, PARENT_CHECK_INTERVAL).unref()
  })
}
