/** Beam sync put together: servers, contents, importing and execution, following the heads that it is given. */
import type { Clock } from '../../chain/clock.ts'
import { hexToBytes } from '@ethereumjs/util'
import { asHash, type Hash, type Hex } from '../../chain/bytes.ts'
import type { Network } from '../../chain/network.ts'
import type { WasmCrypto } from '../../execution/crypto/wasm-crypto.ts'
import type { StateHome } from '../../execution/remote/evm-messages.ts'
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
import type { ExecutedRange, NamedBlock } from '../chain-view/executed-blocks.ts'
import type { StateNetwork } from '../state-network.ts'
import type { BeamEvents, BeamSettings, BeamStatus } from './beam-status.ts'
import { BlockTraces, type BlockTrace } from './block-traces.ts'
import { BlockExecutor } from './block-executor.ts'
import { allowedSources } from './source-choice.ts'

export interface BeamTools {
  readonly network: Network
  readonly crypto: WasmCrypto
  readonly clock: Clock
  /** ms, for stage times only. */
  readonly now: () => number
  readonly state: StateNetwork
  /** Told which blocks were executed here without a gap, whenever there is one more. */
  readonly onExecuted: (range: ExecutedRange) => void
  /** Told of each block that is invalid, or in dispute since an earlier session: nothing above it is to be called verified. */
  readonly onRefused: (block: NamedBlock) => void
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
  private readonly stopListening: () => void
  private readonly reporter: ImportReporter
  private readonly patterns: PatternKeeper

  constructor(
    settings: BeamSettings,
    private readonly tools: BeamTools,
    private readonly events: BeamEvents,
    { resumed, marks, learned }: Resumed,
  ) {
    const { network, crypto, clock, now, evms, lend, store, state } = tools
    const { keccak } = crypto
    const { selector, pool, fetcher } = state
    this.reporter = new ImportReporter(clock, () => events.onStatus(this.status()))
    const predictor = new BlockPredictor(keccak, learned)
    this.patterns = new PatternKeeper({ store, chainId: network.chainId, learned: () => predictor.learned() })
    const executor = new BlockExecutor({
      ...{ network, crypto, clock, now, selector, evms, lend, store },
      pool,
      ancestors: (from, count, signal) => fetcher.headers(from, count, signal, 'sync'),
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
    for (const dispute of marks.disputes) tools.onRefused(named(dispute))
    this.stopListening = state.onChange(() => this.reporter.changed())
    this.reporter.changed()
  }

  setHead(head: ImportHead): void {
    this.blocks.setHead(head)
    this.reporter.changed()
  }

  setFinalized(hash: Hash): void {
    this.blocks.setFinalized(hash)
  }

  status(): BeamStatus {
    const { state } = this.tools
    return { blocks: this.blocks.status(), servers: state.statuses(), contents: state.pool.stats() }
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
    this.stopListening()
    this.reporter.close()
  }

  private tell(event: ImportEvent): void {
    this.reporter.changed()
    switch (event.kind) {
      case 'block':
      case 'pivot':
        return this.events.onNews(event)
      case 'refused':
        this.tools.onRefused(named(event.block))
        return this.events.onNews({ ...event, bundle: event.bundle && JSON.stringify(event.bundle) })
      case 'overturned': {
        const { number, hash } = event.block
        const what = `block ${number} ${hash} was called invalid by the tuned engine (${event.problem.message}) and verified by the other`
        return this.events.onNews({ kind: 'defect', what })
      }
      case 'latest': {
        const { anchor } = this.blocks.status()
        if (anchor === undefined) return
        return this.tools.onExecuted({ anchor: named(anchor), newest: event.header })
      }
    }
  }
}

const named = ({ number, hash }: { readonly number: number; readonly hash: Hex }): NamedBlock => ({
  number,
  hash: asHash(hexToBytes(hash)),
})

function capsOf({ slotSeconds }: Network): BlockCaps {
  const ms = Math.max(BLOCK_TIME_SLOTS * slotSeconds * 1000, MIN_BLOCK_TIME_MS)
  return { nodes: MAX_BLOCK_NODES, bytes: MAX_BLOCK_FETCH_BYTES, ms }
}
