/** Where a block's state comes from: a fetch of its own, and what sources predict of it. */
import type { Clock } from '../../chain/clock.ts'
import type { Hash } from '../../chain/bytes.ts'
import type { ExecutionNetwork } from '../../chain/network.ts'
import type { RawBlock, RawHeader } from '../../execution/block/raw-block.ts'
import type { WasmCrypto } from '../../execution/crypto/wasm-crypto.ts'
import type { MissingValue } from '../../execution/speculation/missing-values.ts'
import type { StateHome } from '../../execution/remote/evm-messages.ts'
import type { Store } from '../../state/store/store.ts'
import type { EvmPool } from '../evm/evm-pool.ts'
import type { BlockPredictor } from '../prediction/block-predictor.ts'
import { BlockFetch } from '../state-fetch/block-fetch.ts'
import type { ContentPool } from '../state-fetch/content-pool.ts'
import { prefetchBlock, type Predicted } from '../state-fetch/fetch-and-execute.ts'
import { FetchBoundError } from '../state-fetch/fetch-error.ts'
import type { ServerSelector } from '../state-fetch/server-selector.ts'
import type { SourceName } from '../state-fetch/sources/source.ts'
import type { BlockTraces } from './block-traces.ts'
import { SourceOrder, type AllowedSources } from './source-choice.ts'

/** What blocks are executed with. */
export interface BlockExecutorOptions {
  readonly network: ExecutionNetwork
  readonly crypto: WasmCrypto
  readonly clock: Clock
  /** ms, for stage times only. */
  readonly now: () => number
  readonly selector: ServerSelector
  readonly pool: ContentPool
  readonly evms: EvmPool
  /** Makes the state's side callable from an EVM worker. */
  readonly lend: (home: StateHome) => StateHome
  readonly store: Store
  /** RLP, newest first, contiguous from that hash. */
  readonly ancestors: (from: Hash, count: number, signal: AbortSignal) => Promise<readonly Uint8Array[]>
  /** Number of the newest block there is, as far as known. */
  readonly newest: () => number
  readonly allowed: AllowedSources
  /** What blocks will look at, from what others did. */
  readonly predictor: BlockPredictor
  /** A verified block's record is put in this moment. */
  readonly onKeep: () => void
  /** Told of everything that is fetched for a block. */
  readonly traces: BlockTraces
}

export class BlockSources {
  private readonly order = new SourceOrder()

  constructor(private readonly options: BlockExecutorOptions) {}

  /** An empty fetch of the parent's state. */
  open(block: RawBlock, parent: RawHeader): BlockFetch {
    const { pool, selector, crypto, clock, allowed, newest, traces } = this.options
    const fetch = new BlockFetch({
      ...{ pool, selector, clock, keccak: crypto.keccak, ways: allowed.ways },
      block: block.header,
      parentHash: parent.hash,
      parentStateRoot: parent.stateRoot,
      newest: Math.max(newest(), block.header.number),
    })
    traces.add(block.header.hash, fetch.counter.trace)
    return fetch
  }

  /** What the sources among these names bring that are allowed. */
  async predict(fetch: BlockFetch, block: RawBlock, names: ReadonlySet<SourceName>): Promise<Predicted> {
    const { network, crypto, now, clock } = this.options
    const { parentStateRoot } = fetch
    const input = { fetch, network, block, crypto, now, parentStateRoot }
    const begun = clock.now()
    const predicted = await prefetchBlock(input, this.order.of(names)).catch((error: unknown): Predicted => {
      if (!(error instanceof FetchBoundError)) throw error
      // Whoever sends more than a block can need keeps nobody from executing it.
      fetch.letGo()
      return { source: undefined, outcome: { kind: 'unavailable', reasons: [error.message] } }
    })
    const { outcome } = predicted
    if (outcome.kind !== 'brought') return predicted
    const { source } = predicted
    if (outcome.nodes !== undefined && (source === 'witness' || source === 'metadata'))
      this.order.note(source, { ...outcome.nodes, ms: clock.now() - begun })
    // What a server says of ancestors nothing proves: their headers are fetched where BLOCKHASH asks for them.
    return { ...predicted, outcome: { ...outcome, blockHashes: new Map() } }
  }
}

/** Hints name a part of what a block needs; the others claim to be all of it. */
export const isPredicted = ({ source }: Predicted): boolean => source !== undefined && source !== 'hints'

/** Values that it named one by one. */
export const namedBy = ({ outcome }: Predicted): readonly MissingValue[] =>
  outcome.kind === 'brought' ? (outcome.values ?? []) : []

/** Ends the fetch with the signal. @returns lets go of the signal */
export function endWith(signal: AbortSignal, fetch: BlockFetch): () => void {
  const cancel = () => fetch.cancel(signal.reason as Error)
  if (signal.aborted) cancel()
  signal.addEventListener('abort', cancel, { once: true })
  return () => signal.removeEventListener('abort', cancel)
}
