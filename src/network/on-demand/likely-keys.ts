/** Accounts and slots that a block is likely to touch. Hints: what is wrong with them costs a request and nothing else. */
import { RLP, type NestedUint8Array } from '@ethereumjs/rlp'
import { setLengthLeft } from '@ethereumjs/util'
import { asAddress, asHash, type Hash } from '../../chain/bytes.ts'
import type { TouchedKeys } from '../state-service/messages.ts'
import { WitnessError } from './witness-error.ts'

/** From a block access list (EIP-7928), which names every account and slot that is read or written. @throws {WitnessError} */
export function keysOfAccessList(rlp: Uint8Array): TouchedKeys[] {
  try {
    return list(RLP.decode(rlp)).map((entry) => {
      const [address, changes, reads] = list(entry)
      const changed = list(changes).map((change) => slot(list(change)[0]))
      return { address: asAddress(bytes(address)), slots: [...changed, ...list(reads).map(slot)] }
    })
  } catch (error) {
    throw new WitnessError(`the block access list is none: ${(error as Error).message}`, { cause: error })
  }
}

type Item = Uint8Array | NestedUint8Array | undefined

function list(item: Item): NestedUint8Array {
  if (Array.isArray(item)) return item
  throw new TypeError('bytes where a list should be')
}

function bytes(item: Item): Uint8Array {
  if (item instanceof Uint8Array) return item
  throw new TypeError('a list where bytes should be')
}

/** Numbers without leading zeros, as in the EIP; some write all 32 bytes. */
function slot(item: Item): Hash {
  const number = bytes(item)
  if (number.length > 32) throw new TypeError(`a slot of ${number.length} bytes`)
  return asHash(setLengthLeft(number, 32))
}
