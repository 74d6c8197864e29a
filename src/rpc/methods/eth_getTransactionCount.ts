import { quantity } from '../../network/json-rpc/hex.ts'
import { latestOr } from '../../network/json-rpc/params/block-selector.ts'
import { address } from '../../network/json-rpc/params/hex.ts'
import { method } from '../method.ts'

/** The account's nonce at a block; proven as {@link eth_getBalance}. `pending` is the head: nobody's pool can be proven. */
export const eth_getTransactionCount = method({
  class: 'state',
  params: [address, latestOr],
  run: async ({ blocks, view, ask }, [address, selector]) => {
    const state = view.state(await blocks.header(selector, ask))
    return quantity((await state.account(address, ask))?.nonce ?? 0n)
  },
})
