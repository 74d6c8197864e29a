/** Validators whose secret keys are known, and the sync committees drawn from them: the same in every run. */
import type { BitArray } from '@chainsafe/ssz'
import { bytesToHex, hexToBytes } from '@ethereumjs/util'
import { loadHerumi, type HerumiBls } from '../../../src/consensus/bls.ts'
import type { SyncCommittee } from '../../../src/consensus/containers/ssz-types.ts'
import { seededBytes, seededNumbers } from './seeded.ts'

/** A period, or any other name: a committee that a period could have had. */
export type CommitteeName = number | string

/** Validators for each seat of a committee: enough that no two committees are alike, few enough to make them at once. */
const VALIDATORS_PER_SEAT = 2

/** Order of the groups of BLS12-381: `r` of draft-irtf-cfrg-pairing-friendly-curves, section 4.2.1. */
const GROUP_ORDER = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n

type PublicKey = InstanceType<HerumiBls['PublicKey']>

interface Validator {
  /** Below {@link GROUP_ORDER}. */
  readonly secret: bigint
  readonly pubkey: Uint8Array
}

interface Members {
  readonly validators: readonly Validator[]
  readonly committee: SyncCommittee
}

/** By committee size. */
const shared = new Map<number, Promise<CommitteeKeys>>()

/** The keys of every chain that brings none of its own; made once for all of them. */
export function sharedKeys(size: number): Promise<CommitteeKeys> {
  const known = shared.get(size)
  if (known !== undefined) return known
  const made = loadHerumi().then((herumi) => new CommitteeKeys(herumi, size))
  shared.set(size, made)
  return made
}

/**
 * Each validator's secret is twice that of the one before, so that its public key is found by one addition: a thousand
 * multiplications take half a second, which is much at the start of a devnet. Sums of secrets are made as numbers for the
 * same reason. Different members have different sums all the same, and the secrets of a devnet are nobody's.
 */
export class CommitteeKeys {
  readonly #validators: Validator[] = []
  readonly #committees = new Map<CommitteeName, Members>()
  /** Of the validator that is made next. */
  #secret: bigint
  #publicKey: PublicKey

  /** @param family another one has other validators: another network's, or those of somebody who only pretends */
  constructor(
    private readonly herumi: HerumiBls,
    private readonly size: number,
    private readonly family: number | string = 0,
  ) {
    this.#secret = BigInt(bytesToHex(seededBytes(`family ${family}, validators`))) % GROUP_ORDER
    this.#publicKey = secretKey(herumi, this.#secret).getPublicKey()
  }

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
    const signers = validators.filter((_, position) => bits.get(position))
    return secretKey(this.herumi, sumOfSecrets(signers)).sign(message).serialize()
  }

  #members(name: CommitteeName): Members {
    const known = this.#committees.get(name)
    if (known !== undefined) return known
    const random = seededNumbers(`family ${this.family}, committee ${name}`)
    const drawn = Array.from({ length: this.size }, () =>
      this.#validator(Math.floor(random() * VALIDATORS_PER_SEAT * this.size)),
    )
    const validators = drawn.map((validator, i) => (i === this.size - 1 ? (drawn[0] ?? validator) : validator))
    const pubkeys = validators.map(({ pubkey }) => pubkey)
    const aggregatePubkey = secretKey(this.herumi, sumOfSecrets(validators)).getPublicKey().serialize()
    const members = { validators, committee: { pubkeys, aggregatePubkey } }
    this.#committees.set(name, members)
    return members
  }

  #validator(index: number): Validator {
    while (this.#validators.length <= index) {
      this.#validators.push({ secret: this.#secret, pubkey: this.#publicKey.serialize() })
      this.#secret = (2n * this.#secret) % GROUP_ORDER
      this.#publicKey.add(this.#publicKey)
    }
    return this.#validators[index]!
  }
}

const sumOfSecrets = (validators: readonly Validator[]): bigint =>
  validators.reduce((sum, { secret }) => sum + secret, 0n) % GROUP_ORDER

function secretKey(herumi: HerumiBls, secret: bigint): InstanceType<HerumiBls['SecretKey']> {
  const key = new herumi.SecretKey()
  key.deserialize(hexToBytes(`0x${secret.toString(16).padStart(64, '0')}`))
  return key
}
