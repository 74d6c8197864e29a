/** What a block access list says that storage holds after the block, as writes: enough to see what they need beside paths. */
import { RLP } from '@ethereumjs/rlp'
import { bytesToUnprefixedHex, setLengthLeft } from '@ethereumjs/util'
import { EMPTY_CODE_HASH } from '../../state/state-trie.ts'
import type { AccountWrite, StateWrites } from '../../state/state-writes.ts'
import { rlpBytes, rlpList, type RlpItem } from '../../state/rlp-items.ts'
import { WitnessError } from './witness-error.ts'

/**
 * Storage alone (EIP-7928, "storage_changes": the last value of each slot); accounts' own fields are made up, which moves no
 * storage. @throws {WitnessError}
 */
export function storageWritesOfAccessList(rlp: Uint8Array): StateWrites {
  try {
    const entries = rlpList(RLP.decode(rlp)).flatMap((entry): [string, AccountWrite][] => {
      const [address, changes] = rlpList(entry)
      const slots = rlpList(changes).map(slotWrite)
      if (slots.length === 0) return []
      const storage = { kind: 'kept' as const, slots: new Map(slots) }
      const write: AccountWrite = { kind: 'updated', nonce: 1n, balance: 0n, codeHash: EMPTY_CODE_HASH, storage }
      return [[bytesToUnprefixedHex(rlpBytes(address)), write]]
    })
    return { accounts: new Map(entries), codes: new Map() }
  } catch (error) {
    throw new WitnessError(`the block access list is none: ${(error as Error).message}`, { cause: error })
  }
}

function slotWrite(change: RlpItem): [string, Uint8Array] {
  const [slot, values] = rlpList(change)
  const last = rlpList(values).at(-1)
  const value = last === undefined ? new Uint8Array() : rlpBytes(rlpList(last)[1])
  const first = value.findIndex((byte) => byte !== 0)
  return [bytesToUnprefixedHex(setLengthLeft(rlpBytes(slot), 32)), first < 0 ? new Uint8Array() : value.subarray(first)]
}
