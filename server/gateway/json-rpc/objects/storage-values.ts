/** Values of storage slots, out of proofs: the one way to read state that every source has. */
import type { AddressBytes, Hash } from '../../../../src/chain/bytes.ts'
import { equalBytes } from '../../../../src/execution/words.ts'
import type { ExecutionHeader, ExecutionSource } from '../../../execution/execution-source.ts'
import { UnavailableError } from '../../../execution/execution-source.ts'

/** In the order asked, zero where the slot is proven to be empty. @throws {UnavailableError} */
export async function storageValues(
  source: ExecutionSource,
  block: ExecutionHeader,
  address: AddressBytes,
  slots: readonly Hash[],
): Promise<bigint[]> {
  const { storage } = await source.accountProof(block, address, slots)
  return slots.map((slot, place) => {
    const proven = storage[place]
    if (proven !== undefined && equalBytes(proven.slot, slot)) return proven.value
    throw new UnavailableError(`the proof at block ${block.number} leaves out slot ${place}`)
  })
}
