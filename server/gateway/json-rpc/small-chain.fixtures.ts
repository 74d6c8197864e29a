/** A chain that nobody executes: blocks with transactions and logs as a test wants them, reorganised when it wants. */
import { createLegacyTx } from '@ethereumjs/tx'
import { RLP } from '@ethereumjs/rlp'
import { bigIntToUnpaddedBytes, KECCAK256_RLP_ARRAY } from '@ethereumjs/util'
import type { AddressBytes, Hash } from '../../../src/chain/bytes.ts'
import { asAddress, asHash } from '../../../src/chain/bytes.ts'
import { commonAt } from '../../../src/chain/execution-common.ts'
import { networkByName } from '../../../src/chain/network.ts'
import { equalBytes } from '../../../src/execution/words.ts'
import type { WasmCrypto } from '../../../src/execution/crypto/wasm-crypto.ts'
import { loadWasmCrypto } from '../../../src/execution/crypto/wasm-crypto.ts'
import type {
  AccessListResult,
  AccountProof,
  ExecutionBlock,
  ExecutionHeader,
  ExecutionNews,
  ExecutionSource,
  ExecutionStatus,
  LeafRange,
  ServedKinds,
  Witness,
} from '../../execution/execution-source.ts'
import { SubmitError, UnavailableError } from '../../execution/execution-source.ts'
import type { Log } from '../../../src/network/json-rpc/objects/receipt.ts'

const KEY = new Uint8Array(32).fill(7)
const EMPTY_TRIE = asHash(new Uint8Array(32).fill(0x56))
/** Past Shanghai on mainnet, before Cancun. */
const TIMESTAMP = 1_700_000_000
/** After the merge of mainnet, and few enough digits to read. */
export const FIRST_NUMBER = 0x1000000

export interface SmallBlock {
  /** One transaction for each list, whose logs these are. */
  readonly logs?: readonly (readonly Log[])[]
  /** To tell blocks of different branches apart. */
  readonly extra?: number
}

export const bytes32 = (value: number): Hash => asHash(new Uint8Array(32).fill(value))
export const bytes20 = (value: number): AddressBytes => asAddress(new Uint8Array(20).fill(value))
export const log = (address: number, ...topics: readonly number[]): Log => ({
  address: bytes20(address),
  topics: topics.map(bytes32),
  data: Uint8Array.of(1),
})

export class SmallChain implements ExecutionSource {
  readonly network = networkByName('mainnet')
  readonly software = 'small-chain'
  readonly listeners = new Set<(news: ExecutionNews) => void>()
  serves: ServedKinds = {
    headers: { from: FIRST_NUMBER },
    blocks: { from: FIRST_NUMBER },
    receipts: { from: FIRST_NUMBER },
    proofs: { from: FIRST_NUMBER },
  }
  canonical: ExecutionBlock[] = []
  /** Answers of {@link receipts} wait for it. */
  gate: Promise<void> = Promise.resolve()
  private readonly held = new Map<string, { block: ExecutionBlock; receipts: Uint8Array[] }>()

  private constructor(private readonly crypto: WasmCrypto) {}

  static async of(...blocks: readonly SmallBlock[]): Promise<SmallChain> {
    const chain = new SmallChain(await loadWasmCrypto())
    for (const block of [{}, ...blocks]) chain.extend(block)
    return chain
  }

  get head(): ExecutionBlock {
    return this.canonical.at(-1)!
  }

  extend(block: SmallBlock = {}): ExecutionBlock {
    const added = this.make(block)
    this.canonical.push(added)
    this.tell({ kind: 'head', head: added, added: [added], removed: [] })
    return added
  }

  /** The last blocks give way to others. */
  reorganise(depth: number, blocks: readonly SmallBlock[]): void {
    const removed = this.canonical.splice(-depth).reverse()
    const added = blocks.map((block) => {
      const made = this.make(block)
      this.canonical.push(made)
      return made
    })
    this.tell({ kind: 'head', head: this.head, added, removed })
  }

  tell(news: ExecutionNews): void {
    for (const listener of this.listeners) listener(news)
  }

  status(): ExecutionStatus {
    return {
      genesisHash: undefined,
      head: this.head,
      safe: undefined,
      finalized: this.canonical[0],
      serves: this.serves,
    }
  }

