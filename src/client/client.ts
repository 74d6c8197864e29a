/** The client: workers, leadership and store put together behind the public contract. */
import { systemClock } from '../chain/clock.ts'
import { networkByName, parseNetworkFile, type Network } from '../chain/network.ts'
import { createProvider, type BeamtabProvider, type ProviderHandle } from '../provider/index.ts'
import { NoHeadError } from '../sync/chain-view/chain-view-error.ts'
import type { FollowSettings } from '../sync/light-client/follow-chain.ts'
import type { BlockExecution } from './block-execution.ts'
import { deferred } from './deferred.ts'
import { ClosedError, SuspendedError } from './errors.ts'
import { FileVerification } from './file-verification.ts'
import { followSettings } from './follow-settings.ts'
import { describeSync } from './light-status.ts'
import { nodeExecution } from './node-execution.ts'
import { OwnNode } from './own-node.ts'
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
import { keptBlock } from './reports.ts'
import { StatusBoard } from './status-board.ts'
import { createSwitchedSession } from './tabs/switched-session.ts'
import { TabRoles } from './tabs/tab-roles.ts'
import { tabRules } from './tabs/tab-rules.ts'
import { untilConnected } from './until-connected.ts'

/** More EVM workers than this find nothing to do in one block, and each takes about 50 MB. */
const MAX_EVM_WORKERS = 8

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
  private roles: TabRoles | undefined
  private closing: Promise<void> | undefined
  /** Set when a worker has died. */
  private crash: Error | undefined
  private readonly following: FollowSettings | undefined
  /** Settled once it is known who answers. */
  private readonly begun = deferred()

  private readonly files: FileVerification
  private readonly execution: BlockExecution
  private readonly board: StatusBoard
  private readonly node: OwnNode
  private readonly session = createSwitchedSession(systemClock, () => this.node.reopen())
  private readonly providing: ProviderHandle

  readonly network: string

  constructor(
    private readonly chain: Network,
    evmWorkers: number,
    private readonly options: BeamtabOptions,
    private readonly platform: Platform,
  ) {
    this.network = chain.name
    this.following = followSettings(chain, options.follow)
    this.execution = nodeExecution({
      ...{ chain, options, page: platform.page },
      node: () => this.node,
      status: () => this.board,
    })
    this.board = new StatusBoard({
      ...{ mode: this.execution.mode, evmWorkers },
      onStatus: (status, part) => this.told(status, part),
    })
    this.files = new FileVerification({
      call: (make) => this.node.call(make),
      readStore: () => this.node.readStore(),
    })
    this.node = new OwnNode({
      ...{ chain, following: this.following, options, platform, status: this.board },
      onNode: (node) => this.session.connect(node),
      onStage: (stage) => this.files.onStage(stage),
      onUpdate: (row) => this.files.onUpdate(row),
      onCrash: (error) => this.crashed(error),
    })
    this.providing = createProvider({
      ...options.provider,
      session: this.session,
      chainId: chain.chainId,
      describeSync: () => describeSync(this.board.current),
    })
  }

  async start(): Promise<void> {
    // Beside the workers' start, so that a visitor sees at once what was known.
    if (this.following?.chain === 'kept') void this.node.resume()
    this.roles = this.takeRole()
    await this.begun.promise
    this.board.tell({ state: 'ready' })
  }

  verifyBlock(file: Uint8Array, options: VerifyOptions = {}): Promise<BlockReport> {
    return this.files.block(file, options)
  }

  verifyKeptBlock(hash: Hex, options: VerifyOptions = {}): Promise<BlockReport> {
    return this.files.keptBlock(hash, options)
  }

  async keptBlocks(): Promise<readonly KeptBlock[]> {
    this.mustBeOpen()
    if (!this.node.crews.isStarted) return []
    return (await this.node.call(({ node }) => node.keptBlocks())).map(keptBlock)
  }

  verifyLightClient(files: readonly LightClientFile[], options: LightClientOptions = {}): Promise<LightClientReport> {
    return this.files.updates(files, options)
  }

  verifyKeptLightClient(options: LightClientOptions = {}): Promise<LightClientReport | undefined> {
    return this.files.keptUpdates(options)
  }

  async blockTrace(hash: Hex): Promise<BlockTrace | undefined> {
    this.mustBeOpen()
    if (!this.node.crews.isStarted) return undefined
    return this.node.call(({ node }) => node.blockTrace(hash))
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
    return this.board.current
  }

  statuses(): AsyncIterable<BeamtabStatus> {
    return this.board.watch()
  }

  close(): Promise<void> {
    this.closing ??= this.end()
    return this.closing
  }

  private told(status: BeamtabStatus, part: Partial<BeamtabStatus>): void {
    if ('light' in part || 'beam' in part) this.roles?.tell({ light: status.light, beam: status.beam })
    this.options.onStatus?.(status)
  }

  private crashed(error: Error): void {
    this.crash = error
    this.begun.reject(error)
    this.providing.lose(error.message)
    if (this.closing === undefined) this.board.tell({ state: 'crashed', crash: error.message })
    // Another tab leads in its place.
    void this.roles?.close(this.node.crews.end('at once', error))
  }

  private takeRole(): TabRoles {
    const { platform, options, network, node, board } = this
    return new TabRoles({
      ...{ network, platform, clock: systemClock, rules: tabRules(this.chain, options), signal: options.signal },
      leadsHidden: options.beam?.despite?.includes('hidden') === true,
      isBusy: () => node.crews.isBusy,
      onLead: () => void this.begin(() => this.lead()),
      onWait: () => board.tell({ leadership: 'waiting' }),
      onNext: (isNext) => (isNext ? node.crews.prepare() : void node.crews.dismiss()),
      onNode: (leader) => {
        this.session.connect(leader)
        this.begun.resolve()
      },
      onStatus: ({ light, beam }) => board.tell({ light: light && { ...light, resumed: undefined }, beam }),
      onAlone: () => void this.begin(() => node.answer()),
      onRejoin: () => void node.end('orderly'),
      onLost: () => this.loseStore(),
      onProblem: (problem) => board.tellStore({ problem }),
      onStepDown: (how) => this.stepDown(how),
      openSession: (name) => node.openSession(name),
      closeSession: (name) => node.closeSession(name),
    })
  }

  /** What goes wrong at the start is the start's failure; afterwards it is told. */
  private async begin(part: () => Promise<void>): Promise<void> {
    try {
      await part()
      this.begun.resolve()
    } catch (error) {
      this.begun.reject(error as Error)
      if (this.closing === undefined && !(error instanceof SuspendedError))
        this.board.tellStore({ problem: (error as Error).message })
    }
  }

  private async lead(): Promise<void> {
    await this.node.lead()
    await this.execution.lead(true)
  }

  /** Another tab is to lead: nothing of this one's workers is left. */
  private async stepDown(how: 'orderly' | 'at once'): Promise<void> {
    this.session.disconnect()
    void this.execution.lead(false)
    this.board.tell({ leadership: 'waiting' })
    await this.node.end(how)
  }

  /** Another writer may be at work from now on. */
  private loseStore(): void {
    this.board.tell({ leadership: 'lost' })
    void this.execution.lead(false)
    void this.node.closeStore()
  }

  private mustBeOpen(): void {
    if (this.closing !== undefined) throw new ClosedError()
    if (this.crash !== undefined) throw this.crash
  }

  private async end(): Promise<void> {
    this.begun.reject(new ClosedError())
    this.execution.close()
    this.providing.close()
    this.session.close()
    this.files.close()
    // The store is closed before the lock is given up: there is one writer at any time.
    const crewGone = this.node.close()
    await (this.roles?.close(crewGone) ?? crewGone)
    this.board.tell({ state: 'closed', leadership: 'waiting' })
    this.board.end()
  }
}
