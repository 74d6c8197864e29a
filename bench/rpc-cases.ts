/** What is asked of the provider: each method once, in the way that dapps use it most. */
import type { RpcAsk } from './rpc-client.ts'

/** What a chain has, as its gateway tells it. */
export interface ChainFacts {
  readonly number: string
  readonly hash: string
  /** In that block, of a sender that is no contract. */
  readonly transaction: string
  readonly sender: string
  /** An ERC-20, and somebody who has some of it. */
  readonly token: string
  readonly holder: string
}

/** `balanceOf(address)`. */
export const balanceOf = (token: string, holder: string): object => ({
  to: token,
  data: `0x70a08231${holder.slice(2).padStart(64, '0')}`,
})

const ZERO_SLOT = `0x${'00'.repeat(32)}`

/** Those of subscriptions and filters have nothing to wait for, and are left out. */
export function methodCases({ number, hash, transaction, sender, token, holder }: ChainFacts): readonly RpcAsk[] {
  const call = balanceOf(token, holder)
  const of = (method: string, ...params: readonly unknown[]): RpcAsk => ({ method, params })
  return [
    of('eth_chainId'),
    of('net_version'),
    of('web3_clientVersion'),
    of('web3_sha3', '0x68656c6c6f'),
    of('eth_blockNumber'),
    of('eth_syncing'),
    of('eth_accounts'),
    of('eth_coinbase'),
    of('eth_config'),
    of('eth_capabilities'),
    of('eth_getBalance', holder, 'latest'),
    of('eth_getTransactionCount', sender, 'latest'),
    of('eth_getCode', token, 'latest'),
    of('eth_getStorageAt', token, ZERO_SLOT, 'latest'),
    of('eth_getStorageValues', { [token]: [ZERO_SLOT] }, 'latest'),
    of('eth_getProof', holder, [], 'latest'),
    of('eth_call', call, 'latest'),
    of('eth_estimateGas', { from: sender, to: sender, value: '0x1' }, 'latest'),
    of('eth_createAccessList', call, 'latest'),
    of('eth_simulateV1', { blockStateCalls: [{ calls: [call] }] }, 'latest'),
    of('eth_fillTransaction', { from: sender, to: sender, value: '0x1' }),
    of('debug_traceCall', call, 'latest', { tracer: 'callTracer' }),
    of('debug_traceTransaction', transaction, { tracer: 'callTracer' }),
    of('debug_traceBlockByNumber', number, { tracer: 'callTracer' }),
    of('debug_traceBlockByHash', hash, { tracer: 'prestateTracer' }),
    of('eth_getBlockByNumber', 'latest', false),
    of('eth_getBlockByHash', hash, true),
    of('eth_getBlockTransactionCountByNumber', 'latest'),
    of('eth_getBlockTransactionCountByHash', hash),
    of('eth_getUncleCountByBlockNumber', 'latest'),
    of('eth_getUncleCountByBlockHash', hash),
    of('eth_getTransactionByHash', transaction),
    of('eth_getTransactionByBlockHashAndIndex', hash, '0x0'),
    of('eth_getTransactionByBlockNumberAndIndex', 'latest', '0x0'),
    of('eth_getRawTransactionByHash', transaction),
    of('eth_getRawTransactionByBlockHashAndIndex', hash, '0x0'),
    of('eth_getRawTransactionByBlockNumberAndIndex', 'latest', '0x0'),
    of('eth_getTransactionReceipt', transaction),
    of('eth_getBlockReceipts', 'latest'),
    of('eth_getBlockAccessList', 'latest'),
    of('eth_getLogs', { fromBlock: `0x${(Number(number) - 7).toString(16)}`, toBlock: 'latest', address: token }),
    of('debug_getRawHeader', 'latest'),
    of('debug_getRawBlock', 'latest'),
    of('debug_getRawReceipts', 'latest'),
    of('debug_getRawTransaction', transaction),
    of('eth_gasPrice'),
    of('eth_maxPriorityFeePerGas'),
    of('eth_feeHistory', '0x4', 'latest', [50]),
    of('eth_baseFee'),
    of('eth_blobBaseFee'),
  ]
}
