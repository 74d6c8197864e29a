/** Signatures checked together give the answers that they give alone. */
import { BitArray } from '@chainsafe/ssz'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { fixtureNetwork } from '../testing/fixture-network.ts'
import { LightClientFixture, PERIOD } from '../testing/light-client-fixture.ts'
import { MemoryStorage } from '../testing/committee-chain.fixtures.ts'
import type { HerumiBls } from './bls.ts'
import { loadHerumi, loadSyncCommitteeVerifier } from './bls.ts'
import { checkpointData } from './checkpoint-data.ts'
import { CommitteeChain } from './committee-chain.ts'
import type { LightClientUpdate } from './containers/light-client-objects.ts'
import { loadCommitteeChain } from './load-committee-chain.ts'
import type { SignatureClaim } from './sync-committee-verifier.ts'

let herumi: HerumiBls
let fixture: LightClientFixture

beforeAll(async () => {
  herumi = await loadHerumi()
  fixture = await LightClientFixture.load()
})

/** Of the fixture's committee of a period, all members. */
function claimOf(period: number, byte: number): SignatureClaim {
  const bits = BitArray.fromBoolArray(new Array<boolean>(32).fill(true))
  const message = new Uint8Array(32).fill(byte)
  return { committee: fixture.committee(period), bits, message, signature: fixture.keys.sign(period, bits, message) }
}

const faults: Readonly<Record<string, (claim: SignatureClaim) => SignatureClaim>> = {
  none: (claim) => claim,
  message: (claim) => ({ ...claim, message: new Uint8Array(32).fill(255) }),
  signer: (claim) => {
    const bits = claim.bits.clone()
    bits.set(4, false)
    return { ...claim, bits }
  },
  nobody: (claim) => ({ ...claim, bits: BitArray.fromBoolArray(new Array<boolean>(32).fill(false)) }),
  'no point': (claim) => ({ ...claim, signature: new Uint8Array(96).fill(7) }),
  'bad key': (claim) => ({ ...claim, committee: { ...claim.committee, aggregatePubkey: new Uint8Array(48) } }),
}

