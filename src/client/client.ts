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
import { CrewKeeper } from './crew-keeper.ts'
import { deferred } from './deferred.ts'
import { ClosedError, FollowError, NotKeptError, SuspendedError } from './errors.ts'
import { followSettings } from './follow-settings.ts'
import { JobQueue } from './job-queue.ts'
import type { ModeStatus } from './mode.ts'
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
import { createSwitchedSession } from './tabs/switched-session.ts'
import { TabRoles } from './tabs/tab-roles.ts'
import { tabRules } from './tabs/tab-rules.ts'
import { untilConnected } from './until-connected.ts'
import { prepareCrew, type PreparedCrew, type WorkerCrew } from './worker-crew.ts'

/** More EVM workers than this find nothing to do in one block, and each takes about 50 MB. */
const MAX_EVM_WORKERS = 8

/** Seconds: four missed slots in a row happen about once a month on mainnet. */
const HEAD_AGE_BEYOND_SLOT = 60

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
  private readonly crews: CrewKeeper
  private roles: TabRoles | undefined
  private current: BeamtabStatus
  private resumed: ResumedHead | undefined
  private onStage: (stage: NodeStage) => void = () => undefined
  private onUpdate: (row: PlainUpdateRow) => void = () => undefined
  private closing: Promise<void> | undefined
  /** Set when a worker has died. */
  private crash: Error | undefined
  private readonly following: FollowSettings | undefined
  /** Whether this tab's own workers answer, and follow the chain. */
  private isAnswering = false
  /** Settled once it is known who answers. */
  private readonly begun = deferred()

  private readonly execution: BlockExecution
  private readonly session = createSwitchedSession(systemClock)
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
    this.following = followSettings(chain, options.follow)
    this.execution = this.executionOf(beamSettings(chain, options))
    this.providing = createProvider({
      ...options.provider,
      session: this.session,
      chainId: chain.chainId,
      describeSync: () => describeSync(this.current),
    })
    this.current = statusAtStart(this.execution.mode, evmWorkers)
    this.crews = new CrewKeeper({ prepare: () => this.prepareCrew(), onCrash: (error) => this.crashed(error) })
  }

  async start(): Promise<void> {
    // Beside the workers' start, so that a visitor sees at once what was known.
    if (this.following?.chain === 'kept') void this.resume()
    this.roles = this.takeRole()
    await this.begun.promise
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
    this.mustBeOpen()
    if (!this.crews.isStarted) return []
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

  async blockTrace(hash: Hex): Promise<BlockTrace | undefined> {
    this.mustBeOpen()
    if (!this.crews.isStarted) return undefined
    return this.call(({ node }) => node.blockTrace(hash))
  }

  get provider(): BeamtabProvider {
    return this.providing.provider
  }

  async waitForHead(signal?: AbortSignal): Promise<void> {
    if (this.following === undefined)
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

  private prepareCrew(): PreparedCrew {
    const { network, signal, maxHeadAge } = this.options
    return prepareCrew(this.platform, {
      network,
      evmWorkers: this.current.evmWorkers,
      servers: stateServers(this.chain, this.options),
      maxHeadAge: maxHeadAge ?? this.chain.slotSeconds + HEAD_AGE_BEYOND_SLOT,
      onStage: (stage) => this.onStage(stage),
      onUpdate: (row) => this.onUpdate(row),
      onDefect: (defect) => this.tell({ defect }),
      signal,
    })
  }

  private crashed(error: Error): void {
    this.crash = error
    this.begun.reject(error)
    this.providing.lose(error.message)
    if (this.closing === undefined) this.tell({ state: 'crashed', crash: error.message })
    // Another tab leads in its place.
    void this.roles?.close(this.crews.end('at once', error))
  }

  private takeRole(): TabRoles {
    const { platform, options, network } = this
    return new TabRoles({
      ...{ network, platform, clock: systemClock, rules: tabRules(this.chain, options), signal: options.signal },
      leadsHidden: options.beam?.despite?.includes('hidden') === true,
      isBusy: () => this.crews.isBusy,
      onLead: () => void this.begin(() => this.lead()),
      onWait: () => this.tell({ leadership: 'waiting' }),
      onNext: (isNext) => (isNext ? this.crews.prepare() : void this.crews.dismiss()),
      onNode: (node) => {
        this.session.connect(node)
        this.begun.resolve()
      },
      onStatus: ({ light, beam }) => this.tell({ light: light && { ...light, resumed: undefined }, beam }),
      onAlone: () => void this.begin(() => this.answer()),
      onLost: () => void this.loseStore(),
      onProblem: (problem) => this.tellStore({ problem }),
      onStepDown: (how) => this.stepDown(how),
      openSession: (name) => this.quietly(({ node }) => node.openChannelSession(name)),
      closeSession: (name) => this.crews.isStarted && this.quietly(({ node }) => node.closeChannelSession(name)),
    })
  }

  /** Where it does not matter to anybody whether it can be done. */
  private quietly(make: (crew: WorkerCrew) => Promise<void>): void {
    this.call(make).catch(() => undefined)
  }

  /** What goes wrong at the start is the start's failure; afterwards it is told. */
  private async begin(part: () => Promise<void>): Promise<void> {
    try {
      await part()
      this.begun.resolve()
    } catch (error) {
      this.begun.reject(error as Error)
      if (this.closing === undefined && !(error instanceof SuspendedError))
        this.tellStore({ problem: (error as Error).message })
    }
  }

  private async lead(): Promise<void> {
    const { storeBytes } = this.options
    const { kind, problem } = await this.call(({ node }) => node.openStore(this.platform.store, storeBytes))
    this.tell({ leadership: 'leading' })
    await this.readStore(kind, problem)
    // After the store is open: what is kept is where following begins.
    await this.answer()
    await this.execution.lead(true)
  }

  /** By the workers of this tab. @throws {FollowError} */
  private async answer(): Promise<void> {
    if (this.isAnswering) return
    this.isAnswering = true
    const { port1, port2 } = new MessageChannel()
    await this.call((crew) => crew.openSession(port2))
    this.session.connect(messagePortSession(port1))
    if (this.following !== undefined) await this.follow(this.following)
  }

  /** Resolves when the consensus worker has begun, long before there is a head. @throws {FollowError} */
  private async follow(settings: FollowSettings): Promise<void> {
    const events: FollowEvents = {
      onStatus: (status) => {
        // Of workers that were ended, something may still be under way.
        if (this.closing !== undefined || !this.isAnswering) return
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

  /** Another tab is to lead: nothing of this one's workers is left. */
  private async stepDown(how: 'orderly' | 'at once'): Promise<void> {
    this.isAnswering = false
    this.session.disconnect()
    void this.execution.lead(false)
    this.tell({ leadership: 'waiting' })
    await this.crews.end(how, new SuspendedError())
  }

  private mustBeOpen(): void {
    if (this.closing !== undefined) throw new ClosedError()
    if (this.crash !== undefined) throw this.crash
  }

  /** Fails at once when a worker dies or the client closes: the call itself would never be answered. */
  private call<T>(make: (crew: WorkerCrew) => Promise<T>): Promise<T> {
    return this.crews.call(make)
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
    if (!this.crews.isStarted) return
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
    if ('light' in part || 'beam' in part) this.roles?.tell({ light: this.current.light, beam: this.current.beam })
    this.options.onStatus?.(this.current)
    this.watchers.tell(this.current)
  }

  private async end(): Promise<void> {
    this.begun.reject(new ClosedError())
    this.execution.close()
    this.providing.close()
    this.session.close()
    this.blocks.close()
    this.lightClient.close()
    // The store is closed before the lock is given up: there is one writer at any time.
    const crewGone = this.crews.close()
    await (this.roles?.close(crewGone) ?? crewGone)
    this.tell({ state: 'closed', leadership: 'waiting' })
    this.watchers.end()
  }
}

function statusAtStart(mode: ModeStatus, evmWorkers: number): BeamtabStatus {
  const numbers = { bytes: 0, maxBytes: 0, nodes: 0, blocks: 0, updates: 0 }
  return {
    ...{ state: 'starting', crash: undefined, light: undefined, mode, beam: undefined, defect: undefined },
    ...{ leadership: 'waiting', evmWorkers, store: { kind: 'memory', ...numbers, problem: undefined } },
  }
}

function secondsNow(): number {
  return Math.floor(Date.now() / 1000)
}
