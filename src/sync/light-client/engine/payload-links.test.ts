import fc from 'fast-check'
import { expect, test } from 'vitest'
import { asHash, asRoot } from '../../../chain/bytes.ts'
import { loadKeccak } from '../../../chain/keccak.ts'
import { fixtureNetwork } from '../../../testing/fixture-network.ts'
import { madeUpPayload } from '../../../testing/made-up-payload.ts'
import { PayloadLinks, type PlacedPayload } from './payload-links.ts'

const keccak = await loadKeccak()
const network = fixtureNetwork()
const word = new Uint8Array(32)

const placed = (slot: number, bytes: number): PlacedPayload => ({
  blockRoot: asRoot(word),
  carried: madeUpPayload(
    {
      network,
      seed: 'links',
      slot,
      parentBeaconBlockRoot: asRoot(word),
      parentHash: asHash(word),
      transactions: [new Uint8Array(bytes)],
    },
    keccak,
  ),
})
const payloads = Array.from({ length: 12 }, (_, slot) => placed(slot + 1, 100 * (slot + 1)))
const hashOf = ({ carried }: PlacedPayload) => carried.payload.blockHash

test('keeps every link, and of the payloads the last ones that fit', () => {
  const links = new PayloadLinks(2_000)
  for (const payload of payloads.toReversed()) links.add(payload)
  for (const payload of payloads) {
    expect(links.link(hashOf(payload))).toMatchObject({ slot: payload.carried.slot })
  }
  const held = payloads.filter((payload) => links.payload(hashOf(payload)) !== undefined)
  expect(held.map(({ carried }) => carried.slot)).toEqual([1, 2, 3, 4, 5])
})

test('never holds more than it may, whatever is added and dropped in whatever order', () => {
  const step = fc.record({ which: fc.nat(payloads.length - 1), drop: fc.boolean() })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const links = new PayloadLinks(2_500)
      for (const { which, drop } of steps) {
        const payload = payloads[which] ?? placed(1, 100)
        if (drop) links.dropPayload(hashOf(payload))
        else links.add(payload)
        const held = payloads.filter((each) => links.payload(hashOf(each)) !== undefined)
        const bytes = held.reduce((sum, { carried }) => sum + carried.payload.transactions[0]!.length, 0)
        expect(bytes).toBeLessThanOrEqual(2_500)
        if (drop) expect(links.payload(hashOf(payload))).toBeUndefined()
        else expect(links.payload(hashOf(payload))).toBe(payload)
      }
    }),
  )
})
