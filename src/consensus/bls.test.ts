import { BitArray } from '@chainsafe/ssz'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { LightClientFixture } from '../testing/light-client-fixture.ts'
import type { HerumiBls } from './bls.ts'
import { InvalidKeyError, loadHerumi, loadSyncCommitteeVerifier, parsePublicKey } from './bls.ts'
import type { SyncCommittee } from './containers/ssz-types.ts'
import type { SyncCommitteeVerifier } from './sync-committee-verifier.ts'

const MESSAGE = new Uint8Array(32).fill(3)
const SIZE = 32

let herumi: HerumiBls
let verifier: SyncCommitteeVerifier
let fixture: LightClientFixture
/** Its last member is its first again. */
let committee: SyncCommittee
beforeAll(async () => {
  herumi = await loadHerumi()
  verifier = await loadSyncCommitteeVerifier()
  fixture = await LightClientFixture.load()
  committee = fixture.committee(0)
})

const bitsOf = (positions: readonly number[]) =>
  BitArray.fromBoolArray(Array.from({ length: SIZE }, (_, i) => positions.includes(i)))

const signatureOf = (signers: readonly number[]): Uint8Array => fixture.keys.sign(0, bitsOf(signers), MESSAGE)

const positions = fc.uniqueArray(fc.integer({ min: 0, max: SIZE - 1 }), { minLength: 1, maxLength: SIZE })

test('any members: adding the present and subtracting the absent agree with the signature', () => {
  fc.assert(
    fc.property(positions, (signers) => {
      const verdict = verifier.verify(committee, bitsOf(signers), MESSAGE, signatureOf(signers))
      expect(verdict).toEqual({ kind: 'valid' })
    }),
    { numRuns: 40 },
  )
})

test('bits that differ from the signers are refused, however many there are', () => {
  fc.assert(
    fc.property(positions, fc.integer({ min: 0, max: SIZE - 1 }), (signers, flipped) => {
      const others = signers.includes(flipped) ? signers.filter((i) => i !== flipped) : [...signers, flipped]
      const verdict = verifier.verify(committee, bitsOf(others), MESSAGE, signatureOf(signers))
      expect(verdict.kind).toBe('invalid')
    }),
    { numRuns: 40 },
  )
})

test('checking a signature leaves the committee as it was, even where its bytes are Node Buffers', () => {
  const buffers = { ...committee, pubkeys: committee.pubkeys.map((key) => Buffer.from(key)) }
  const signers = Array.from({ length: SIZE - 2 }, (_, i) => i)
  expect(verifier.verify(buffers, bitsOf(signers), MESSAGE, signatureOf(signers))).toEqual({ kind: 'valid' })
  expect(verifier.isAggregateSound(buffers)).toBe(true)
})

test('nobody signed: the sum is the identity, which no signature is of', () => {
  const infinity = new Uint8Array(96)
  infinity[0] = 0xc0
  expect(verifier.verify(committee, bitsOf([]), MESSAGE, infinity)).toMatchObject({ kind: 'invalid' })
})

test('members whose keys cancel out are refused', () => {
  const key = committee.pubkeys[3] ?? new Uint8Array()
  const negated = key.map((byte, i) => (i === 0 ? byte ^ 0x20 : byte))
  const pair = { pubkeys: [key, negated, key, key], aggregatePubkey: key }
  const infinity = new Uint8Array(96)
  infinity[0] = 0xc0
  const bits = BitArray.fromBoolArray([true, true, false, false])
  expect(verifier.verify(pair, bits, MESSAGE, infinity)).toEqual({
    kind: 'invalid',
    why: 'the signers’ keys sum up to the identity',
  })
})

test.each([
  ['present', [true, true, false, false]],
  ['absent', [false, true, true, true]],
])('a %s member whose key is no point is refused by name', (_, bits) => {
  const [, b, c, d] = committee.pubkeys
  const broken = {
    ...committee,
    pubkeys: [new Uint8Array(48).fill(0xff), b, c, d].map((key) => key ?? new Uint8Array()),
  }
  const verdict = verifier.verify(broken, BitArray.fromBoolArray(bits), MESSAGE, signatureOf([0]))
  expect(verdict).toEqual({ kind: 'invalid', why: 'a public key is no point of the group' })
})

test('the sum of the members is compared with the aggregate key', () => {
  expect(verifier.isAggregateSound(committee)).toBe(true)
  const [first] = committee.pubkeys
  expect(verifier.isAggregateSound({ ...committee, aggregatePubkey: first ?? new Uint8Array() })).toBe(false)
  const broken = [new Uint8Array(48), ...committee.pubkeys.slice(1)]
  expect(verifier.isAggregateSound({ ...committee, pubkeys: broken })).toBe(false)
})

test('no key is the identity, or of another length', () => {
  const identity = new Uint8Array(48)
  identity[0] = 0xc0
  expect(() => parsePublicKey(herumi, identity)).toThrow(InvalidKeyError)
  expect(() => parsePublicKey(herumi, new Uint8Array(96))).toThrow(InvalidKeyError)
})