test('with any of them false, in any way', async () => {
  const kinds = fc.array(fc.constantFrom('none', 'none', 'none', ...Object.keys(faults)), { maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(kinds, async (kinds) => {
      const [alone, together] = await Promise.all([loadSyncCommitteeVerifier(), loadSyncCommitteeVerifier()])
      const claims = kinds.map((kind, i) => faults[kind]!(claimOf(i % 3, i)))
      together.anticipate(claims)
      for (const { committee, bits, message, signature } of claims) {
        const verdict = together.verify(committee, bits, message, signature)
        expect(verdict).toEqual(alone.verify(committee, bits, message, signature))
      }
    }),
    { numRuns: 25 },
  )
})

test('false signatures that cancel each other out', async () => {
  const verifier = await loadSyncCommitteeVerifier()
  const claims = [claimOf(0, 1), claimOf(1, 2)]
  const shifted = claims.map((claim, i) => {
    const key = new herumi.SecretKey()
    key.setInt(i === 0 ? 77 : -77)
    const signature = new herumi.Signature()
    signature.deserialize(claim.signature)
    signature.add(key.sign(new Uint8Array(32)))
    return { ...claim, signature: signature.serialize() }
  })
  verifier.anticipate(shifted)
  for (const { committee, bits, message, signature } of shifted) {
    expect(verifier.verify(committee, bits, message, signature).kind).toBe('invalid')
  }
})

test('what was proven says nothing of any other claim', async () => {
  const verifier = await loadSyncCommitteeVerifier()
  const claims = [claimOf(0, 1), claimOf(1, 2)]
  verifier.anticipate(claims)
  const [{ committee, bits, message, signature }, other] = claims as [SignatureClaim, SignatureClaim]
  expect(verifier.verify(committee, bits, message, signature).kind).toBe('valid')
  expect(verifier.verify(committee, bits, other.message, signature).kind).toBe('invalid')
  expect(verifier.verify(committee, bits, message, other.signature).kind).toBe('invalid')
  expect(verifier.verify(other.committee, bits, message, signature).kind).toBe('invalid')
  const fewer = bits.clone()
  fewer.set(0, false)
  expect(verifier.verify(committee, fewer, message, signature).kind).toBe('invalid')
})

/** One update for each of 40 periods: more than a batch of any kind holds. */
const updates = (): LightClientUpdate[] =>
  Array.from({ length: 40 }, (_, period) => fixture.update({ attestedSlot: period * PERIOD + 30 }))

async function startChain() {
  const { bootstrap, root } = fixture.bootstrap(0)
  const storage = new MemoryStorage()
  const verifier = await loadSyncCommitteeVerifier()
  const options = { network: fixture.network, verifier, currentSlot: () => 100 * PERIOD, storage }
  return {
    chain: new CommitteeChain(options, checkpointData(fixture.network, root, bootstrap)),
    options,
    root,
    storage,
  }
}

test('a chain takes of anticipated updates what it takes of others, and so does a load', async () => {
  const { chain, options, root } = await startChain()
  const all = updates()
  const spoiled = all.map((update, i) => {
    if (i !== 37) return update
    const { syncCommitteeSignature } = all[36]!.syncAggregate
    return { ...update, syncAggregate: { ...update.syncAggregate, syncCommitteeSignature } }
  })
  chain.anticipate(spoiled)
  const outcomes = spoiled.map((update) => chain.insert(update))
  expect(outcomes.map(({ kind }) => kind)).toEqual([
    ...new Array<string>(37).fill('extended'),
    ...new Array<string>(3).fill('refused'),
  ])
  expect(outcomes[37]).toMatchObject({ error: { fault: { code: 'badSignature' } } })
  chain.anticipate(all.slice(37))
  for (const update of all.slice(37)) expect(chain.insert(update).kind).toBe('extended')
  expect(chain.period).toBe(40)
  const verifier = await loadSyncCommitteeVerifier()
  const loaded = await loadCommitteeChain({ ...options, verifier }, root)
  expect(loaded).toMatchObject({ kind: 'loaded', dropped: undefined, chain: { period: 40 } })
})

test('updates of any time are anticipated: those before the first fork are left to be refused', async () => {
  const late = await LightClientFixture.load(fixtureNetwork({ electra: 10 }))
  const { bootstrap, root } = late.bootstrap(PERIOD * 2)
  const verifier = await loadSyncCommitteeVerifier()
  const options = { network: late.network, verifier, currentSlot: () => 100 * PERIOD, storage: new MemoryStorage() }
  const chain = new CommitteeChain(options, checkpointData(late.network, root, bootstrap))
  const update = late.update({ attestedSlot: PERIOD * 2 + 30 })
  for (const signatureSlot of [0, 1, 79, 80, 81, 2 ** 53]) chain.anticipate([update, { ...update, signatureSlot }])
  expect(chain.insert(update).kind).toBe('extended')
})

test('a load finds the one bad signature in a batch', async () => {
  const { chain, options, root, storage } = await startChain()
  for (const update of updates()) chain.insert(update)
  const known = storage.updates.get(30)!
  const ssz = Uint8Array.from(known.ssz)
  const { syncCommitteeSignature } = updates()[30]!.syncAggregate
  const at = Buffer.from(ssz).indexOf(syncCommitteeSignature)
  ssz.set(updates()[29]!.syncAggregate.syncCommitteeSignature, at)
  storage.putUpdate({ ...known, ssz })
  const verifier = await loadSyncCommitteeVerifier()
  const loaded = await loadCommitteeChain({ ...options, verifier }, root)
  expect(loaded).toMatchObject({
    kind: 'loaded',
    dropped: { period: 30, error: { fault: { code: 'badSignature' } } },
    chain: { period: 30 },
  })
})
