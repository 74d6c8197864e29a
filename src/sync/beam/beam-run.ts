/** Beam sync put together: servers, contents, importing and execution, following the heads that it is given. */
import type { Clock } from '../../chain/clock.ts'
import type { Hash } from '../../chain/bytes.ts'
import type { Network } from '../../chain/network.ts'
import type { WasmCrypto } from '../../execution/crypto/wasm-crypto.ts'
import type { StateHome } from '../../execution/remote/evm-messages.ts'
import type { HttpTransport } from '../../network/http/transport.ts'
import type { Store } from '../../state/store/store.ts'
import type { EvmPool } from '../evm/evm-pool.ts'
import { BlockImport } from '../import/block-import.ts'
import { BLOCK_TIME_SLOTS, MAX_BLOCK_FETCH_BYTES, MAX_BLOCK_NODES, MIN_BLOCK_TIME_MS } from '../import/constants.ts'
import type { BlockCaps } from '../import/execution-turn.ts'
import type { ImportEvent, ImportHead } from '../import/import-events.ts'
import { ImportReporter } from '../import/import-reporter.ts'
import { markKeeper, resumeImport, type ResumedImport } from '../import/resume-import.ts'
import type { LearnedPattern } from '../prediction/access-patterns.ts'
import { BlockPredictor } from '../prediction/block-predictor.ts'
import { keptPatterns, PatternKeeper } from '../prediction/pattern-keeper.ts'
import { ContentPool } from '../state-fetch/content-pool.ts'
import { ServerSelector } from '../state-fetch/server-selector.ts'
import type { BeamEvents, BeamSettings, BeamStatus } from './beam-status.ts'
import { BlockTraces, type BlockTrace } from './block-traces.ts'
import { BlockExecutor } from './block-executor.ts'
import { importFetcher } from './import-fetcher.ts'
import { allowedSources } from './source-choice.ts'
import { StateServers } from './state-servers.ts'

export interface BeamTools {
  readonly network: Network
  readonly crypto: WasmCrypto
  readonly clock: Clock
  /** ms, for stage times only. */
  readonly now: () => number
  /** Uniform in 0..1, 1 excluded. */
  readonly random: () => number
  readonly transport: HttpTransport
  readonly evms: EvmPool
  /** Makes the state's side callable from an EVM worker. */
  readonly lend: (home: StateHome) => StateHome
  readonly store: Store
}

/** Goes on where the store says that it was left. @throws {StoreError} */
export async function startBeam(settings: BeamSettings, tools: BeamTools, events: BeamEvents): Promise<BeamRun> {
  const { store, crypto, network } = tools
  const kept = await keptPatterns(store, network.chainId)
  const run = new BeamRun(settings, tools, events, { ...(await resumeImport(store, crypto.keccak)), ...kept })
  if (kept.dropped !== undefined) events.onNews({ kind: 'dropped', what: kept.dropped })
  return run
}

/** What an earlier session has left. */
interface Resumed extends ResumedImport {
  readonly learned: readonly LearnedPattern[]
}

export class BeamRun {
  private readonly blocks: BlockImport
  private readonly traces = new BlockTraces()
  private readonly pool: ContentPool
  private readonly servers: StateServers
  private readonly reporter: ImportReporter
  private readonly patterns: PatternKeeper

  constructor(
    settings: BeamSettings,
    tools: BeamTools,
    private readonly events: BeamEvents,
    { resumed, marks, learned }: Resumed,
  ) {
    const { network, crypto, clock, now, random, transport, evms, lend, store } = tools
    const { keccak } = crypto
    const selector = new ServerSelector({ clock, random })
    this.pool = new ContentPool({ store })
    this.reporter = new ImportReporter(clock, () => events.onStatus(this.status()))
    const onChange = () => this.reporter.changed()
    const fetcher = importFetcher({ selector, keccak, store })
    const predictor = new BlockPredictor(keccak, learned)
    this.patterns = new PatternKeeper({ store, chainId: network.chainId, learned: () => predictor.learned() })
    const executor = new BlockExecutor({
      ...{ network, crypto, clock, now, selector, evms, lend, store },
      pool: this.pool,
      ancestors: (from, count, signal) => fetcher.headers(from, count, signal),
      newest: () => this.blocks.status().head?.number ?? 0,
      allowed: allowedSources(settings.sources),
      traces: this.traces,
      predictor,
      onKeep: () => this.patterns.onBlock(),
    })
    this.blocks = new BlockImport({
      tools: { clock, keccak, fetcher, executor, marks: markKeeper(store) },
      caps: capsOf(network),
      ...(settings.maxLag !== undefined && { maxLag: settings.maxLag }),
      ...{ resumed, marks },
      onEvent: (event) => this.tell(event),
    })
    this.servers = new StateServers({
      ...{ urls: settings.servers, selector, clock, onChange },
      probe: { transport, network, keccak },
    })
    onChange()
  }

  setHead(head: ImportHead): void {
    this.blocks.setHead(head)
    this.reporter.changed()
  }

  setFinalized(hash: Hash): void {
    this.blocks.setFinalized(hash)
  }

  status(): BeamStatus {
    return { blocks: this.blocks.status(), servers: this.servers.statuses(), contents: this.pool.stats() }
  }

  /** How a block came to be what it is; undefined of one that is not among the newest. */
  trace(hash: Hash): BlockTrace | undefined {
    const moments = this.blocks.moments(hash)
    return moments && this.traces.of(hash, moments)
  }

  /** Ends all that is under way but the writing of records, which the store waits for. */
  close(): void {
    this.patterns.close()
    this.blocks.close()
    this.servers.close()
    this.reporter.close()
  }

  private tell(event: ImportEvent): void {
    this.reporter.changed()
    switch (event.kind) {
      case 'block':
      case 'pivot':
        return this.events.onNews(event)
      case 'refused':
        return this.events.onNews({ ...event, bundle: event.bundle && JSON.stringify(event.bundle) })
      case 'overturned': {
        const { number, hash } = event.block
        const what = `block ${number} ${hash} was called invalid by the tuned engine (${event.problem.message}) and verified by the other`
        return this.events.onNews({ kind: 'defect', what })
      }
      case 'latest':
        return
    }
  }
}

function capsOf({ slotSeconds }: Network): BlockCaps {
  const ms = Math.max(BLOCK_TIME_SLOTS * slotSeconds * 1000, MIN_BLOCK_TIME_MS)
  return { nodes: MAX_BLOCK_NODES, bytes: MAX_BLOCK_FETCH_BYTES, ms }
}
