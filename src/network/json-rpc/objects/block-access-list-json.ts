/** Block access lists (EIP-7928) as the execution API shows them. */
import { data, quantityOf, word } from '../hex.ts'
import type { JsonObject } from '../json.ts'
import type { Item } from './rlp-items.ts'
import { bytesOf, decodeList, integerOf, listOf } from './rlp-items.ts'

/** @throws {MalformedObjectError} */
export function blockAccessListJson(rlp: Uint8Array): JsonObject[] {
  return decodeList(rlp, 'the access list').map((item) => {
    const [address, storageChanges, storageReads, balances, nonces, codes] = listOf(item, 'an account of the list')
    return {
      address: data(bytesOf(address, 'address', 20)),
      storageChanges: listOf(storageChanges, 'storage changes').map(slotChangesJson),
      storageReads: listOf(storageReads, 'storage reads').map((slot) => wordOf(slot, 'a slot')),
      balanceChanges: changesJson(balances, 'value', (value) => quantityOf(bytesOf(value, 'a balance'))),
      nonceChanges: changesJson(nonces, 'value', (value) => quantityOf(bytesOf(value, 'a nonce'))),
      codeChanges: changesJson(codes, 'code', (code) => data(bytesOf(code, 'code'))),
    }
  })
}

function slotChangesJson(item: Item): JsonObject {
  const [slot, changes] = listOf(item, 'changes of a slot')
  return { key: wordOf(slot, 'a slot'), changes: changesJson(changes, 'value', (value) => wordOf(value, 'a value')) }
}

function changesJson(item: Item | undefined, name: string, show: (value: Item | undefined) => string): JsonObject[] {
  return listOf(item, 'changes').map((change) => {
    const [index, value] = listOf(change, 'a change')
    return { index: quantityOf(bytesOf(index, 'an index')), [name]: show(value) }
  })
}

/** The EIP has slots and values as integers, some clients as 32 bytes: both come out the same. */
const wordOf = (item: Item | undefined, what: string): string => word(integerOf(item, what))
