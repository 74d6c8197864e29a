/** The client: workers, leadership and store put together behind the public contract. */
import { transfer } from 'comlink'
import { systemClock } from '../chain/clock.ts'
import { networkByName, parseNetworkFile, type Network } from '../chain/network.ts'
import { createProvider, messagePortSession, type BeamtabProvider, type ProviderHandle } from '../provider/index.ts'
import type { ResumedHead } from '../state/store/read-kept-heads.ts'
import type { BeamSettings } from '../sync/beam/beam-status.ts'
import { NoHeadError } from '../sync/chain-view/chain-view-error.ts'
import type { FollowEvents } from '../sync/consensus-worker-api.ts'
import type { FollowSettings } from '../sync/light-client/follow-chain.ts'
import type { PlainUpdateRow } from '../sync/light-client-run.ts'
import type { NodeBlockReport, NodeStage } from '../sync/node-service.ts'
import type { PlainStoreStats } from '../sync/node-worker-api.ts'
import type { StoreKind } from '../sync/store-place.ts'
import { beamSettings, stateServers } from './beam-settings.ts'
import { BlockExecution } from './block-execution.ts'
import { ClosedError, FollowError, NotKeptError } from './errors.ts'
import { followSettings } from './follow-settings.ts'
import { JobQueue } from './job-queue.ts'
import { seekLeadership, type Leadership } from './leadership.ts'
import type { Platform } from './platform.ts'
import type {
  Beamtab,
  BeamtabOptions,
  BeamtabStatus,
  BlockReport,
  BlockTrace,
  Hex,
  KeptBlock,
  LightClientFile,
  LightClientOptions,
  LightClientReport,
  VerifyOptions,
} from './public-types.ts'
import { describeSync, hasMoreProven, lightStatus, notYetFollowing } from './light-status.ts'
import { blockReport, keptBlock, lightClientReport, updateRow } from './reports.ts'
import { StatusWatchers } from './status-watchers.ts'
import { untilConnected } from './until-connected.ts'
import { startCrew, type WorkerCrew } from './worker-crew.ts'

/** More EVM workers than this find nothing to do in one block, and each takes about 50 MB. */
const MAX_EVM_WORKERS = 8

/** Seconds: four missed slots in a row happen about once a month on mainnet. */
const HEAD_AGE_BEYOND_SLOT = 60

/** Writes under way take milliseconds; a node worker that does not come back in this time is ended as it is. */
const CLOSE_LIMIT_MS = 5_000

/** Starts the client on a platform; {@link CreateBeamtab} says what it promises. */
export async function startClient(options: BeamtabOptions, platform: Platform): Promise<Beamtab> {
  options.signal?.throwIfAborted()
  const { network: given } = options
  const network = typeof given === 'string' ? networkByName(given) : parseNetworkFile(given)
  const evmWorkers = options.evmWorkers ?? Math.min(MAX_EVM_WORKERS, Math.max(1, platform.cores - 1))
  const client = new Client(network, evmWorkers, options, platform)
  try {
    await client.start()
    return client
  } catch (error) {
    await client.close()
    throw error
  }
}

class Client implements Beamtab {
  private readonly blocks = new JobQueue()
  private readonly lightClient = new JobQueue()
  private crew: WorkerCrew | undefined
  private leadership: Leadership | undefined
  private current: BeamtabStatus
  private resumed: ResumedHead | undefined
  private onStage: (stage: NodeStage) => void = () => undefined
  private onUpdate: (row: PlainUpdateRow) => void = () => undefined
  private closing: Promise<void> | undefined
  /** Set when a worker has died. */
  private crash: Error | undefined
  /** How to fail each call that has not been answered. */
  private readonly pending = new Set<(reason: Error) => void>()

  private readonly execution: BlockExecution
  /** The provider talks to one end; the node worker gets the other. */
  private readonly nodeSide = new MessageChannel()
  private readonly providing: ProviderHandle
  private readonly watchers = new StatusWatchers()

  readonly network: string

  constructor(
    private readonly chain: Network,
    evmWorkers: number,
    private readonly options: BeamtabOptions,
    private readonly platform: Platform,
  ) {
    this.network = chain.name
    const store = {
      kind: 'memory',
      bytes: 0,
      maxBytes: 0,
      nodes: 0,
      blocks: 0,
      updates: 0,
      problem: undefined,
    } as const
    this.execution = this.executionOf(beamSettings(chain, options))
    this.providing = createProvider({
      ...options.provider,
      session: messagePortSession(this.nodeSide.port1),
      chainId: chain.chainId,
      describeSync: () => describeSync(this.current),
    })
    this.current = {
      ...{
        state: 'starting',
        crash: undefined,
        light: undefined,
        mode: this.execution.mode,
        beam: undefined,
        defect: undefined,
      },
      ...{ leadership: 'waiting', evmWorkers, store },
    }
  }

