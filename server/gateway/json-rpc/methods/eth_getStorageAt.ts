import { word } from '../hex.ts'
import { method } from '../method.ts'
import { storageValues } from '../objects/storage-values.ts'
import { latestOr } from '../params/block-selector.ts'
import { address } from '../params/hex.ts'
import { storageKey } from '../params/storage-keys.ts'

/** All 32 bytes. */
export const eth_getStorageAt = method({
  params: [address, storageKey, latestOr],
  run: async ({ chain, source }, [address, { slot }, selector]) => {
    const [value] = await storageValues(source, await chain.getHeader(selector), address, [slot])
    return word(value!)
  },
})