  headerByHash(hash: Hash): ExecutionHeader | undefined {
    return this.blockByHash(hash)
  }

  headerByNumber(number: number): ExecutionHeader | undefined {
    return this.blockByNumber(number)
  }

  blockByHash(hash: Hash): ExecutionBlock | undefined {
    return this.held.get(hash.toString())?.block
  }

  blockByNumber(number: number): ExecutionBlock | undefined {
    return this.canonical[number - FIRST_NUMBER]
  }

  async receipts(hash: Hash): Promise<readonly Uint8Array[] | undefined> {
    await this.gate
    return this.held.get(hash.toString())?.receipts
  }

  locateTransaction(hash: Hash): { blockHash: Hash; index: number } | undefined {
    for (const { block } of this.held.values()) {
      const [, transactions] = RLP.decode(block.rlp) as [unknown, Uint8Array[][]]
      const index = transactions.findIndex((each) => equalBytes(this.crypto.keccak(RLP.encode(each)), hash))
      if (index !== -1) return { blockHash: block.hash, index }
    }
    return undefined
  }

  accountProof(_: ExecutionHeader, address: AddressBytes, slots: readonly Hash[]): AccountProof {
    const none = { nonce: 0n, balance: 0n, storageHash: EMPTY_TRIE, codeHash: EMPTY_TRIE }
    return { address, ...none, accountProof: [], storage: slots.map((slot) => ({ slot, value: 5n, proof: [] })) }
  }

  witness(): Witness | undefined {
    throw new UnavailableError('nothing is executed here')
  }
  blockAccessList(): undefined {
    return undefined
  }
  nodes(): never[] {
    return []
  }
  codes(): never[] {
    return []
  }
  paths(): never[] {
    return []
  }
  codeOf(): Uint8Array {
    return new Uint8Array()
  }
  range(): LeafRange {
    throw new UnavailableError('no ranges')
  }
  createAccessList(): AccessListResult {
    return { accessList: [], gasUsed: 21_000n, error: undefined }
  }
  submit(): Hash {
    throw new SubmitError('nonce too low')
  }
  listen(listener: (news: ExecutionNews) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  private make({ logs = [], extra = 0 }: SmallBlock): ExecutionBlock {
    const number = FIRST_NUMBER + this.canonical.length
    const timestamp = TIMESTAMP + 12 * this.canonical.length
    const common = commonAt(this.network, { number, timestamp, difficulty: 0n })
    const transactions = logs.map((_, index) =>
      createLegacyTx({ nonce: number * 16 + index, gasPrice: 10n ** 10n, gasLimit: 21_000 }, { common }).sign(KEY),
    )
    const integer = (value: number) => bigIntToUnpaddedBytes(BigInt(value))
    const parent = this.canonical.at(-1)
    const header = RLP.encode([
      parent?.hash ?? bytes32(0),
      KECCAK256_RLP_ARRAY,
      bytes20(0),
      bytes32(1),
      bytes32(2),
      bytes32(3),
      // All bits: a bloom that hides nothing.
      new Uint8Array(256).fill(logs.length === 0 ? 0 : 0xff),
      new Uint8Array(),
      integer(number),
      integer(30_000_000),
      integer(21_000 * logs.length),
      integer(timestamp),
      Uint8Array.of(extra),
      bytes32(0),
      new Uint8Array(8),
      integer(1_000_000_000),
      bytes32(4),
    ])
    const rlp = RLP.encode([RLP.decode(header), transactions.map((each) => each.raw() as Uint8Array[]), [], []])
    const receipts = logs.map((each, index) =>
      RLP.encode([
        Uint8Array.of(1),
        integer(21_000 * (index + 1)),
        new Uint8Array(256),
        each.map(({ address, topics, data }) => [address, [...topics], data]),
      ]),
    )
    const hash = asHash(this.crypto.keccak(header))
    const block: ExecutionBlock = {
      hash,
      parentHash: parent?.hash ?? bytes32(0),
      number,
      timestamp,
      stateRoot: bytes32(1),
      header,
      rlp,
    }
    this.held.set(hash.toString(), { block, receipts })
    return block
  }
}
