/** Questions to execution clients that nothing proves the answers to, and transactions for them. */
import { RLP } from '@ethereumjs/rlp'
import { bytesToHex } from '@ethereumjs/util'
import type { AddressBytes, Hash, Keccak } from '../../../../src/chain/bytes.ts'
import { asHash } from '../../../../src/chain/bytes.ts'
import { equalBytes } from '../../../../src/execution/words.ts'
import { RpcRefusal } from '../../../../src/network/execution/json-rpc.ts'
import { accessListIn, callJson, type MessageCall } from '../../../../src/network/on-demand/rpc-access-list.ts'
import { askBlockAccessList } from '../../../../src/network/on-demand/rpc-block-access-list.ts'
import type { RpcAnswer } from '../../../../src/network/on-demand/rpc-values.ts'
import { WitnessError } from '../../../../src/network/on-demand/witness-error.ts'
import { RequestError } from '../../../../src/network/request-server.ts'
import {
  SubmitError,
  UnavailableError,
  type AccessListResult,
  type ExecutionHeader,
} from '../../../execution/execution-source.ts'
import type { ExecutionPool } from './execution-pool.ts'
import { readQuantity } from '../../../../src/network/on-demand/rpc-quantity.ts'

/** A hash or a number, and what JSON-RPC has around it. */
const MAX_SMALL_ANSWER = 4_096
/** A transaction as JSON: one of 128 kB of data, the most that pools take, in hex. */
const MAX_TRANSACTION_ANSWER = 1_048_576
/** 16,384 slots in hex, and the frame around each account. */
const MAX_ACCESS_LIST_ANSWER = 4_194_304

/** Undefined where no client knows of it in a block. @throws {UnavailableError} */
export function locateTransaction(
  pool: ExecutionPool,
  hash: Hash,
): Promise<{ readonly blockHash: Hash; readonly index: number } | undefined> {
  return pool.first(async (server) => {
    const answer = await server.call('eth_getTransactionByHash', [bytesToHex(hash)], MAX_TRANSACTION_ANSWER)
    // One that waits in a pool is in no block.
    if (answer.isAbsent || answer.member('blockHash').isAbsent) return undefined
    const index = Number(readQuantity(answer.member('transactionIndex')))
    return { blockHash: asHash(answer.member('blockHash').bytesOf(32)), index }
  })
}

/** Place of the list's hash in a header (EIP-7928). */
const ACCESS_LIST_HASH = 21

/** RLP, as the header commits to it; undefined for a header that commits to none. @throws {UnavailableError} */
export async function blockAccessList(
  pool: ExecutionPool,
  block: ExecutionHeader,
  keccak: Keccak,
): Promise<Uint8Array | undefined> {
  const committed = (RLP.decode(block.header) as Uint8Array[])[ACCESS_LIST_HASH]
  if (committed === undefined) return undefined
  const list = await pool.first(async (server) => {
    const rlp = await askBlockAccessList(server, block)
    if (rlp === undefined || equalBytes(keccak(rlp), committed)) return rlp
    throw new WitnessError(`${server.name}: debug_getRawBlockAccessList: not the list of block ${block.number}`)
  })
  if (list !== undefined) return list
  throw new UnavailableError(`no upstream has the access list of block ${block.number}`)
}

/** @throws {UnavailableError} */
export async function createAccessList(
  pool: ExecutionPool,
  block: ExecutionHeader,
  call: MessageCall,
): Promise<AccessListResult> {
  const result = await pool.first(async (server) => {
    const params = (name: string) => [callJson(call), name]
    return readAccessList(await server.callAt('eth_createAccessList', block, params, MAX_ACCESS_LIST_ANSWER))
  })
  if (result !== undefined) return result
  throw new UnavailableError('no upstream makes access lists')
}

/** @throws {WitnessError} for another shape */
function readAccessList(answer: RpcAnswer): AccessListResult {
  const error = answer.member('error')
  return {
    accessList: accessListIn(answer),
    gasUsed: readQuantity(answer.member('gasUsed')),
    error: typeof error.json === 'string' && error.json !== '' ? error.json : undefined,
  }
}

/** By a client's own word. @throws {UnavailableError} */
export async function pendingNonce(pool: ExecutionPool, address: AddressBytes): Promise<bigint> {
  const nonce = await pool.first(async (server) =>
    readQuantity(await server.call('eth_getTransactionCount', [bytesToHex(address), 'pending'], MAX_SMALL_ANSWER)),
  )
  if (nonce !== undefined) return nonce
  throw new UnavailableError(`no upstream has the nonce of ${bytesToHex(address)}`)
}

/**
 * To the client that answered last; to another only where that one cannot be asked, or takes none at all.
 * @throws {SubmitError} in the words of the client that refuses it @throws {UnavailableError}
 */
export async function submitTransaction(pool: ExecutionPool, transaction: Uint8Array, keccak: Keccak): Promise<Hash> {
  const own = asHash(keccak(transaction))
  const hash = await pool.first(async (server) => {
    try {
      const answer = await server.call('eth_sendRawTransaction', [bytesToHex(transaction)], MAX_SMALL_ANSWER)
      return equalBytes(answer.bytesOf(32), own) ? own : answer.fail(`another hash than ${bytesToHex(own)}`)
    } catch (error) {
      const isRefused = error instanceof RequestError && error.fault.code === 'unreachable'
      if (isRefused && error.cause instanceof RpcRefusal) throw new SubmitError(error.cause.message)
      throw error
    }
  })
  if (hash !== undefined) return hash
  throw new UnavailableError('no upstream takes transactions')
}
