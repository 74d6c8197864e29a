import { data } from '../../network/json-rpc/hex.ts'
import { latestOr } from '../../network/json-rpc/params/block-selector.ts'
import { address } from '../../network/json-rpc/params/hex.ts'
import { method } from '../method.ts'

/** Code at a block: by its hash in the account, which is proven as for a balance. */
export const eth_getCode = method({
  class: 'state',
  params: [address, latestOr],
  run: async ({ blocks, view, ask }, [address, selector]) =>
    data(await view.state(await blocks.header(selector, ask)).code(address, ask)),
})
