/** Sync committees whose secret keys are known: period after period other ones, the same in every run. */
import type { BitArray } from '@chainsafe/ssz'
import { setLengthLeft } from '@ethereumjs/util'
import type { HerumiBls } from '../../../src/consensus/bls.ts'
import type { SyncCommittee } from '../../../src/consensus/containers/ssz-types.ts'

/** Two centuries of mainnet's committees. */
const KEYS_OF_A_FAMILY = 2 ** 25

export class CommitteeKeys {
  readonly #committees = new Map<number, SyncCommittee>()

  /** @param family another number, other keys: 0 to 127 */
  constructor(
    private readonly herumi: HerumiBls,
    private readonly size: number,
    private readonly family = 0,
  ) {}

  /** Its last member is its first again, as happens on networks with few validators. */
  committee(period: number): SyncCommittee {
    const known = this.#committees.get(period)
    if (known !== undefined) return known
    const sum = new this.herumi.PublicKey()
    const pubkeys = Array.from({ length: this.size }, (_, position) => {
      const key = this.#secretKey(period, position).getPublicKey()
      sum.add(key)
      return key.serialize()
    })
    const committee = { pubkeys, aggregatePubkey: sum.serialize() }
    this.#committees.set(period, committee)
    return committee
  }

  /** Has the committee of a period carry this aggregate key, whatever its members' keys sum up to. */
  forgeAggregateKey(period: number, aggregatePubkey: Uint8Array): void {
    this.#committees.set(period, { ...this.committee(period), aggregatePubkey })
  }

  /** The signature of the members whose bits are set. */
  sign(period: number, bits: BitArray, message: Uint8Array): Uint8Array {
    // The signature of the sum of the keys is the sum of their signatures.
    const sum = new this.herumi.SecretKey()
    for (const position of bits.getTrueBitIndexes()) sum.add(this.#secretKey(period, position))
    return sum.sign(message).serialize()
  }

  #secretKey(period: number, position: number) {
    const key = new this.herumi.SecretKey()
    const number = this.family * KEYS_OF_A_FAMILY + period * this.size + (position === this.size - 1 ? 0 : position) + 1
    const bytes = new Uint8Array(4)
    new DataView(bytes.buffer).setUint32(0, number)
    key.deserialize(setLengthLeft(bytes, 32))
    return key
  }
}