  async start(): Promise<void> {
    const { network, signal } = this.options
    const settings = followSettings(this.chain, this.options.follow)
    // Beside the workers' start, so that a visitor sees at once what was known.
    if (settings?.chain === 'kept') void this.resume()
    this.crew = await startCrew(this.platform, {
      network,
      evmWorkers: this.current.evmWorkers,
      servers: stateServers(this.chain, this.options),
      maxHeadAge: this.options.maxHeadAge ?? this.chain.slotSeconds + HEAD_AGE_BEYOND_SLOT,
      onStage: (stage) => this.onStage(stage),
      onUpdate: (row) => this.onUpdate(row),
      onDefect: (defect) => this.tell({ defect }),
      signal,
    })
    this.crew.crashed.catch((error: Error) => {
      this.crash = error
      this.failPending(error)
      this.providing.lose(error.message)
      if (this.closing === undefined) this.tell({ state: 'crashed', crash: error.message })
    })
    await this.call((crew) => crew.openSession(this.nodeSide.port2))
    await this.seekLeadership()
    // After the store is open, or is another tab's: what is kept is where following begins.
    if (settings !== undefined) await this.follow(settings)
    this.tell({ state: 'ready' })
  }

  verifyBlock(file: Uint8Array, options: VerifyOptions = {}): Promise<BlockReport> {
    // A copy, because the bytes are transferred. Not by `slice`, which on a Node Buffer shares the memory.
    const bytes = new Uint8Array(file)
    return this.block((crew) => crew.node.verifyBlock(transfer(bytes, [bytes.buffer])), options)
  }

  verifyKeptBlock(hash: Hex, options: VerifyOptions = {}): Promise<BlockReport> {
    return this.block(async (crew) => {
      const report = await crew.node.verifyKeptBlock(hash)
      if (report === undefined) throw new NotKeptError(`block ${hash} is not kept; verify it from a file`)
      return report
    }, options)
  }

  async keptBlocks(): Promise<readonly KeptBlock[]> {
    return (await this.call(({ node }) => node.keptBlocks())).map(keptBlock)
  }

  verifyLightClient(files: readonly LightClientFile[], options: LightClientOptions = {}): Promise<LightClientReport> {
    return this.updates(options, async ({ consensus }) =>
      lightClientReport(await consensus.verify(files, options.trustedRoot, secondsNow())),
    )
  }

  verifyKeptLightClient(options: LightClientOptions = {}): Promise<LightClientReport | undefined> {
    return this.updates(options, async ({ consensus }) => {
      const report = await consensus.verifyKept(options.trustedRoot, secondsNow())
      return report === undefined ? undefined : lightClientReport(report)
    })
  }

  blockTrace(hash: Hex): Promise<BlockTrace | undefined> {
    return this.call(({ node }) => node.blockTrace(hash))
  }

  get provider(): BeamtabProvider {
    return this.providing.provider
  }

  async waitForHead(signal?: AbortSignal): Promise<void> {
    if (followSettings(this.chain, this.options.follow) === undefined)
      throw new NoHeadError('nothing is followed: name beacon servers in the network file or in `follow`')
    const { provider } = this
    await untilConnected(provider, signal)
    if (this.crash !== undefined) throw this.crash
    if (this.closing !== undefined) throw new ClosedError()
  }

  status(): BeamtabStatus {
    return this.current
  }

  statuses(): AsyncIterable<BeamtabStatus> {
    return this.watchers.watch(() => this.current)
  }

  close(): Promise<void> {
    this.closing ??= this.end()
    return this.closing
  }

  private block(
    verify: (crew: WorkerCrew) => Promise<NodeBlockReport>,
    { onProgress, signal }: VerifyOptions,
  ): Promise<BlockReport> {
    onProgress?.('waiting')
    return this.blocks.run(async () => {
      this.onStage = onProgress ?? (() => undefined)
      const report = await this.call(verify)
      await this.readStore()
      return blockReport(report)
    }, signal)
  }

  private updates<T>({ onUpdate, signal }: LightClientOptions, verify: (crew: WorkerCrew) => Promise<T>): Promise<T> {
    return this.lightClient.run(async () => {
      this.onUpdate = (row) => onUpdate?.(updateRow(row))
      const report = await this.call(verify)
      await this.readStore()
      return report
    }, signal)
  }

  private async resume(): Promise<void> {
    const resumed = await this.platform.readKeptHeads(this.network)
    if (resumed === undefined || this.closing !== undefined) return
    this.resumed = resumed
    const { light = notYetFollowing(this.chain, Date.now()) } = this.current
    this.tell({ light: lightStatus(light, resumed) })
  }

  /** Resolves when the consensus worker has begun, long before there is a head. @throws {FollowError} */
  private async follow(settings: FollowSettings): Promise<void> {
    const events: FollowEvents = {
      onStatus: (status) => {
        if (this.closing !== undefined) return
        const before = this.current.light
        this.tell({ light: lightStatus(status, this.resumed) })
        // What a new period or a new finalized block put into the store is counted there, too.
        const isKept = settings.chain === 'kept' && hasMoreProven(status, before)
        if (isKept) this.readStore().catch(() => undefined)
      },
      onNotKept: (problem) => {
        if (this.closing === undefined) this.tellStore({ problem })
      },
    }
    const refused = await this.call((crew) => crew.follow(settings, events))
    if (refused !== undefined) throw new FollowError(refused)
  }

