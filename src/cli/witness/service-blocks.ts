/** Blocks and headers from a gateway's state service. */
import { bytesToHex } from '@ethereumjs/util'
import type { Hash, Keccak } from '../../chain/bytes.ts'
import { BlockEncodingError, decodeRawBlock, decodeRawHeader, type RawBlock } from '../../execution/block/raw-block.ts'
import { equalBytes } from '../../execution/words.ts'
import type { StateServiceClient } from '../../network/state-service/state-service-client.ts'
import type { BlockSelector, BlockSource } from '../../network/on-demand/block-source.ts'
import { WitnessError } from '../../network/on-demand/witness-error.ts'

export class ServiceBlocks implements BlockSource {
  constructor(
    /** For messages. */
    private readonly server: string,
    private readonly client: StateServiceClient,
    private readonly keccak: Keccak,
    private readonly signal: AbortSignal,
  ) {}

  async block(selector: BlockSelector): Promise<RawBlock> {
    const hash = selector.kind === 'hash' ? selector.hash : await this.#hashAt(selector.number)
    const { block } = await this.client.ask('block', { blockHash: hash }, this.signal)
    const raw = this.#decoded(`block ${bytesToHex(hash)}`, () => decodeRawBlock(block, this.keccak))
    if (!equalBytes(raw.header.hash, hash)) {
      throw new WitnessError(`${this.server} gave block ${bytesToHex(raw.header.hash)} for ${bytesToHex(hash)}`)
    }
    return raw
  }

  async headers(from: Hash, count: number): Promise<readonly Uint8Array[]> {
    const headers: Uint8Array[] = []
    let next = from
    while (headers.length < count) {
      const left = count - headers.length
      const answer = await this.client.ask('headers', { start: { hash: next }, count: left }, this.signal)
      for (const rlp of answer.headers) {
        const header = this.#decoded(`a header`, () => decodeRawHeader(rlp, this.keccak))
        if (!equalBytes(header.hash, next)) {
          throw new WitnessError(`${this.server} gave header ${bytesToHex(header.hash)} for ${bytesToHex(next)}`)
        }
        headers.push(rlp)
        next = header.parentHash
        if (header.number === 0) return headers
      }
      // It has no more: whoever needs one says which.
      if (answer.headers.length < left) break
    }
    return headers
  }

  async #hashAt(number: number): Promise<Hash> {
    const { headers } = await this.client.ask('headers', { start: { number }, count: 1 }, this.signal)
    const [rlp] = headers
    if (rlp === undefined) throw new WitnessError(`${this.server} has no block ${number}`)
    const header = this.#decoded(`header ${number}`, () => decodeRawHeader(rlp, this.keccak))
    if (header.number === number) return header.hash
    throw new WitnessError(`${this.server} gave header ${header.number} for ${number}`)
  }

  #decoded<T>(what: string, decode: () => T): T {
    try {
      return decode()
    } catch (error) {
      if (error instanceof BlockEncodingError) throw new WitnessError(`${this.server} gave ${what}: ${error.message}`)
      throw error
    }
  }
}
