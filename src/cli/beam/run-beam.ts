/** One run of `beam`: the client of a tab, in this process, from finding its servers out to its last block. */
import { startClient } from '../../client/client.ts'
import { BeamError, FollowError } from '../../client/errors.ts'
import { nodePlatform } from '../../client/node-platform.ts'
import type { Beamtab, BeamNews, BeamStatus, BeamtabStatus, LightStatus } from '../../client/public-types.ts'
import { systemClock } from '../../chain/clock.ts'
import { loadKeccak } from '../../chain/keccak.ts'
import { platformTransport } from '../../network/http/transport.ts'
import { UsageError } from '../args.ts'
import { isHopeless } from '../follow-patience.ts'
import type { CommandEnvironment, ExitCode } from '../run-command.ts'
import { BeamLines, UNAVAILABLE_LIMIT_MS } from './beam-lines.ts'
import { BeamLog } from './beam-log.ts'
import type { BeamCommand } from './beam-options.ts'
import { BeamPatience } from './beam-patience.ts'
import { KeptBundles } from './kept-bundles.ts'
import { describeServer, findServer, usableServers, type UsableServers } from './find-servers.ts'

/** How often waits are looked at, in ms: they are of half a minute and more. */
const LOOK_MS = 1_000

/**
 * Prints a line for each block that ends. The code is 0 where as many blocks ended as were asked for, none of them
 * badly, or where `stopped` is aborted; 1 where a block is invalid, in dispute or cannot be had, and where there is
 * nothing to follow.
 *
 * @throws {UsageError} for what the client takes for wrong settings
 */
export async function runBeam(
  command: BeamCommand,
  environment: CommandEnvironment,
  stopped: AbortSignal,
): Promise<ExitCode> {
  const servers = await findServers(command, environment, stopped)
  if (stopped.aborted) return 0
  if (servers === undefined) return 1
  const run = new Run(command, environment)
  const stop = () => run.end(0)
  stopped.addEventListener('abort', stop, { once: true })
  try {
    return await run.go(servers, stopped)
  } catch (error) {
    if (stopped.aborted) return 0
    if (error instanceof FollowError || error instanceof BeamError) throw new UsageError(error.message)
    throw error
  } finally {
    stopped.removeEventListener('abort', stop)
  }
}

class Run {
  private readonly lines: BeamLines
  private readonly log: BeamLog
  private readonly patience: BeamPatience
  private readonly bundles: KeptBundles
  private readonly ended: Promise<ExitCode>
  /** The newest that is proven. */
  private head: { readonly hash: string; readonly number: number | undefined } | undefined
  /** While nothing can be had of the head. */
  private stopped: { readonly since: number; readonly reason: string } | undefined
  /** The first call counts. */
  end: (code: ExitCode) => void = () => undefined

  constructor(
    private readonly command: BeamCommand,
    private readonly environment: CommandEnvironment,
  ) {
    this.lines = new BeamLines(command.blocks)
    this.log = new BeamLog((line) => environment.log(line))
    this.patience = new BeamPatience(command.network, performance.now())
    this.bundles = new KeptBundles({
      directory: command.db,
      config: configOf(command.networkSource),
      log: (line) => environment.log(line),
    })
    this.ended = new Promise((resolve) => (this.end = resolve))
  }

  async go(servers: UsableServers, signal: AbortSignal): Promise<ExitCode> {
    const client = await this.start(servers, signal)
    const timer = setInterval(() => this.look(), LOOK_MS)
    try {
      const { store } = client.status()
      if (this.command.db !== undefined && store.kind !== 'disk') this.end(1)
      return await this.ended
    } finally {
      clearInterval(timer)
      await client.close()
      for (const line of this.lines.close()) this.environment.print(line)
    }
  }

  private start({ beacon, execution, state }: UsableServers, signal: AbortSignal): Promise<Beamtab> {
    const { networkSource, sources, checkpoint, db } = this.command
    return startClient(
      {
        network: networkSource,
        mode: 'beam',
        servers: state,
        beam: { sources, onNews: (news) => this.news(news) },
        follow: { servers: beacon, executionServers: execution, ...(checkpoint !== undefined && { checkpoint }) },
        onStatus: (status) => this.status(status),
        signal,
      },
      nodePlatform(db),
    )
  }

