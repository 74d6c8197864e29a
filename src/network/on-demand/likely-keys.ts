/** Accounts and slots that a block is likely to touch. Hints: what is wrong with them costs a request and nothing else. */
import { RLP } from '@ethereumjs/rlp'
import { setLengthLeft } from '@ethereumjs/util'
import { asAddress, asHash, type Hash } from '../../chain/bytes.ts'
import { RlpError } from '../../state/rlp.ts'
import { rlpBytes, rlpList, type RlpItem } from '../../state/rlp-items.ts'
import type { TouchedKeys } from '../state-service/messages.ts'
import { WitnessError } from './witness-error.ts'

/** From a block access list (EIP-7928), which names every account and slot that is read or written. @throws {WitnessError} */
export function keysOfAccessList(rlp: Uint8Array): TouchedKeys[] {
  try {
    return rlpList(RLP.decode(rlp)).map((entry) => {
      const [address, changes, reads] = rlpList(entry)
      const changed = rlpList(changes).map((change) => slot(rlpList(change)[0]))
      return { address: asAddress(rlpBytes(address)), slots: [...changed, ...rlpList(reads).map(slot)] }
    })
  } catch (error) {
    throw new WitnessError(`the block access list is none: ${(error as Error).message}`, { cause: error })
  }
}

/** Numbers without leading zeros, as in the EIP; some write all 32 bytes. */
function slot(item: RlpItem | undefined): Hash {
  const number = rlpBytes(item)
  if (number.length > 32) throw new RlpError(`a slot of ${number.length} bytes`)
  return asHash(setLengthLeft(number, 32))
}
