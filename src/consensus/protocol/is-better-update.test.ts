import { BitArray } from '@chainsafe/ssz'
import { expect, test } from 'vitest'
import { presetByName } from '../../chain/beacon-preset.ts'
import type { LightClientHeader, LightClientUpdate } from '../containers/light-client-objects.ts'
import { BeaconBlockHeaderType, lightClientTypes } from '../containers/ssz-types.ts'
import { isBetterUpdate } from './is-better-update.ts'

const preset = presetByName('minimal')

interface Sketch {
  signers: number
  attested: number
  signature?: number
  finalized?: number
  teaches?: boolean
}

const headerAt = (slot: number): LightClientHeader => ({
  beacon: { ...BeaconBlockHeaderType.defaultValue(), slot },
  execution: undefined,
})

function sketch({ signers, attested, signature = attested + 1, finalized, teaches = true }: Sketch): LightClientUpdate {
  const committee = lightClientTypes(preset).syncCommittee.defaultValue()
  return {
    attestedHeader: headerAt(attested),
    nextSyncCommittee: teaches ? { committee, branch: [] } : undefined,
    finality: finalized === undefined ? undefined : { header: headerAt(finalized), branch: [] },
    syncAggregate: {
      syncCommitteeBits: BitArray.fromBoolArray(Array.from({ length: 32 }, (_, i) => i < signers)),
      syncCommitteeSignature: new Uint8Array(96),
    },
    signatureSlot: signature,
  }
}

/** From best to worst, each for the first reason that tells it from the next. Periods are 64 slots. */
const RANKED: [string, Sketch][] = [
  ['all sign, everything proven', { signers: 32, attested: 100, finalized: 80 }],
  ['fewer sign', { signers: 30, attested: 100, finalized: 80 }],
  ['same signers, attested later', { signers: 30, attested: 101, signature: 102, finalized: 80 }],
  ['signed later', { signers: 30, attested: 101, signature: 103, finalized: 80 }],
  ['finality of an earlier period', { signers: 32, attested: 100, finalized: 60 }],
  ['no finality', { signers: 32, attested: 100 }],
  [
    'signed in the next period, so its committee does not count',
    { signers: 32, attested: 127, signature: 128, finalized: 100 },
  ],
  ['no committee and no finality', { signers: 32, attested: 100, teaches: false }],
  ['no supermajority', { signers: 21, attested: 100, finalized: 80 }],
  ['fewer still, whatever is proven', { signers: 20, attested: 90, finalized: 80 }],
]

test('updates rank as the specification orders them', () => {
  for (const [i, [better, a]] of RANKED.entries()) {
    for (const [worse, b] of RANKED.slice(i + 1)) {
      expect([better, worse, isBetterUpdate(preset, sketch(a), sketch(b))]).toEqual([better, worse, true])
      expect([worse, better, isBetterUpdate(preset, sketch(b), sketch(a))]).toEqual([worse, better, false])
    }
  }
})

test('an equal update does not replace the known one', () => {
  const update = sketch({ signers: 32, attested: 100, finalized: 80 })
  expect(isBetterUpdate(preset, update, update)).toBe(false)
})
