/** The light client: modules over one state, put together and run. Where it runs (a worker, Node) is its owner's business. */
import type { Keccak } from '../../chain/bytes.ts'
import type { Clock } from '../../chain/clock.ts'
import type { Network } from '../../chain/network.ts'
import { messageOf } from '../../chain/thrown.ts'
import type { SyncCommitteeVerifier } from '../../consensus/sync-committee-verifier.ts'
import type { EngineApi } from '../../network/engine/engine-api.ts'
import type { RequestServer } from '../../network/request-server.ts'
import { CheckpointPolicy, type CheckpointPolicyOptions } from '../checkpoint/checkpoint-policy.ts'
import { Scheduler } from '../scheduler.ts'
import { BeaconBlockSync } from './beacon-block-sync.ts'
import { CheckpointInit } from './checkpoint-init.ts'
import { NoServerError } from './checkpoint-progress.ts'
import { ClockWatch } from './clock-watch.ts'
import { EngineApiUpdater } from './engine-api-updater.ts'
import type { EngineStatus } from './engine/engine-status.ts'
import { ExecutionHeaderSync } from './execution-header-sync.ts'
import { ForwardUpdateSync } from './forward-update-sync.ts'
import { HeadUpdater } from './head-updater.ts'
import { HeaderSync } from './header-sync.ts'
import { HistoricalBlocks, type ProvenBlock } from './historical-blocks.ts'
import { claimedChain } from './kept-chain.ts'
import { LightClientState } from './light-client-state.ts'
import { lightClientStatus, type LightClientStatus } from './light-client-status.ts'
import type { LightClientStorage } from './light-client-storage.ts'
import { ServerViews } from './server-views.ts'
import { StateSync } from './state-sync.ts'
import { StatusReporter } from './status-reporter.ts'

export interface LightClientOptions {
  readonly network: Network
  readonly clock: Clock
  /** Uniform in 0..1, 1 excluded. */
  readonly random: () => number
  readonly verifier: SyncCommitteeVerifier
  readonly keccak: Keccak
  readonly storage: LightClientStorage
  readonly servers: readonly RequestServer[]
  readonly checkpoint: Pick<CheckpointPolicyOptions, 'given' | 'builtIn' | 'sources' | 'oldCheckpoints'>
  /** See {@link LightClientState}. */
  readonly usedSigners?: number
  /** An execution client to drive; without one, payloads are fetched only where nothing else has a block's number. */
  readonly engine?: EngineApi | undefined
  /** At most ten times a second. */
  readonly onStatus: (status: LightClientStatus) => void
}

/** ms between tellings of the status when nothing happens: ages are shown in seconds. */
const REFRESH_MS = 1_000

/** ms after the start in which servers are still being connected to: nobody need be told that there is none. */
const CONNECTING_MS = 3_000

export class LightClient {
  readonly state: LightClientState
  readonly #options: LightClientOptions
  readonly #policy: CheckpointPolicy
  readonly #scheduler: Scheduler
  readonly #modules: ReturnType<typeof createModules>
  readonly #views = new ServerViews()
  readonly #reporter: StatusReporter
  #startedAt = Infinity
  #defect: string | undefined

