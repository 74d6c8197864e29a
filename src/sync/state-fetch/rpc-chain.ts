/** Blocks, headers, receipts and transactions as an execution client's JSON-RPC answers them, put together from whatever forms it has. */
import { bytesToHex } from '@ethereumjs/util'
import { asHash, type Keccak } from '../../chain/bytes.ts'
import type { ExecutionNetwork } from '../../chain/network.ts'
import { RpcBlocks } from '../../network/on-demand/rpc-blocks.ts'
import { readQuantity } from '../../network/on-demand/rpc-quantity.ts'
import { fetchReceipts } from '../../network/on-demand/rpc-receipts.ts'
import type { RpcServer } from '../../network/on-demand/rpc-server.ts'
import { askRawTransaction, askSubmit } from '../../network/on-demand/rpc-transactions.ts'
import { asRequestErrors } from './rpc-server.ts'
import type { AnswerOf, AskOf, StateAnswers } from './state-server.ts'

export function rpcChainAnswers(
  rpc: RpcServer,
  network: ExecutionNetwork,
  keccak: Keccak,
): Required<Pick<StateAnswers, 'block' | 'headers' | 'receipts' | 'transactionPlace' | 'rawTransaction' | 'submit'>> {
  const blocks = (signal: AbortSignal) => new RpcBlocks(rpc.within(signal), network, keccak)
  return {
    block: ({ hash }, signal) => asRequestErrors(async () => (await blocks(signal).block({ kind: 'hash', hash })).rlp),
    headers: ({ from, count }, signal) => asRequestErrors(() => blocks(signal).headers(from, count)),
    receipts: ({ block }, signal) => asRequestErrors(() => fetchReceipts(rpc.within(signal), block, keccak)),
    transactionPlace: (request, signal) => asRequestErrors(() => askPlace(rpc.within(signal), request)),
    rawTransaction: ({ hash }, signal) => asRequestErrors(() => askRawTransaction(rpc.within(signal), hash)),
    submit: ({ raw }, signal) => asRequestErrors(() => askSubmit(rpc.within(signal), raw)),
  }
}

/** A transaction with the largest input that pools take (128 KiB), as hex in JSON, and six blobs' hashes. */
const MAX_TRANSACTION_ANSWER = 1_048_576

async function askPlace(server: RpcServer, { hash }: AskOf<'transactionPlace'>): Promise<AnswerOf<'transactionPlace'>> {
  const answer = await server.call('eth_getTransactionByHash', [bytesToHex(hash)], MAX_TRANSACTION_ANSWER)
  if (answer.isAbsent || answer.member('blockHash').isAbsent) return undefined
  const number = Number(readQuantity(answer.member('blockNumber')))
  return { number, hash: asHash(answer.member('blockHash').bytesOf(32)) }
}
