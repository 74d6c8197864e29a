import { data } from '../../../../src/network/json-rpc/hex.ts'
import { method } from '../method.ts'
import { data as bytes } from '../../../../src/network/json-rpc/params/hex.ts'

/** Into the pool of the chain, or on to a node that has one. */
export const eth_sendRawTransaction = method({
  params: [bytes],
  run: async ({ source }, [transaction]) => data(await source.submit(transaction)),
})
