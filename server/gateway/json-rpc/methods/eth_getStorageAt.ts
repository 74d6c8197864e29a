import { word } from '../../../../src/network/json-rpc/hex.ts'
import { method } from '../method.ts'
import { storageValues } from '../objects/storage-values.ts'
import { latestOr } from '../../../../src/network/json-rpc/params/block-selector.ts'
import { address } from '../../../../src/network/json-rpc/params/hex.ts'
import { storageKey } from '../../../../src/network/json-rpc/params/storage-keys.ts'

/** All 32 bytes. */
export const eth_getStorageAt = method({
  params: [address, storageKey, latestOr],
  run: async ({ chain, source }, [address, { slot }, selector]) => {
    const [value] = await storageValues(source, await chain.getHeader(selector), address, [slot])
    return word(value!)
  },
})
