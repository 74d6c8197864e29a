/** A chain of nothing but logs, whose roots and blooms are true: extended and reorganized as tests want, served with faults. */
import { RLP } from '@ethereumjs/rlp'
import { bigIntToUnpaddedBytes, bytesToHex, KECCAK256_RLP_ARRAY } from '@ethereumjs/util'
import { asAddress, asHash, type Hash } from '../../chain/bytes.ts'
import { networkByName } from '../../chain/network.ts'
import { orderedRoot } from '../../execution/block/ordered-root.ts'
import { loadWasmCrypto } from '../../execution/crypto/wasm-crypto.ts'
import type { Log } from '../../network/json-rpc/objects/receipt.ts'
import { RequestError } from '../../network/request-server.ts'
import type { StateServer } from '../../sync/state-fetch/state-server.ts'

const { keccak } = await loadWasmCrypto()

export const mainnet = networkByName('mainnet')
export const bytes32 = (value: number): Hash => asHash(new Uint8Array(32).fill(value))
export const bytes20 = (value: number) => asAddress(new Uint8Array(20).fill(value))
export const log = (address: number, ...topics: readonly number[]): Log => ({
  ...{ address: bytes20(address), topics: topics.map(bytes32), data: Uint8Array.of(address) },
})

/** Logs by transaction. */
export type BlockContent = readonly (readonly Log[])[]

export interface MadeBlock {
  readonly hash: Hash
  readonly number: number
  readonly timestamp: number
  readonly parentHash: Hash
  readonly header: Uint8Array
  readonly rlp: Uint8Array
  readonly receipts: readonly Uint8Array[]
  readonly content: BlockContent
}

/** What a server does about the receipts of a block; by default it gives them. */
export type Receipts = (block: MadeBlock, signal: AbortSignal) => Promise<readonly Uint8Array[]>

export class LogChain {
  readonly canonical: MadeBlock[] = []
  /** Of each transaction. */
  gas = 100_000
  readonly #held = new Map<string, MadeBlock>()
  #made = 0

  constructor(...contents: readonly BlockContent[]) {
    for (const content of [[], ...contents]) this.extend(content)
  }

  get head(): MadeBlock {
    return this.canonical.at(-1)!
  }

  extend(content: BlockContent = []): MadeBlock {
    const block = this.#make(content)
    this.#held.set(bytesToHex(block.hash), block)
    this.canonical.push(block)
    return block
  }

  /** The newest `depth` blocks give way to others. */
  reorganize(depth: number, contents: readonly BlockContent[]): MadeBlock {
    this.canonical.splice(this.canonical.length - depth)
    for (const content of contents) this.extend(content)
    return this.head
  }

  /** @returns a server, and the numbers of the blocks whose receipts it was asked for */
  server(name: string, receipts: Receipts = (block) => Promise.resolve(block.receipts)) {
    const asked: number[] = []
    const held = (hash: Hash): MadeBlock => {
      const block = this.#held.get(bytesToHex(hash))
      if (block === undefined) throw new RequestError({ code: 'absent' }, `${name} lacks ${bytesToHex(hash)}`)
      return block
    }
    const server: StateServer = {
      ...{ name, windows: {} },
      answers: {
        block: async ({ hash }) => held(hash).rlp,
        headers: async ({ from, count }) => {
          const headers: Uint8Array[] = []
          for (let at: MadeBlock | undefined = held(from); at && headers.length < count;) {
            headers.push(at.header)
            at = this.#held.get(bytesToHex(at.parentHash))
          }
          return headers
        },
        receipts: async ({ block }, signal) => {
          asked.push(block.header.number)
          return receipts(held(block.header.hash), signal)
        },
      },
    }
    return { server, asked }
  }

  #make(content: BlockContent): MadeBlock {
    const number = this.canonical.length
    const parentHash = this.canonical.at(-1)?.hash ?? bytes32(0)
    const transactions = content.map((_, index) => RLP.encode([integer(number), integer(index), integer(this.#made)]))
    const receipts = content.map((logs, index) =>
      RLP.encode([
        ...[Uint8Array.of(1), integer(this.gas * (index + 1)), bloomOf(logs)],
        logs.map(({ address, topics, data }) => [address, [...topics], data]),
      ]),
    )
    const timestamp = 12 * number
    const items = [
      ...[parentHash, KECCAK256_RLP_ARRAY, bytes20(0), bytes32(1)],
      ...[orderedRoot(transactions, keccak), orderedRoot(receipts, keccak), bloomOf(content.flat())],
      ...[
        new Uint8Array(),
        integer(number),
        integer(30_000_000),
        integer(this.gas * content.length),
        integer(timestamp),
      ],
      // Blocks of different branches are never the same.
      ...[integer(++this.#made), bytes32(0), new Uint8Array(8), integer(7)],
    ]
    const header = RLP.encode(items)
    return {
      ...{ number, timestamp, parentHash, header, receipts, content, hash: asHash(keccak(header)) },
      rlp: RLP.encode([items, transactions.map((transaction) => RLP.decode(transaction)), []]),
    }
  }
}

const integer = (value: number): Uint8Array => bigIntToUnpaddedBytes(BigInt(value))

/** Yellow paper 4.3.1. */
function bloomOf(logs: readonly Log[]): Uint8Array {
  const bloom = new Uint8Array(256)
  for (const value of logs.flatMap(({ address, topics }) => [address, ...topics])) {
    const hash = keccak(value)
    for (const at of [0, 2, 4]) {
      const bit = ((hash[at]! << 8) | hash[at + 1]!) & 2047
      bloom[255 - (bit >> 3)]! |= 1 << (bit & 7)
    }
  }
  return bloom
}
