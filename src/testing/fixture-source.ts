/** A beacon node whose objects are made one by one, each to a test's measure, and signatures that are looked up instead of paired. */
import { bytesToHex } from '@ethereumjs/util'
import { epochAtSlot, periodAtSlot } from '../chain/beacon-preset.ts'
import { asRoot } from '../chain/bytes.ts'
import type { LightClientUpdate } from '../consensus/containers/light-client-objects.ts'
import type { SyncCommitteeVerifier } from '../consensus/sync-committee-verifier.ts'
import { PERIOD, type LightClientFixture, type UpdateOptions } from './light-client-fixture.ts'
import { sourceOf, type BeaconSource } from './simulated-beacon-source.ts'

/** A chain of committees; the defaults make the chain that a test holds for true. */
export interface FixtureChain {
  /** Which committee sits in a period. Default: that of the period's own number. */
  readonly committeeOf?: (period: number) => number
  /** Signers of the best update of a period, and of heads, as far as it has been seen. Default: all 32. */
  readonly signers?: (period: number, seen: number) => number
  /** Who really signs, instead of the committee of the period. */
  readonly signerOf?: (period: number) => number
}

/** Slots between a period's start and the attested header of its update: the first that finalizes a header of the period. */
const ATTESTED_AT = 16

/** Slots between a head and the header that it finalizes, at most: two epochs and the begun one. */
const EPOCHS_TO_FINALITY = 2

/** Makes objects once, and knows who signed which. */
export class FixtureObjects {
  readonly verifier: SyncCommitteeVerifier
  /** Signatures that were checked: each would be a pairing. */
  checked = 0
  readonly #made = new Map<string, LightClientUpdate>()
  readonly #signers = new Map<string, string>()

  constructor(readonly fixture: LightClientFixture) {
    this.verifier = {
      verify: (committee, _bits, _message, signature) => {
        this.checked += 1
        return this.#signers.get(bytesToHex(signature)) === bytesToHex(committee.aggregatePubkey)
          ? { kind: 'valid' }
          : { kind: 'invalid', why: 'signed by others' }
      },
      anticipate: () => undefined,
      isAggregateSound: () => true,
    }
  }

  update(options: UpdateOptions): LightClientUpdate {
    const key = JSON.stringify(options)
    const made = this.#made.get(key) ?? this.fixture.update(options)
    this.#made.set(key, made)
    const signer = options.signers ?? periodAtSlot(this.fixture.network.preset, made.signatureSlot)
    const { aggregatePubkey } = this.fixture.committee(signer)
    this.#signers.set(bytesToHex(made.syncAggregate.syncCommitteeSignature), bytesToHex(aggregatePubkey))
    return made
  }

  /** The aggregate key of the committee that signed, in hex: whoever the update says it was. */
  signerOf({ syncAggregate }: LightClientUpdate): string | undefined {
    return this.#signers.get(bytesToHex(syncAggregate.syncCommitteeSignature))
  }
}

/** A truthful node on that chain, which has a block in every slot. */
export function fixtureSource(objects: FixtureObjects, chain: FixtureChain = {}): BeaconSource {
  const { preset } = objects.fixture.network
  const { committeeOf = (period) => period, signers = () => preset.syncCommitteeSize } = chain
  const signerOf = chain.signerOf ?? committeeOf
  const absent = (period: number, seen: number) =>
    Array.from({ length: preset.syncCommitteeSize - signers(period, seen) }, (_, position) => position)
  const update = (period: number, seen: number) =>
    objects.update({
      attestedSlot: period * PERIOD + ATTESTED_AT,
      finalizedSlot: period * PERIOD + ATTESTED_AT - EPOCHS_TO_FINALITY * preset.slotsPerEpoch,
      absent: absent(period, seen),
      signers: signerOf(period),
      teaches: { committeeOf: committeeOf(period + 1) },
    })
  const head = (seen: number) => {
    const finalizedSlot = (epochAtSlot(preset, seen - 1) - EPOCHS_TO_FINALITY) * preset.slotsPerEpoch
    const period = periodAtSlot(preset, seen)
    return objects.update({
      attestedSlot: seen - 1,
      finalizedSlot,
      absent: absent(period, seen),
      signers: signerOf(period),
      teaches: 'nothing',
    })
  }
  return sourceOf(
    {
      updates: ({ startPeriod, count }, seen) => {
        const periods = Array.from({ length: count }, (_, place) => startPeriod + place)
        const there = periods.filter((period) => period >= 0 && period * PERIOD + ATTESTED_AT < seen)
        return there.map((period) => ({ kind: 'update', update: update(period, seen) }))
      },
      finalityUpdate: (_, seen) => head(seen),
      optimisticUpdate: (_, seen) => ({ ...head(seen), finality: undefined }),
    },
    (seen) => ({ slot: seen, blockRoot: asRoot(new Uint8Array(32).fill(seen % 256)) }),
  )
}
