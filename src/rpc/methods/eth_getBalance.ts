import { quantity } from '../../network/json-rpc/hex.ts'
import { latestOr } from '../../network/json-rpc/params/block-selector.ts'
import { address } from '../../network/json-rpc/params/hex.ts'
import { method } from '../method.ts'

/**
 * Balance at a block. Proven by the account's path under the block's state root, or read from executed state.
 * Privacy: asks servers about `address` unless what it takes is in the store.
 */
export const eth_getBalance = method({
  class: 'state',
  params: [address, latestOr],
  run: async ({ blocks, view, ask }, [address, selector]) => {
    const state = view.state(await blocks.header(selector, ask))
    return quantity((await state.account(address, ask))?.balance ?? 0n)
  },
})
