/** `gateway`: serves a chain to tabs (its own, recorded, imported, or other nodes') until it is told to end. */
import { requireOrders } from '../../server/gateway/options/order-options.ts'
import { OptionError } from '../../server/gateway/options/option-error.ts'
import { PortInUseError } from '../../server/gateway/port-in-use-error.ts'
import { UsageError } from './args.ts'
import { openChain } from './gateway-chain.ts'
import { GATEWAY_USAGE, gatewayCommand, type GatewayCommand } from './gateway-options.ts'
import { runCommand, type CommandEnvironment, type ExitCode } from './run-command.ts'

await runCommand(GATEWAY_USAGE, async (argv, environment) => gateway(await gatewayCommand(argv), environment))

async function gateway(command: GatewayCommand, environment: CommandEnvironment): Promise<ExitCode> {
  const { mode, port, seed, limits, orders, without } = command
  // The services are loaded while the chain is made: module loading is done by another thread, and takes as long.
  const [chain, { runGateway }] = await Promise.all([openChain(mode), import('../../server/gateway/run-gateway.ts')])
  try {
    requireOrders(orders, chain.falseViews ?? {})
  } catch (error) {
    await chain.close()
    throw error instanceof OptionError ? new UsageError(error.message) : error
  }
  try {
    await runGateway({
      chain,
      port,
      limits,
      orders,
      without,
      ...(seed !== undefined && { seed }),
      onReady: ({ url, networkUrl }) =>
        environment.print({ ready: true, url, network: networkUrl, checkpoint: chain.checkpoint, pid: process.pid }),
    })
    return 0
  } catch (error) {
    if (!(error instanceof PortInUseError)) throw error
    environment.log(error.message)
    return 1
  }
}
