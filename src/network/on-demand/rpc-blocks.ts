/** Blocks and headers from any execution client's JSON-RPC. */
import { createBlockFromRPC, type JSONRPCBlock } from '@ethereumjs/block'
import { bytesToHex } from '@ethereumjs/util'
import type { Hash, Keccak } from '../../chain/bytes.ts'
import { commonAt } from '../../chain/execution-common.ts'
import type { ExecutionNetwork } from '../../chain/network.ts'
import { messageOf } from '../../chain/thrown.ts'
import { DecodeError } from '../../consensus/containers/decode-error.ts'
import { decodeRawBlock, decodeRawHeader, type RawBlock, type RawHeader } from '../../execution/block/raw-block.ts'
import { equalBytes } from '../../execution/words.ts'
import { headerRlpFromJson } from '../execution/header-json.ts'
import { RequestError } from '../request-server.ts'
import type { BlockSelector, BlockSource } from './block-source.ts'
import { NO_KZG } from './no-kzg.ts'
import type { RpcServer } from './rpc-server.ts'
import type { RpcAnswer } from './rpc-values.ts'
import { WitnessError } from './witness-error.ts'

/** Bytes of a block as hex or JSON. Transactions as JSON objects take three times their bytes. */
const MAX_BLOCK_ANSWER = 33_554_432
/** 16,384 hashes of transactions in hex take 1.1 MB, all else of a block without bodies a few kB. */
const MAX_HEADER_ANSWER = 2_097_152

/** Headers with the hashes of their transactions: 64 of mainnet's are 1 MB, and 256, BLOCKHASH's reach, four requests. */
const HEADERS_AT_ONCE = 64

export type HeaderSelector = BlockSelector | { readonly kind: 'tag'; readonly tag: 'latest' | 'safe' | 'finalized' }

export class RpcBlocks implements BlockSource {
  constructor(
    private readonly rpc: RpcServer,
    private readonly network: ExecutionNetwork,
    private readonly keccak: Keccak,
  ) {}

