/**
 * What each transaction of a block finds: the accounts and slots that it touches, as they are before it. This is what geth's
 * prestate tracer tells (eth/tracers/native/prestate.go), seen through the reads of our own engine: an account counts once
 * it is loaded, a slot once it is read, and whatever is written is read before.
 */
import { bytesToUnprefixedHex, EthereumJSError } from '@ethereumjs/util'
import { asHash, type Hash } from '../../src/chain/bytes.ts'
import { UnsupportedForkError } from '../../src/chain/execution-common.ts'
import type { ExecutionNetwork } from '../../src/chain/network.ts'
import { messageOf } from '../../src/chain/thrown.ts'
import { InvalidBlockError } from '../../src/execution/block/invalid-block-error.ts'
import { decodeRawHeader } from '../../src/execution/block/raw-block.ts'
import { SystemCallError } from '../../src/execution/block/system-calls.ts'
import { FoundValues } from '../../src/execution/call/tracers/found-values.ts'
import { watchBlock } from '../../src/execution/call/tracers/trace-block.ts'
import type { WasmCrypto } from '../../src/execution/crypto/wasm-crypto.ts'
import { UNPACED } from '../../src/execution/pace.ts'
import { hasNoCode, NO_CODE } from '../../src/execution/state/account-entry.ts'
import { wordToBytes32 } from '../../src/execution/words.ts'
import type { CodeSource } from '../../src/state/content-bag.ts'
import { DataFaultError } from '../../src/state/data-fault.ts'
import type { FlatReader } from '../../src/state/flat-reader.ts'
import { StateTrie } from '../../src/state/state-trie.ts'
import type { NodeSource } from '../../src/state/trie/node-source.ts'
import {
  UnavailableError,
  type AccountPrestate,
  type ExecutionBlock,
  type TransactionPrestate,
} from './execution-source.ts'

export interface PrestateInput {
  readonly network: ExecutionNetwork
  readonly block: ExecutionBlock
  /** State root of its parent. */
  readonly preStateRoot: Hash
  /** Hashes of ancestors by number, for BLOCKHASH. */
  readonly ancestors: ReadonlyMap<number, Hash>
  /** Of the parent's state. */
  readonly state: { readonly nodes: NodeSource; readonly codes: CodeSource }
}

export interface PrestateTools {
  readonly crypto: WasmCrypto
  /** Put between execution and the state; default: nothing. */
  readonly around?: (reader: FlatReader) => FlatReader
}

/**
 * Runs the block in order and compares nothing with its header: of a block that is invalid it tells what it comes to here.
 * @throws {UnavailableError} where the state is not held whole, or the block can be executed by nobody, or not by these rules
 */
export async function tracePrestates(input: PrestateInput, tools: PrestateTools): Promise<TransactionPrestate[]> {
  try {
    return await trace(input, tools)
  } catch (error) {
    if (!OUTCOMES.some((outcome) => error instanceof outcome)) throw error
    throw new UnavailableError(`block ${input.block.number} cannot be executed here: ${messageOf(error)}`)
  }
}

/** What execution says of a block, or of the state under it. */
const OUTCOMES = [DataFaultError, InvalidBlockError, SystemCallError, EthereumJSError, UnsupportedForkError]

async function trace(
  { network, block, preStateRoot, ancestors, state }: PrestateInput,
  { crypto, around = (reader) => reader }: PrestateTools,
): Promise<TransactionPrestate[]> {
  const { keccak } = crypto
  const position = decodeRawHeader(block.header, keccak)
  const prestates: TransactionPrestate[] = []
  let found = new FoundValues()
  await watchBlock(
    {
      job: { network, block: block.rlp, position, ancestors, engine: 'tuned' },
      reader: around(new StateTrie({ root: preStateRoot, ...state, keccak })),
      ...{ crypto, pace: UNPACED },
    },
    {
      begin: () => ({ tracing: undefined, reads: (found = new FoundValues()) }),
      done: (index, _, engine) => {
        const transaction = asHash(engine.block.transactions[index]!.hash())
        const codeOf = (hash: Hash) => engine.state.createdCode(bytesToUnprefixedHex(hash)) ?? state.codes.code(hash)
        prestates.push({ transaction, accounts: accountsOf(found, codeOf) })
      },
    },
  )
  return prestates
}

function accountsOf(found: FoundValues, codeOf: (hash: Hash) => Uint8Array | undefined): AccountPrestate[] {
  return found.accounts().map(([, { address, value, slots }]) => ({
    address,
    nonce: value?.nonce ?? 0n,
    balance: value?.balance ?? 0n,
    code: value === undefined || hasNoCode(value) ? NO_CODE : codeOf(value.codeHash),
    slots: Array.from(slots, ([slot, word]) => [asHash(wordToBytes32(slot)), word] as const),
  }))
}
