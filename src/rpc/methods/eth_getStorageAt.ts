import { word } from '../../network/json-rpc/hex.ts'
import { latestOr } from '../../network/json-rpc/params/block-selector.ts'
import { address } from '../../network/json-rpc/params/hex.ts'
import { storageKey } from '../../network/json-rpc/params/storage-keys.ts'
import { bytesToWord } from '../../execution/words.ts'
import { method } from '../method.ts'

/** All 32 bytes. Proven by the slot's path under the account's storage root; an absent slot is proven to be zero. */
export const eth_getStorageAt = method({
  class: 'state',
  params: [address, storageKey, latestOr],
  run: async ({ blocks, view, ask }, [address, { slot }, selector]) => {
    const state = view.state(await blocks.header(selector, ask))
    return word(bytesToWord(await state.storage(address, slot, ask)))
  },
})
