/** Blocks and headers as an execution client's JSON-RPC answers them, put together from whatever forms it has. */
import type { Keccak } from '../../chain/bytes.ts'
import type { ExecutionNetwork } from '../../chain/network.ts'
import { RpcBlocks } from '../../network/on-demand/rpc-blocks.ts'
import type { RpcServer } from '../../network/on-demand/rpc-server.ts'
import { asRequestErrors } from './rpc-server.ts'
import type { StateAnswers } from './state-server.ts'

export function rpcChainAnswers(
  rpc: RpcServer,
  network: ExecutionNetwork,
  keccak: Keccak,
): Required<Pick<StateAnswers, 'block' | 'headers'>> {
  const blocks = (signal: AbortSignal) => new RpcBlocks(rpc.within(signal), network, keccak)
  return {
    block: ({ hash }, signal) => asRequestErrors(async () => (await blocks(signal).block({ kind: 'hash', hash })).rlp),
    headers: ({ from, count }, signal) => asRequestErrors(() => blocks(signal).headers(from, count)),
  }
}
