/** Execution payloads that hash to what they say, and the newest few of them. */
import { bytesToHex } from '@ethereumjs/util'
import type { Hash, Keccak } from '../../chain/bytes.ts'
import { dropOldest } from '../../chain/drop-oldest.ts'
import type { CarriedPayload } from '../../consensus/containers/execution-payload.ts'
import { PayloadHashError, provePayload } from '../../execution/block/payload-header.ts'
import type { RawHeader } from '../../execution/block/raw-block.ts'

declare const proven: unique symbol

/**
 * Always: `header` is the payload's and has its hash, so whoever has the hash from a proven source has a proven payload.
 * Before Gloas the payload's `slot` is not under its hash, before Deneb `parentBeaconBlockRoot` neither.
 */
export interface ProvenPayload {
  readonly [proven]: true
  readonly carried: CarriedPayload
  readonly header: RawHeader
}

/** @throws {PayloadHashError} */
export function provenPayload(carried: CarriedPayload, keccak: Keccak): ProvenPayload {
  return { carried, header: provePayload(carried, keccak) } as ProvenPayload
}

/** As {@link provenPayload}, with the error as a value. */
export function checkPayload(carried: CarriedPayload, keccak: Keccak): ProvenPayload | PayloadHashError {
  try {
    return provenPayload(carried, keccak)
  } catch (error) {
    if (error instanceof PayloadHashError) return error
    throw error
  }
}

/** Payloads kept: two a slot at most, of a few hundred kB each, for as long as a head takes to settle (geth's value). */
export const MAX_PAYLOADS = 10

/** The newest {@link MAX_PAYLOADS}; one that is asked for is new again. */
export class RecentPayloads {
  readonly #byHash = new Map<string, ProvenPayload>()

  get(hash: Hash): ProvenPayload | undefined {
    const key = bytesToHex(hash)
    const payload = this.#byHash.get(key)
    if (payload === undefined) return undefined
    this.#byHash.delete(key)
    this.#byHash.set(key, payload)
    return payload
  }

  put(payload: ProvenPayload): void {
    const key = bytesToHex(payload.header.hash)
    this.#byHash.delete(key)
    this.#byHash.set(key, payload)
    dropOldest(this.#byHash, MAX_PAYLOADS)
  }
}
