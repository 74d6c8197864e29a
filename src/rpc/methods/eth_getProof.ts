import { accountProofJson } from '../../network/json-rpc/objects/account-proof-json.ts'
import { latestOr } from '../../network/json-rpc/params/block-selector.ts'
import { address } from '../../network/json-rpc/params/hex.ts'
import { readStorageKeys, storageKeyList } from '../../network/json-rpc/params/storage-keys.ts'
import { method } from '../method.ts'
import { MAX_PROOF_KEYS } from '../constants.ts'

/**
 * EIP-1186, put together from the nodes at hand, each proven by its hash below the block's state root; of what is not there,
 * the nodes that show it. Privacy: as {@link eth_getStorageAt}.
 */
export const eth_getProof = method({
  class: 'state',
  params: [address, storageKeyList, latestOr],
  run: async ({ blocks, view, ask }, [address, given, selector]) => {
    const keys = readStorageKeys(given, MAX_PROOF_KEYS)
    const state = view.state(await blocks.header(selector, ask))
    const slots = keys.map(({ slot }) => slot)
    return accountProofJson(await state.proof(address, slots, ask), keys)
  },
})
