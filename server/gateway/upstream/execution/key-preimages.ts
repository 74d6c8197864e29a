/** Addresses and slots by their hashes: JSON-RPC takes keys, tries and the state service know hashes. */
import type { AddressBytes, Hash, Keccak } from '../../../../src/chain/bytes.ts'
import { asAddress, asHash } from '../../../../src/chain/bytes.ts'
import { dropOldest } from '../../../../src/chain/drop-oldest.ts'
import { hashKey } from '../../../../src/state/hash-key.ts'
import type { TouchedKeys } from '../../../execution/trace-block.ts'

/** The keys of a hundred blocks of mainnet; with some 200 bytes each, 50 MB. */
const MAX_KEYS = 250_000

/** Always: at most {@link MAX_KEYS}, the newest. */
export class KeyPreimages {
  readonly #keys = new Map<string, Uint8Array>()

  constructor(private readonly keccak: Keccak) {}

  add({ address, slots }: TouchedKeys): void {
    for (const key of [address, ...slots]) {
      const hashed = hashKey(this.keccak(key) as Hash)
      this.#keys.delete(hashed)
      this.#keys.set(hashed, key)
    }
    dropOldest(this.#keys, MAX_KEYS)
  }

  address(hashed: Hash): AddressBytes | undefined {
    const key = this.#keys.get(hashKey(hashed))
    return key?.length === 20 ? asAddress(key) : undefined
  }

  slot(hashed: Hash): Hash | undefined {
    const key = this.#keys.get(hashKey(hashed))
    return key?.length === 32 ? asHash(key) : undefined
  }
}
