import { bytesToWord } from '../../execution/words.ts'
import type { MissingValue } from '../../execution/speculation/missing-values.ts'
import { word } from '../../network/json-rpc/hex.ts'
import type { Json } from '../../network/json-rpc/json.ts'
import { latestOr } from '../../network/json-rpc/params/block-selector.ts'
import { readWishes, storageWishes } from '../../network/json-rpc/params/storage-wishes.ts'
import { MAX_STORAGE_SLOTS } from '../constants.ts'
import { method } from '../method.ts'

/**
 * Slots of several accounts, by the addresses as they are written. Each proven as {@link eth_getStorageAt} proves it; all are
 * asked for together. Privacy: as there.
 */
export const eth_getStorageValues = method({
  class: 'state',
  params: [storageWishes, latestOr],
  run: async ({ blocks, view, ask }, [asked, selector]) => {
    const wishes = readWishes(asked, MAX_STORAGE_SLOTS)
    const state = view.state(await blocks.header(selector, ask))
    const values = wishes.flatMap(({ address, keys }) =>
      keys.map(({ slot }): MissingValue => ({ kind: 'storage', address, slot })),
    )
    await state.bring(values, ask)
    const answers: Record<string, Json> = {}
    for (const { name, address, keys } of wishes) {
      const slots = keys.map(async ({ slot }) => word(bytesToWord(await state.storage(address, slot, ask))))
      answers[name] = await Promise.all(slots)
    }
    return answers
  },
})