  async block(selector: BlockSelector): Promise<RawBlock> {
    const header = await this.header(selector)
    const raw = (await this.#rawBlock(header)) ?? (await this.#assembledBlock(header))
    this.#expectHash(raw.header, header.hash)
    return raw
  }

  /** The block's header alone. @throws {RequestError} @throws {WitnessError} */
  async header(selector: HeaderSelector): Promise<RawHeader> {
    switch (selector.kind) {
      case 'hash': {
        const header = await this.#header('eth_getBlockByHash', bytesToHex(selector.hash))
        this.#expectHash(header, selector.hash)
        return header
      }
      case 'number':
        return this.#header('eth_getBlockByNumber', `0x${selector.number.toString(16)}`)
      case 'tag':
        return this.#header('eth_getBlockByNumber', selector.tag)
    }
  }

  /**
   * The first is asked for by its hash, the others by their numbers, {@link HEADERS_AT_ONCE} in a request, since their
   * hashes are known only one after the other. From where the server's numbers lead to another chain, by hash.
   */
  async headers(from: Hash, count: number): Promise<readonly Uint8Array[]> {
    const headers: Uint8Array[] = []
    const ahead: (RawHeader | undefined)[] = []
    let wanted = from
    let isCanonical = true
    while (headers.length < count) {
      const next = ahead.shift()
      const header =
        next !== undefined && equalBytes(next.hash, wanted) ? next : await this.#ancestor(wanted, headers.length)
      if (header === undefined) break
      isCanonical &&= headers.length === 0 || header === next
      headers.push(header.rlp)
      wanted = header.parentHash
      if (header.number === 0) break
      if (isCanonical && ahead.length === 0) ahead.push(...(await this.#below(header.number, count - headers.length)))
    }
    return headers
  }

  /** Of the server's canonical chain, newest first; undefined in the place of those that it does not give. */
  async #below(number: number, count: number): Promise<(RawHeader | undefined)[]> {
    const length = Math.min(count, number, HEADERS_AT_ONCE)
    const numbers = Array.from({ length }, (_, index) => number - 1 - index)
    if (numbers.length === 0) return []
    const calls = numbers.map((one) => ({ method: 'eth_getBlockByNumber', params: [`0x${one.toString(16)}`, false] }))
    try {
      const answers = await this.rpc.batch(calls, MAX_HEADER_ANSWER * HEADERS_AT_ONCE)
      return answers.map((answer) => (answer instanceof RequestError ? undefined : this.#readable(answer)))
    } catch (error) {
      // Servers that take no batches are asked one by one.
      if (error instanceof RequestError && error.fault.code !== 'busy') return []
      throw error
    }
  }

  #readable({ json }: RpcAnswer): RawHeader | undefined {
    if (json === null) return undefined
    try {
      return decodeRawHeader(headerRlpFromJson(json), this.keccak)
    } catch (error) {
      if (error instanceof DecodeError) return undefined
      throw error
    }
  }

  /** Undefined where the server has no more, once it has given some: whoever needs one says which. */
  async #ancestor(hash: Hash, given: number): Promise<RawHeader | undefined> {
    try {
      return await this.header({ kind: 'hash', hash })
    } catch (error) {
      if (given > 0 && error instanceof RequestError && error.fault.code === 'absent') return undefined
      throw error
    }
  }

  async #header(method: string, block: string): Promise<RawHeader> {
    let answer: RpcAnswer
    try {
      answer = await this.rpc.call(method, [block, false], MAX_HEADER_ANSWER)
    } catch (error) {
      // A gateway with recorded blocks has of their parents nothing but headers.
      if (!(error instanceof RequestError) || error.fault.code !== 'absent') throw error
      return decodeRawHeader(
        (await this.rpc.call('debug_getRawHeader', [block], MAX_HEADER_ANSWER)).bytes(),
        this.keccak,
      )
    }
    const { what, json } = answer
    if (json === null) throw new WitnessError(`${what}: it has no such block`, { isUnknownBlock: true })
    try {
      return decodeRawHeader(headerRlpFromJson(json), this.keccak)
    } catch (error) {
      if (error instanceof DecodeError) throw new WitnessError(`${what}: ${error.message}`)
      throw error
    }
  }

  /** Undefined where the server has no such method, or gives another block of that number. */
  async #rawBlock(header: RawHeader): Promise<RawBlock | undefined> {
    try {
      const answer = await this.rpc.callAt('debug_getRawBlock', header, (block) => [block], MAX_BLOCK_ANSWER)
      const raw = decodeRawBlock(answer.bytes(), this.keccak)
      return equalBytes(raw.header.hash, header.hash) ? raw : undefined
    } catch (error) {
      if (error instanceof RequestError && error.fault.code === 'absent') return undefined
      throw error
    }
  }

  async #assembledBlock(header: RawHeader): Promise<RawBlock> {
    const hash = bytesToHex(header.hash)
    const { what, json } = await this.rpc.call('eth_getBlockByHash', [hash, true], MAX_BLOCK_ANSWER)
    if (json === null) throw new WitnessError(`${what}: it has no such block any more`)
    const uncles: unknown[] = []
    const { uncles: named } = json as { readonly uncles?: unknown }
    for (let index = 0; index < Math.min(Array.isArray(named) ? named.length : 0, MAX_UNCLES); index++) {
      const params = [hash, `0x${index.toString(16)}`]
      uncles.push((await this.rpc.call('eth_getUncleByBlockHashAndIndex', params, MAX_HEADER_ANSWER)).json)
    }
    try {
      const common = commonAt(this.network, header, { kzg: NO_KZG })
      const block = createBlockFromRPC(json as JSONRPCBlock, uncles, { common })
      return decodeRawBlock(block.serialize(), this.keccak)
    } catch (error) {
      throw new WitnessError(`${what}: the block cannot be put together from it: ${messageOf(error)}`)
    }
  }

  #expectHash(header: RawHeader, hash: Hash): void {
    if (equalBytes(header.hash, hash)) return
    throw new WitnessError(`${this.rpc.name} gave block ${bytesToHex(header.hash)} for ${bytesToHex(hash)}`)
  }
}

/** Yellow paper, equation 174. */
const MAX_UNCLES = 2