  /** Fails at once when a worker dies or the client closes: the call itself would never be answered. */
  private async call<T>(make: (crew: WorkerCrew) => Promise<T>): Promise<T> {
    const { crew, crash } = this
    if (crew === undefined || this.closing !== undefined) throw new ClosedError()
    if (crash !== undefined) throw crash
    return new Promise<T>((resolve, reject) => {
      this.pending.add(reject)
      make(crew)
        .finally(() => this.pending.delete(reject))
        .then(resolve, reject)
    })
  }

  private failPending(error: Error): void {
    for (const reject of this.pending) reject(error)
    this.pending.clear()
  }

  /** Resolves when this tab leads and its store is open, or another tab is known to lead. */
  private seekLeadership(): Promise<void> {
    return new Promise((resolve) => {
      this.leadership = seekLeadership({
        network: this.network,
        locks: this.platform.locks,
        ...(this.options.signal === undefined ? {} : { signal: this.options.signal }),
        onState: (state) => {
          if (state === 'leader') void this.lead().finally(resolve)
          else resolve()
          if (state === 'lost') void this.loseStore()
        },
      })
      this.leadership.leading.catch((error: Error) => {
        this.tellStore({ problem: error.message })
        resolve()
      })
    })
  }

  private async lead(): Promise<void> {
    const { storeBytes } = this.options
    try {
      const { kind, problem } = await this.call(({ node }) => node.openStore(this.platform.store, storeBytes))
      this.tell({ leadership: 'leading' })
      await this.readStore(kind, problem)
      await this.execution.lead(true)
    } catch (error) {
      this.tellStore({ problem: (error as Error).message })
    }
  }

  private executionOf(settings: BeamSettings | undefined): BlockExecution {
    const { beam: { despite = [], onNews } = {} } = this.options
    return new BlockExecution({
      ...{ wanted: settings === undefined ? 'light' : 'beam', despite, page: this.platform.page, clock: systemClock },
      start: (events) =>
        settings === undefined ? Promise.resolve(undefined) : this.call((crew) => crew.startBeam(settings, events)),
      stop: () => this.call(({ node }) => node.stopBeam()),
      onStatus: (mode, beam) => this.tell({ mode, beam }),
      onNews: (news) => {
        onNews?.(news)
        if (news.kind === 'block' && news.block.record.kind !== 'none') this.readStore().catch(() => undefined)
      },
      onProblem: (problem) => this.tellStore({ problem }),
    })
  }

  /** Another writer may be at work from now on. */
  private async loseStore(): Promise<void> {
    this.tell({ leadership: 'lost' })
    void this.execution.lead(false)
    try {
      await this.call(({ node }) => node.closeStore())
    } catch (error) {
      this.tellStore({ problem: (error as Error).message })
    }
  }

  private async readStore(
    kind: StoreKind = this.current.store.kind,
    problem = this.current.store.problem,
  ): Promise<void> {
    const stats: PlainStoreStats | undefined = await this.call(({ node }) => node.stats())
    if (stats === undefined) return
    const { bytes, maxBytes, nodes, blocks, updates } = stats
    this.tell({ store: { kind, bytes, maxBytes, nodes, blocks, updates, problem: stats.problem ?? problem } })
  }

  private tellStore(part: Partial<BeamtabStatus['store']>): void {
    this.tell({ store: { ...this.current.store, ...part } })
  }

  private tell(part: Partial<BeamtabStatus>): void {
    this.current = { ...this.current, ...part }
    this.options.onStatus?.(this.current)
    this.watchers.tell(this.current)
  }

  private async end(): Promise<void> {
    this.execution.close()
    this.providing.close()
    this.nodeSide.port1.close()
    this.blocks.close()
    this.lightClient.close()
    this.failPending(new ClosedError())
    try {
      // The store is closed before the lock is given up: there is one writer at any time.
      if (this.crew !== undefined) await within(CLOSE_LIMIT_MS, closeWorkers(this.crew))
      await this.leadership?.close()
    } finally {
      await this.crew?.end()
      this.tell({ state: 'closed', leadership: 'waiting' })
      this.watchers.end()
    }
  }
}

/** The consensus worker first: what it has proven goes to the store of the node worker. */
async function closeWorkers({ consensus, node }: WorkerCrew): Promise<void> {
  await consensus.close()
  await node.close()
}

/** Resolves when the work has ended, however, or the time is over. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const over = new Promise((resolve) => (timer = setTimeout(resolve, ms)))
  await Promise.race([work.catch(() => undefined), over])
  clearTimeout(timer)
}

function secondsNow(): number {
  return Math.floor(Date.now() / 1000)
}
