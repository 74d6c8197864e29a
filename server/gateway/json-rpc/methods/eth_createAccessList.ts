import { quantity } from '../../../../src/network/json-rpc/hex.ts'
import { method } from '../method.ts'
import { accessListJson } from '../../../../src/network/json-rpc/objects/transaction-json.ts'
import { latestOr } from '../../../../src/network/json-rpc/params/block-selector.ts'
import { callRequest } from '../../../../src/network/json-rpc/params/call-request.ts'

/** What a call would read, as a list for its transaction (EIP-2930). A call that fails says why beside it. */
export const eth_createAccessList = method({
  params: [callRequest, latestOr],
  run: async ({ chain, source, signal }, [call, selector]) => {
    const { accessList, gasUsed, error } = await source.createAccessList(await chain.getHeader(selector), call, signal)
    const failure = error !== undefined && { error }
    return { accessList: accessListJson(accessList), gasUsed: quantity(gasUsed), ...failure }
  },
})
