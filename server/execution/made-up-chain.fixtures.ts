/** Blocks that nobody executed, on states that change at random: what a chain holds and serves does not depend on more. */
import { RLP } from '@ethereumjs/rlp'
import { bigIntToUnpaddedBytes, KECCAK256_RLP_ARRAY } from '@ethereumjs/util'
import { asHash, type Hash } from '../../src/chain/bytes.ts'
import { networkByName } from '../../src/chain/network.ts'
import { decodeRawBlock } from '../../src/execution/block/raw-block.ts'
import { orderedRoot } from '../../src/execution/block/ordered-root.ts'
import type { WasmCrypto } from '../../src/execution/crypto/wasm-crypto.ts'
import { EMPTY_ROOT } from '../../src/state/trie/partial-trie.ts'
import { SimulatedClock } from '../../src/testing/simulated-clock.ts'
import type { ExecutionBlock } from './execution-source.ts'
import { LocalExecution, type LocalExecutionOptions } from './local-execution.ts'
import { makeState, type AccountEdit } from './state/state.fixtures.ts'

export interface MadeUpBlock {
  readonly parent: Hash
  readonly number: number
  readonly stateRoot: Hash
  readonly transactions?: readonly Uint8Array[]
  readonly receipts?: readonly Uint8Array[]
  /** Makes blocks of one parent different. */
  readonly extra?: number
}

export function madeUpBlock(made: MadeUpBlock, { keccak }: WasmCrypto): ExecutionBlock {
  const { parent, number, stateRoot, transactions = [], receipts = [], extra = 0 } = made
  const int = (value: number): Uint8Array => bigIntToUnpaddedBytes(BigInt(value))
  const header = [
    parent,
    KECCAK256_RLP_ARRAY,
    new Uint8Array(20),
    stateRoot,
    orderedRoot(transactions, keccak),
    orderedRoot(receipts, keccak),
    new Uint8Array(256),
    int(0),
    int(number),
    int(30_000_000),
    int(0),
    int(1_800_000_000 + 4 * number),
    Uint8Array.of(extra >> 8, extra & 0xff),
    new Uint8Array(32),
    new Uint8Array(8),
  ]
  const rlp = RLP.encode([header, [...transactions], []])
  const { hash, timestamp, rlp: encoded } = decodeRawBlock(rlp, keccak).header
  return { hash, parentHash: parent, number, timestamp, stateRoot, header: encoded, rlp }
}

const NOTHING = { node: () => undefined, code: () => undefined }

export interface MadeUpChain {
  readonly execution: LocalExecution
  /** On a parent, the head by default; the head stays. */
  readonly grow: (edits: readonly AccountEdit[], parent?: ExecutionBlock) => ExecutionBlock
}

export function madeUpChain(
  genesis: readonly AccountEdit[],
  crypto: WasmCrypto,
  options: Pick<LocalExecutionOptions, 'pool'> = {},
): MadeUpChain {
  const state = makeState(EMPTY_ROOT, NOTHING, genesis, crypto.keccak)
  const block = madeUpBlock({ parent: asHash(new Uint8Array(32)), number: 0, stateRoot: state.root }, crypto)
  const clock = new SimulatedClock(0)
  const network = networkByName('mainnet')
  const execution = new LocalExecution({ ...options, network, genesis: { block, state }, crypto, clock })
  let extra = 0
  return {
    execution,
    grow(edits, parent = execution.head) {
      const { root, nodes, codes } = makeState(parent.stateRoot, execution.state, edits, crypto.keccak)
      const made = { parent: parent.hash, number: parent.number + 1, stateRoot: root, extra: extra++ }
      return execution.accept({ rlp: madeUpBlock(made, crypto).rlp, receipts: [], nodes, codes })
    },
  }
}
