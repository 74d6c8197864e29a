/** The signature check that the protocol functions are handed. Synchronous: whoever makes one has loaded its code. */
import type { BitArray } from '@chainsafe/ssz'
import type { SyncCommittee } from './containers/ssz-types.ts'

export type SignatureVerdict = { readonly kind: 'valid' } | { readonly kind: 'invalid'; readonly why: string }

/** Says that the members whose bits are set signed a message together; see {@link SyncCommitteeVerifier.verify}. */
export interface SignatureClaim {
  readonly committee: SyncCommittee
  readonly bits: BitArray
  readonly message: Uint8Array
  readonly signature: Uint8Array
}

export interface SyncCommitteeVerifier {
  /**
   * Whether the members whose bits are set signed `message` together.
   * @param committee a proven one; keep the object, validated keys are cached under it
   * @param message 32 bytes, the signing root
   * @param signature 96 bytes, compressed
   */
  verify(committee: SyncCommittee, bits: BitArray, message: Uint8Array, signature: Uint8Array): SignatureVerdict
  /**
   * Checks claims that {@link verify} is about to be asked, together and so for half of what they cost one by one. It
   * changes no answer: of those that hold `verify` then knows it, the others it checks alone.
   */
  anticipate(claims: readonly SignatureClaim[]): void
  /**
   * Whether `aggregate_pubkey` is the sum of the members' keys. {@link verify} takes it from there where few are absent;
   * a committee whose signatures a head rests on is summed once before that head is believed. Slow the first time.
   */
  isAggregateSound(committee: SyncCommittee): boolean
}
