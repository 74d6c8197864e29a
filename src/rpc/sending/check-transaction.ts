/** Whether a signed transaction may be in one of the next blocks, by its bytes and the verified state. Refusals in geth's words. */
import { asHash, type Hash } from '../../chain/bytes.ts'
import { commonAt } from '../../chain/execution-common.ts'
import { checkSidecar, withoutBlobs } from '../../execution/blob-sidecar.ts'
import type { RawHeader } from '../../execution/block/raw-block.ts'
import {
  BLOB_TYPE,
  readSignedTransaction,
  TransactionRefusal,
  type SignedTransaction,
} from '../../execution/signed-transaction.ts'
import { equalBytes } from '../../execution/words.ts'
import { NO_KZG } from '../../network/on-demand/no-kzg.ts'
import { decodeHeader } from '../../network/json-rpc/objects/header.ts'
import { rejected } from '../../network/json-rpc/rpc-error.ts'
import { EMPTY_CODE_HASH } from '../../state/state-trie.ts'
import type { RpcContext } from '../method.ts'
import { MAX_BLOB_TRANSACTION_BYTES, MAX_TRANSACTION_BYTES } from './constants.ts'

export interface CheckedTransaction extends SignedTransaction {
  /** As it was given: with its blobs. */
  readonly raw: Uint8Array
  /** As a block has it. */
  readonly encoded: Uint8Array
  readonly hash: Hash
}

export type Checked =
  | { readonly kind: 'sendable'; readonly checked: CheckedTransaction }
  /** The sender's next nonce is past the transaction's: this one, or another, is in a block. */
  | { readonly kind: 'nonce-used'; readonly checked: CheckedTransaction; readonly next: bigint }

export type CheckTools = Pick<RpcContext, 'network' | 'crypto' | 'view' | 'ask'>

/**
 * Says nothing to anybody of the transaction but, where it is not at hand, of its sender's account.
 * @throws {RpcError} -32000, and what the chain's view throws
 */
export async function checkTransaction(raw: Uint8Array, head: RawHeader, tools: CheckTools): Promise<Checked> {
  return checkSender(readTransaction(raw, head, tools), head, tools)
}

/** By its bytes alone: signed for this chain, and of a form that the next block takes. @throws {RpcError} -32000 */
export function readTransaction(
  raw: Uint8Array,
  head: RawHeader,
  { network, crypto }: Pick<CheckTools, 'network' | 'crypto'>,
): CheckedTransaction {
  try {
    checkSize(raw)
    const next = { number: head.number + 1, timestamp: head.timestamp + 1, difficulty: head.difficulty }
    const common = commonAt(network, next, { ...crypto.customCrypto, kzg: NO_KZG })
    const encoded = withoutBlobs(raw)
    const signed = readSignedTransaction(encoded, common)
    checkSidecar(raw)
    const { gasLimit } = decodeHeader(head.rlp)
    if (signed.transaction.gasLimit > gasLimit)
      throw new TransactionRefusal(`exceeds block gas limit: gas ${signed.transaction.gasLimit}, limit ${gasLimit}`)
    return { ...signed, raw, encoded, hash: asHash(crypto.keccak(encoded)) }
  } catch (error) {
    if (error instanceof TransactionRefusal) throw rejected(error.message)
    throw error
  }
}

function checkSize(raw: Uint8Array): void {
  const limit = raw[0] === BLOB_TYPE ? MAX_BLOB_TRANSACTION_BYTES : MAX_TRANSACTION_BYTES
  if (raw.length > limit) throw new TransactionRefusal(`oversized data: transaction size ${raw.length}, limit ${limit}`)
}

/** EIP-7702: code of an account that runs another's. */
const DELEGATION_PREFIX = Uint8Array.of(0xef, 0x01, 0x00)

/** A nonce ahead of the account's is none of an error: those before it may be on their way. */
async function checkSender(checked: CheckedTransaction, head: RawHeader, { view, ask }: CheckTools): Promise<Checked> {
  const { sender, cost, transaction } = checked
  const state = view.state(head)
  const account = await state.account(sender, ask)
  const { nonce: next, balance } = account ?? { nonce: 0n, balance: 0n }
  if (transaction.nonce < next) return { kind: 'nonce-used', checked, next }
  if (cost > balance) {
    throw rejected(
      `insufficient funds for gas * price + value: balance ${balance}, tx cost ${cost}, overshot ${cost - balance}`,
    )
  }
  const sendable = { kind: 'sendable', checked } as const
  if (account === undefined || equalBytes(account.codeHash, EMPTY_CODE_HASH)) return sendable
  const code = await state.code(sender, ask)
  // EIP-3607
  if (!equalBytes(code.subarray(0, DELEGATION_PREFIX.length), DELEGATION_PREFIX)) throw rejected('sender not an eoa')
  return sendable
}