  /** @throws {RangeError} for too many checkpoint sources, or fewer signers than a supermajority */
  constructor(options: LightClientOptions) {
    const { network, clock, random, storage, onStatus } = options
    this.#options = options
    this.state = new LightClientState(options)
    this.#policy = new CheckpointPolicy({
      ...options.checkpoint,
      network,
      clock,
      kept: () => claimedChain(network, storage, clock),
    })
    const modules = createModules(options, { state: this.state, policy: this.#policy, views: this.#views })
    this.#modules = modules
    this.#reporter = new StatusReporter({
      clock,
      triggers: [
        this.state.chainChanged,
        this.state.headsChanged,
        this.#policy.changed,
        modules.checkpointInit.progressed,
        modules.clockWatch.changed,
        modules.executionHeaders.executionHeadersChanged,
        ...(modules.engine === undefined ? [] : [modules.engine.statusChanged]),
      ],
      refreshMs: REFRESH_MS,
      tell: () => onStatus(this.status),
    })
    this.#scheduler = new Scheduler({
      clock,
      random,
      // What nothing can go on without comes first; what shows it all comes last.
      modules: [
        modules.clockWatch,
        modules.checkpointInit,
        modules.updates,
        modules.heads,
        modules.headers,
        modules.stateProofs,
        modules.payloads,
        modules.executionHeaders,
        modules.historicalBlocks,
        ...(modules.engine === undefined ? [] : [modules.engine]),
        this.#reporter,
      ],
      onModuleFault: ({ name }, error) => {
        this.#defect = `${name}: ${messageOf(error)}`
        this.#reporter.process()
      },
    })
  }

  /** Once. */
  start(): void {
    this.#startedAt = this.#options.clock.now()
    for (const server of this.#options.servers) this.#scheduler.register(server)
    this.#scheduler.start()
    this.#policy.seek()
  }

  /** Why there is no chain yet, to be told apart by its class. */
  get checkpointProblem(): Error | undefined {
    const { problem } = this.#modules.checkpointInit
    const isConnecting = this.#options.clock.now() - this.#startedAt < CONNECTING_MS
    return problem instanceof NoServerError && isConnecting ? undefined : problem
  }

  /** Undefined without an execution client. */
  get engineStatus(): EngineStatus | undefined {
    return this.#modules.engine?.status
  }

  get status(): LightClientStatus {
    const { checkpointInit, updates, clockWatch, executionHeaders } = this.#modules
    return lightClientStatus({
      state: this.state,
      now: this.#options.clock.now(),
      servers: this.#scheduler.servers.map((server) => ({ server, view: this.#views.of(server) })),
      checkpoint: { decision: this.#policy.decision, trust: checkpointInit.trust, problem: this.checkpointProblem },
      targetPeriod: updates.progress?.target,
      clockSkewMs: clockWatch.skew?.ms,
      executionNumber: (blockHash) => executionHeaders.header(blockHash)?.number,
      defect: this.#defect,
    })
  }

  /** See {@link HistoricalBlocks.prove}. */
  historicalBlock(slot: number): Promise<ProvenBlock> {
    return this.#modules.historicalBlocks.prove(slot)
  }

  /** For tests: see {@link Scheduler.quiet}. */
  quiet(): Promise<void> {
    return this.#scheduler.quiet()
  }

  /** For good: ends requests, streams and timers. */
  close(): void {
    const { checkpointInit, headers, stateProofs, payloads, executionHeaders, historicalBlocks, engine } = this.#modules
    this.#reporter.close()
    for (const module of [checkpointInit, headers, stateProofs, payloads, executionHeaders, historicalBlocks, engine]) {
      module?.close()
    }
    this.#policy.close()
    this.#scheduler.stop()
  }
}

interface Shared {
  readonly state: LightClientState
  readonly policy: CheckpointPolicy
  readonly views: ServerViews
}

function createModules(options: LightClientOptions, { state, policy, views }: Shared) {
  const { clock, random, keccak, storage, engine } = options
  const clockWatch = new ClockWatch(state, clock)
  const explainClock = () => clockWatch.explain()
  const wanted = engine === undefined ? 'hiddenHeaders' : 'heads'
  const payloads = new BeaconBlockSync({ state, clock, keccak, wanted })
  return {
    clockWatch,
    checkpointInit: new CheckpointInit({ state, policy, storage, clock, explainClock }),
    updates: new ForwardUpdateSync({ state, views, clock, random }),
    heads: new HeadUpdater({ state, views }),
    headers: new HeaderSync({ state, clock }),
    stateProofs: new StateSync({ state, clock }),
    payloads,
    executionHeaders: new ExecutionHeaderSync({ state, clock, keccak, payloads }),
    historicalBlocks: new HistoricalBlocks({ state, clock }),
    engine: engine && new EngineApiUpdater({ state, engine, clock, keccak, blocks: payloads }),
  }
}
