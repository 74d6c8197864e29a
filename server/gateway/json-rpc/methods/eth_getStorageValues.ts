import { word } from '../../../../src/network/json-rpc/hex.ts'
import type { Json } from '../../../../src/network/json-rpc/json.ts'
import { method } from '../method.ts'
import { storageValues } from '../objects/storage-values.ts'
import { latestOr } from '../../../../src/network/json-rpc/params/block-selector.ts'
import { readWishes, storageWishes } from '../../../../src/network/json-rpc/params/storage-wishes.ts'

/** By address as the caller writes it, and slot. Their number is bounded, all accounts together. */
export const eth_getStorageValues = method({
  params: [storageWishes, latestOr],
  run: async ({ chain, source, limits, signal }, [asked, selector]) => {
    const wishes = readWishes(asked, limits.storageSlots)
    const block = await chain.getHeader(selector)
    const answers: Record<string, Json> = {}
    for (const { name, address, keys } of wishes) {
      signal.throwIfAborted()
      const slots = keys.map(({ slot }) => slot)
      answers[name] = (await storageValues(source, block, address, slots)).map(word)
    }
    return answers
  },
})
