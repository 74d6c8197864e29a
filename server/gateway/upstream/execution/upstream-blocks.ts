/** Blocks and headers of execution clients, each under the hash that it is given for; the newest are kept. */
import type { Hash, Keccak } from '../../../../src/chain/bytes.ts'
import { dropOldest } from '../../../../src/chain/drop-oldest.ts'
import type { ExecutionNetwork } from '../../../../src/chain/network.ts'
import type { RawBlock, RawHeader } from '../../../../src/execution/block/raw-block.ts'
import { RpcBlocks, type HeaderSelector } from '../../../../src/network/on-demand/rpc-blocks.ts'
import { WitnessError } from '../../../../src/network/on-demand/witness-error.ts'
import { hashKey } from '../../../../src/state/hash-key.ts'
import type { ExecutionBlock, ExecutionHeader } from '../../../execution/execution-source.ts'
import { RecentItems } from '../recent-items.ts'
import type { ExecutionPool } from './execution-pool.ts'

/** A tab follows the head and asks for little before it; a header has some 700 bytes. */
const MAX_HEADERS = 1_024
/** Bodies have 100 to 200 kB on mainnet, so that these are hundreds, and 10 MB at most. */
const MAX_BLOCK_BYTES = 64 * 1024 * 1024

/** Always: at most {@link MAX_HEADERS} and {@link MAX_BLOCK_BYTES} are kept. What is asked for by hash and kept is not asked again. */
export class UpstreamBlocks {
  /** By `hashKey` of their hashes. */
  readonly #headers = new Map<string, ExecutionHeader>()
  readonly #blocks = new RecentItems<ExecutionBlock>(MAX_BLOCK_BYTES, ({ rlp }) => rlp.length)
  /** By `hashKey` of their state roots. */
  readonly #byState = new Map<string, ExecutionHeader>()

  constructor(
    private readonly pool: ExecutionPool,
    private readonly network: () => ExecutionNetwork,
    private readonly keccak: Keccak,
  ) {}

  /** Undefined where all upstreams say that there is no such block. @throws {UnavailableError} */
  async header(selector: HeaderSelector): Promise<ExecutionHeader | undefined> {
    const known = selector.kind === 'hash' ? this.#headers.get(hashKey(selector.hash)) : undefined
    return known ?? this.#ask(async (blocks) => this.#keepHeader(await blocks.header(selector)))
  }

  /** As {@link header}. What is not asked for by hash is looked up first: a head that stays costs a header each time. */
  async block(selector: HeaderSelector): Promise<ExecutionBlock | undefined> {
    const known = selector.kind === 'hash' ? this.#blocks.get(selector.hash) : undefined
    if (known !== undefined) return known
    return this.#ask(async (blocks) => {
      const { hash } = selector.kind === 'hash' ? selector : await blocks.header(selector)
      return this.#blocks.get(hash) ?? this.#keepBlock(await blocks.block({ kind: 'hash', hash }))
    })
  }

  /** A block with that state, among those that were asked for. */
  ofState(stateRoot: Hash): ExecutionHeader | undefined {
    return this.#byState.get(hashKey(stateRoot))
  }

  #ask<T>(ask: (blocks: RpcBlocks) => Promise<T>): Promise<T | undefined> {
    return this.pool.first(async (server) => {
      try {
        return await ask(new RpcBlocks(server, this.network(), this.keccak))
      } catch (error) {
        if (error instanceof WitnessError && error.isUnknownBlock) return undefined
        throw error
      }
    })
  }

  #keepHeader({ hash, parentHash, number, timestamp, stateRoot, rlp }: RawHeader): ExecutionHeader {
    const header = { hash, parentHash, number, timestamp, stateRoot, header: rlp }
    this.#headers.set(hashKey(hash), header)
    this.#byState.set(hashKey(stateRoot), header)
    dropOldest(this.#headers, MAX_HEADERS)
    dropOldest(this.#byState, MAX_HEADERS)
    return header
  }

  #keepBlock(raw: RawBlock): ExecutionBlock {
    const block = { ...this.#keepHeader(raw.header), rlp: raw.rlp }
    this.#blocks.put(block.hash, block)
    return block
  }
}
