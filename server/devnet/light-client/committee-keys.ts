/** Validators whose secret keys are known, and the sync committees drawn from them: the same in every run. */
import type { BitArray } from '@chainsafe/ssz'
import { loadHerumi, type HerumiBls } from '../../../src/consensus/bls.ts'
import type { SyncCommittee } from '../../../src/consensus/containers/ssz-types.ts'
import { seededBytes, seededNumbers } from './seeded.ts'

/** A period, or any other name: a committee that a period could have had. */
export type CommitteeName = number | string

/** Validators for each seat of a committee: enough that no two committees are alike, few enough to make them at once. */
const VALIDATORS_PER_SEAT = 2

type SecretKey = InstanceType<HerumiBls['SecretKey']>
type PublicKey = InstanceType<HerumiBls['PublicKey']>

interface Validator {
  readonly secretKey: SecretKey
  readonly publicKey: PublicKey
  readonly pubkey: Uint8Array
}

interface Members {
  readonly validators: readonly Validator[]
  readonly committee: SyncCommittee
}

/** By committee size. */
const shared = new Map<number, Promise<CommitteeKeys>>()

/** The keys of every chain that brings none of its own; made once, because a thousand keys take a third of a second. */
export function sharedKeys(size: number): Promise<CommitteeKeys> {
  const known = shared.get(size)
  if (known !== undefined) return known
  const made = loadHerumi().then((herumi) => new CommitteeKeys(herumi, size))
  shared.set(size, made)
  return made
}

export class CommitteeKeys {
  readonly #validators = new Map<number, Validator>()
  readonly #committees = new Map<CommitteeName, Members>()

  /** @param family another one has other validators: another network's, or those of somebody who only pretends */
  constructor(
    private readonly herumi: HerumiBls,
    private readonly size: number,
    private readonly family: number | string = 0,
  ) {}

  /** Members repeat, the last is always the first again, as happens on networks with few validators. */
  committee(name: CommitteeName): SyncCommittee {
    return this.#members(name).committee
  }

  /** Has a committee carry this aggregate key, whatever its members' keys sum up to. */
  forgeAggregateKey(name: CommitteeName, aggregatePubkey: Uint8Array): void {
    const { validators, committee } = this.#members(name)
    this.#committees.set(name, { validators, committee: { ...committee, aggregatePubkey } })
  }

  /** The signature of the members whose bits are set. */
  sign(name: CommitteeName, bits: BitArray, message: Uint8Array): Uint8Array {
    const { validators } = this.#members(name)
    // The signature of the sum of the keys is the sum of their signatures.
    const sum = new this.herumi.SecretKey()
    for (const [position, { secretKey }] of validators.entries()) if (bits.get(position)) sum.add(secretKey)
    return sum.sign(message).serialize()
  }

  #members(name: CommitteeName): Members {
    const known = this.#committees.get(name)
    if (known !== undefined) return known
    const random = seededNumbers(`family ${this.family}, committee ${name}`)
    const drawn = Array.from({ length: this.size }, () =>
      this.#validator(Math.floor(random() * VALIDATORS_PER_SEAT * this.size)),
    )
    const validators = drawn.map((validator, i) => (i === this.size - 1 ? (drawn[0] ?? validator) : validator))
    const sum = new this.herumi.PublicKey()
    for (const { publicKey } of validators) sum.add(publicKey)
    const pubkeys = validators.map(({ pubkey }) => pubkey)
    const members = { validators, committee: { pubkeys, aggregatePubkey: sum.serialize() } }
    this.#committees.set(name, members)
    return members
  }

  #validator(index: number): Validator {
    const known = this.#validators.get(index)
    if (known !== undefined) return known
    const secretKey = new this.herumi.SecretKey()
    const bytes = seededBytes(`family ${this.family}, validator ${index}`)
    // Below 2^254 every number is a secret key: the order of the group is just under 2^255.
    bytes[0] = (bytes[0] ?? 0) & 0x3f
    secretKey.deserialize(bytes)
    const publicKey = secretKey.getPublicKey()
    const validator = { secretKey, publicKey, pubkey: publicKey.serialize() }
    this.#validators.set(index, validator)
    return validator
  }
}
