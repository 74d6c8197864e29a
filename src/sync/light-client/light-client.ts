/** The light client: modules over one state, put together and run. Where it runs (a worker, Node) is its owner's business. */
import type { Keccak } from '../../chain/bytes.ts'
import type { Clock } from '../../chain/clock.ts'
import type { Network } from '../../chain/network.ts'
import type { SyncCommitteeVerifier } from '../../consensus/sync-committee-verifier.ts'
import type { EngineApi } from '../../network/engine/engine-api.ts'
import type { RequestServer } from '../../network/request-server.ts'
import { CheckpointPolicy, type CheckpointPolicyOptions } from '../checkpoint/checkpoint-policy.ts'
import { Scheduler } from '../scheduler.ts'
import { BeaconBlockSync } from './beacon-block-sync.ts'
import { CheckpointInit } from './checkpoint-init.ts'
import { ClockWatch } from './clock-watch.ts'
import { EngineApiUpdater } from './engine-api-updater.ts'
import { ExecutionHeaderSync } from './execution-header-sync.ts'
import type { EngineStatus } from './engine/engine-status.ts'
import { ForwardUpdateSync } from './forward-update-sync.ts'
import { HeadUpdater } from './head-updater.ts'
import { HeaderSync } from './header-sync.ts'
import { claimedChain } from './kept-chain.ts'
import { LightClientState } from './light-client-state.ts'
import { lightClientStatus, type LightClientStatus, type StatusSources } from './light-client-status.ts'
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
  /** An execution client to drive; without one no block bodies are fetched. */
  readonly engine?: EngineApi | undefined
  /** At most ten times a second. */
  readonly onStatus: (status: LightClientStatus) => void
}

export class LightClient {
  readonly state: LightClientState
  readonly #options: LightClientOptions
  readonly #policy: CheckpointPolicy
  readonly #scheduler: Scheduler
  readonly #sources: StatusSources
  readonly #closing: (() => void)[] = []
  readonly #checkpointInit: CheckpointInit
  readonly #engine: EngineApiUpdater | undefined
  #defect: string | undefined

  constructor(options: LightClientOptions) {
    const { network, clock, random, verifier, keccak, storage } = options
    this.#options = options
    const state = new LightClientState({ ...options, network, clock, verifier, storage })
    this.state = state
    const views = new ServerViews()
    this.#policy = new CheckpointPolicy({
      ...options.checkpoint,
      network,
      clock,
      kept: () => claimedChain(network, storage, clock),
    })
    const clockWatch = new ClockWatch(state, clock)
    const explainClock = () => clockWatch.explain()
    const checkpointInit = (this.#checkpointInit = new CheckpointInit({
      state,
      policy: this.#policy,
      storage,
      clock,
      explainClock,
    }))
    const updates = new ForwardUpdateSync({ state, views, clock, random })
    const payloads = new BeaconBlockSync({ state, clock, keccak })
    const executionHeaders = new ExecutionHeaderSync({ state, clock, keccak, payloads })
    const { engine } = options
    const updater = engine && new EngineApiUpdater({ state, engine, clock, keccak, blocks: payloads })
    this.#engine = updater
    const reporter = new StatusReporter({
      clock,
      triggers: [
        state.chainChanged,
        state.headsChanged,
        this.#policy.changed,
        checkpointInit.progressed,
        clockWatch.changed,
      ],
      refreshMs: REFRESH_MS,
      tell: () => options.onStatus(this.status),
    })
    this.#scheduler = new Scheduler({
      clock,
      random,
      // What nothing can go on without comes first; what shows it all comes last.
      modules: [
        clockWatch,
        checkpointInit,
        updates,
        new HeadUpdater({ state, views }),
        new HeaderSync({ state, clock }),
        new StateSync({ state, clock }),
        payloads,
        executionHeaders,
        ...(updater === undefined ? [] : [updater]),
        reporter,
      ],
      onModuleFault: ({ name }, error) => {
        this.#defect = `${name}: ${error instanceof Error ? error.message : String(error)}`
        options.onStatus(this.status)
      },
    })
    this.#sources = {
      state,
      now: () => clock.now(),
      servers: () => this.#scheduler.servers,
      checkpointTrust: () => checkpointInit.trust,
      checkpointProblem: () => checkpointInit.problem?.message,
      targetPeriod: () => updates.progress?.target,
      viewOf: (server) => views.of(server),
      defect: () => this.#defect,
      clockSkewMs: () => clockWatch.skew?.ms,
      executionNumber: (blockHash) => executionHeaders.header(blockHash)?.number,
    }
    this.#closing.push(
      () => reporter.close(),
      () => checkpointInit.close(),
      () => updater?.close(),
      () => this.#policy.close(),
      () => this.#scheduler.stop(),
    )
  }

  /** Once. */
  start(): void {
    for (const server of this.#options.servers) this.#scheduler.register(server)
    this.#scheduler.start()
    this.#policy.seek()
  }

  /** Why there is no chain yet, to be told apart by its class. */
  get checkpointProblem(): Error | undefined {
    return this.#checkpointInit.problem
  }

  /** Undefined without an execution client. */
  get engineStatus(): EngineStatus | undefined {
    return this.#engine?.status
  }

  get status(): LightClientStatus {
    return lightClientStatus(this.#sources)
  }

  /** For tests: see {@link Scheduler.quiet}. */
  quiet(): Promise<void> {
    return this.#scheduler.quiet()
  }

  /** For good: ends requests, streams and timers. */
  close(): void {
    for (const close of this.#closing) close()
  }
}

/** ms between tellings when nothing happens: ages are shown in seconds. */
const REFRESH_MS = 1_000
