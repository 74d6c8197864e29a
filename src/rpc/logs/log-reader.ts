/** Logs of single blocks, out of receipts that the block's header proves; taken apart once for all who ask. */
import type { Hash, Keccak } from '../../chain/bytes.ts'
import type { RawHeader } from '../../execution/block/raw-block.ts'
import { logsOf, type LoggedBlock, type PlacedLog } from '../../network/json-rpc/objects/logs.ts'
import { decodeReceipt } from '../../network/json-rpc/objects/receipt.ts'
import { hashKey } from '../../state/hash-key.ts'
import { MAX_BLOCKS } from '../../state/store/limits.ts'
import { ByteBoundedCache } from '../../sync/chain-view/byte-bounded-cache.ts'
import type { ChainView } from '../../sync/chain-view/chain-view.ts'
import type { Ask } from '../../sync/chain-view/evidence.ts'
import { FetchCosts } from './fetch-costs.ts'
import { headerFacts } from './header-facts.ts'

/** Logs that are kept taken apart: those of some 200 mainnet blocks, more than are kept executed. */
const KEPT_BYTES = 33_554_432
/** Bytes beside its contents that a log takes with its objects, and a transaction with its hash. */
const LOG_BYTES = 500
const TRANSACTION_BYTES = 200

/** All logs of a block, in its order. */
export interface BlockLogs extends LoggedBlock {
  readonly logs: readonly PlacedLog[]
}

export class LogReader {
  readonly #kept = new ByteBoundedCache<BlockLogs>(KEPT_BYTES)
  readonly #costs = new FetchCosts()

  constructor(
    private readonly view: ChainView,
    private readonly keccak: Keccak,
  ) {}

  /** @throws what the view throws where body or receipts cannot be had and proven */
  of(header: RawHeader, ask: Ask): Promise<BlockLogs> {
    return this.#kept.get(hashKey(header.hash), ask.signal, {
      make: () => this.#make(header, ask),
      sizeOf: ({ logs, transactions }) =>
        logs.reduce((sum, { log }) => sum + LOG_BYTES + log.data.length + 32 * log.topics.length, 0) +
        TRANSACTION_BYTES * transactions.length,
    })
  }

  /** Bytes that servers would probably send for the logs of this block; zero where they are here. */
  foretell(header: RawHeader, gasUsed: number): number {
    return this.#kept.has(hashKey(header.hash)) || this.#isKept(header) ? 0 : this.#costs.foretell(gasUsed)
  }

  /** Executed here, and not so long ago that the store has given it up. */
  #isKept(header: RawHeader): boolean {
    if (this.view.anchorOf(header) === undefined) return false
    return this.view.heads.latest().number - header.number < MAX_BLOCKS
  }

  async #make(header: RawHeader, ask: Ask): Promise<BlockLogs> {
    const block = await this.view.block(header, ask)
    const receipts = await this.view.receipts(block, ask)
    const bytes = receipts.reduce((sum, { length }) => sum + length, block.rlp.length)
    this.#costs.learn(headerFacts(header).gasUsed, bytes)
    const { hash, number, timestamp } = header
    return {
      block: { hash, number, timestamp },
      transactions: block.transactions.map((transaction) => ({ hash: this.keccak(transaction) as Hash })),
      logs: logsOf(receipts.map(decodeReceipt)),
    }
  }
}