  private status(status: BeamtabStatus): void {
    this.log.status(status)
    const { light, beam } = status
    if (light !== undefined) this.follow(light)
    this.head = light?.optimistic?.execution
    const isStopped = beam?.blocks.stopped !== undefined
    const reason = isStopped ? [beam.blocks.stopped, ...serverProblems(beam)].join('; ') : ''
    this.stopped = isStopped ? { since: performance.now(), ...this.stopped, reason } : undefined
    if (status.state !== 'crashed') return
    this.environment.log(`the client crashed: ${status.crash}`)
    this.end(1)
  }

  /** A run without a number of blocks ends too where it can never begin. */
  private follow(light: LightStatus): void {
    this.patience.status(light)
    if (!isHopeless(light)) return
    this.giveUp(this.patience.spent(performance.now()) ?? 'given up')
  }

  private news(news: BeamNews): void {
    this.log.news(news)
    if (news.kind !== 'block' && news.kind !== 'refused') return
    const now = performance.now()
    this.patience.block(now)
    // What is refused is told as that first.
    const bundle = news.kind === 'refused' ? { bundle: this.bundles.keep(news.block, news.bundle) } : undefined
    const line = this.lines.take(news.block, now)
    if (line !== undefined) this.environment.print({ ...line, ...bundle })
    if (this.lines.isOver) this.end(this.lines.hasFailed ? 1 : 0)
  }

  /** Without a number of blocks there is nothing that has to come. */
  private look(): void {
    if (this.command.blocks === undefined) return
    const why = this.givenUp(performance.now())
    if (why !== undefined) this.giveUp(why)
  }

  private giveUp(why: string): void {
    this.environment.log(why)
    this.end(1)
  }

  private givenUp(now: number): string | undefined {
    const { lines, head, stopped } = this
    const block = lines.givenUp(now)
    if (block !== undefined) return `given up: block ${block.number} ${block.hash}: ${block.reason}`
    if (head === undefined || stopped === undefined || now - stopped.since < UNAVAILABLE_LIMIT_MS)
      return this.patience.spent(now)
    this.environment.print(lines.unreached(head, stopped.reason))
    return `given up: the head cannot be followed: ${stopped.reason}`
  }
}

/** Of a network file; a built-in network needs none. */
function configOf(source: BeamCommand['networkSource']): unknown {
  return typeof source === 'object' && 'execution' in source ? source.execution : undefined
}

/** Servers whose problems a reason names: a user reads the first of them. */
const MAX_NAMED_SERVERS = 4

function serverProblems({ servers }: BeamStatus): string[] {
  return servers
    .flatMap((server) => {
      const problem =
        server.state === 'failed' ? server.reason : server.state === 'ready' ? server.lastError : undefined
      return problem === undefined ? [] : [problem]
    })
    .slice(0, MAX_NAMED_SERVERS)
}

/** Undefined where they do not suffice, which is said. */
async function findServers(
  { network, servers }: BeamCommand,
  environment: CommandEnvironment,
  signal: AbortSignal,
): Promise<UsableServers | undefined> {
  const tools = { network, keccak: await loadKeccak(), transport: platformTransport(systemClock), signal }
  const found = await Promise.all(servers.map((url) => findServer(url, tools)))
  if (signal.aborted) return undefined
  for (const server of found) environment.log(describeServer(server))
  const usable = usableServers(found)
  const isAnyThere = found.some(({ beacon, state }) => beacon.kind === 'yes' || state.kind === 'yes')
  const lacking = [
    ...(usable.beacon.length === 0 ? ['a beacon node to follow'] : []),
    ...(usable.state.length === 0 ? ['an execution client or a gateway to fetch state from'] : []),
  ]
  if (isAnyThere && lacking.length === 0) return usable
  environment.log(
    lacking.length === 0
      ? 'none of the servers answers: name others, or try again when they do'
      : `among the servers there is not ${lacking.join(', nor ')}: name one with --server`,
  )
  return undefined
}
