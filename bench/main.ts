/** `bench NAME`: measures, both sides in one run, and prints JSON lines. */
import { cpus } from 'node:os'
import { parseCommandLine, UsageError } from '../src/cli/args.ts'
import { runCommand, type CommandEnvironment, type ExitCode } from '../src/cli/run-command.ts'
import { benchBeam } from './beam.ts'
import { benchBeamSoak } from './beam-soak.ts'
import { benchExecute } from './execute.ts'
import { benchGateway } from './gateway.ts'
import { benchGatewaySoak } from './gateway-soak.ts'
import { startBenchmarkSite } from './chromium-site.ts'
import { benchLightClient } from './light-client.ts'
import { benchPeers } from './peers.ts'
import { benchRpc } from './rpc.ts'
import { benchSpeculation } from './speculation.ts'
import { chromiumThreads, nodeThreads, type Threads } from './threads.ts'

const usage = `usage: npm run -s bench -- NAME [FILE...] [--browser]
  execute       FILEs are stateless blocks; default: three mainnet blocks of the data folder
  light-client  FILEs are a bootstrap and streams of mainnet updates; default: 60 periods of Deneb of the data folder
  gateway       FILEs are more options of the gateway's command, after --: its devnet asked as fast as it answers
  gateway-soak  FILEs are minutes (60), seconds of a slot (4), Mgas of a block: memory of a gateway whose devnet grows
  beam          FILEs are recorded blocks; default: the cases that have targets, on mainnet blocks of the data folder and
                a devnet's
  beam-soak     FILEs are minutes (30): the client at the head of a devnet, on a network that is slow and loses answers
  rpc           each method of the provider cold and warm, from an execution client's JSON-RPC alone
  peers         this client and Helios in the same Chromium, from the same gateway
  speculation   FILEs are stateless blocks; default: three mainnet blocks of the data folder; in Node only
  --browser  in workers of a Chromium instead of Node's`

const BENCHMARKS: Readonly<Record<string, typeof benchExecute>> = {
  execute: benchExecute,
  'light-client': benchLightClient,
  gateway: benchGateway,
  'gateway-soak': benchGatewaySoak,
  speculation: benchSpeculation,
  beam: benchBeam,
  'beam-soak': benchBeamSoak,
  rpc: benchRpc,
  peers: benchPeers,
}

await runCommand(usage, bench)

async function bench(argv: readonly string[], environment: CommandEnvironment): Promise<ExitCode> {
  const { options, positionals } = parseCommandLine(argv, { browser: 'flag' })
  const [name, ...files] = positionals
  const run = name === undefined ? undefined : BENCHMARKS[name]
  if (run === undefined)
    throw new UsageError(`no benchmark is called ${name ?? ''}; there are ${Object.keys(BENCHMARKS).join(', ')}`)
  const threads = options.browser ? await chromiumThreads(await startBenchmarkSite()) : nodeThreads()
  try {
    environment.print({ machine: machine(threads) })
    await run(threads, files, (line) => environment.print(line))
    return 0
  } finally {
    await threads.close()
  }
}

function machine({ where, version }: Threads) {
  const [cpu] = cpus()
  return { where, version, node: process.version, cpu: cpu?.model.trim(), cores: cpus().length, ethereumjs: '10.1.3' }
}
