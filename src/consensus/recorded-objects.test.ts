/** Real mainnet objects, whole and spoiled: what is spoiled is refused by name and nothing of it is believed. */
import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { asRoot } from '../chain/bytes.ts'
import { networkByName } from '../chain/network.ts'
import { describeWithData } from '../testing/data.ts'
import { MemoryStorage } from '../testing/committee-chain.fixtures.ts'
import { loadSyncCommitteeVerifier } from './bls.ts'
import { checkpointData } from './checkpoint-data.ts'
import { CommitteeChain } from './committee-chain.ts'
import { decodeBootstrap, decodeUpdateStream } from './containers/decode.ts'
import type { DecodedUpdate } from './containers/decode.ts'
import { DecodeError } from './containers/decode-error.ts'
import { bootstrapFromJson, updateFromJson, updatesFromJson } from './containers/decode-json.ts'
import type { LightClientUpdate } from './containers/light-client-objects.ts'
import { readBootstrap, readHeadUpdate, readUpdates } from './containers/read-file.ts'
import { BeaconBlockHeaderType } from './containers/ssz-types.ts'
import { lightSync } from './light-sync.ts'
import { loadCommitteeChain } from './load-committee-chain.ts'
import { InvalidBootstrapError, InvalidUpdateError } from './protocol/light-client-error.ts'
import type { SyncCommitteeVerifier } from './sync-committee-verifier.ts'

const mainnet = networkByName('mainnet')

/** Past every recording. */
const CURRENT_SLOT = 20_000_000

let verifier: SyncCommitteeVerifier
beforeAll(async () => {
  verifier = await loadSyncCommitteeVerifier()
})

describeWithData('recorded mainnet objects', (data) => {
  const folder = join(data, 'lightclient')
  const file = (path: string): Uint8Array => new Uint8Array(readFileSync(join(folder, path)))
  const deneb = 'mainnet-deneb-1347-1406'
  const fulu = 'mainnet-fulu-1711-nimbus'
  const bootstrapBytes = () => file(`${deneb}/bootstrap_slot11034656.ssz`)
  const stream = file(`${deneb}/updates_1347_46.ssz`)
  /** Length, digest and SSZ of the first update. */
  const firstChunk = stream.subarray(0, 8 + Number(new DataView(stream.buffer).getBigUint64(0, true)))
  const trustedRoot = asRoot(BeaconBlockHeaderType.hashTreeRoot(readBootstrap(mainnet, bootstrapBytes()).header.beacon))

  function sync(updates: readonly DecodedUpdate[]) {
    return lightSync(
      { network: mainnet, currentSlot: CURRENT_SLOT, verifier },
      { bootstrap: readBootstrap(mainnet, bootstrapBytes()), trustedBlockRoot: trustedRoot, updates },
    )
  }

  const outcome = (updates: readonly DecodedUpdate[]) => sync(updates).reports[0]?.outcome

  test('Deneb: 60 periods', () => {
    const updates = ['updates_1347_46.ssz', 'updates_1393_14.ssz'].flatMap((name) =>
      readUpdates(mainnet, file(`${deneb}/${name}`)),
    )
    const { reports, finalizedHeader } = sync(updates)
    expect(reports.map(({ period, outcome: { kind } }) => `${period} ${kind}`)).toEqual(
      Array.from({ length: 60 }, (_, i) => `${1347 + i} accepted`),
    )
    expect(finalizedHeader.beacon.slot).toBe(11518368)
    expect(finalizedHeader.execution?.kind).toBe('deneb')
  })

  test('Deneb: 60 kept periods are proven again, newest first', async () => {
    const storage = new MemoryStorage()
    const options = { network: mainnet, verifier, currentSlot: () => CURRENT_SLOT, storage }
    const chain = new CommitteeChain(
      options,
      checkpointData(mainnet, trustedRoot, readBootstrap(mainnet, bootstrapBytes())),
    )
    for (const name of ['updates_1347_46.ssz', 'updates_1393_14.ssz']) {
      for (const decoded of readUpdates(mainnet, file(`${deneb}/${name}`))) {
        expect(decoded.kind === 'update' && chain.insert(decoded.update).kind).toBe('extended')
      }
    }
    const seen: number[] = []
    const loaded = await loadCommitteeChain(options, trustedRoot, (period) => seen.push(period))
    expect(loaded.kind === 'loaded' && [loaded.chain.period, loaded.dropped]).toEqual([1407, undefined])
    expect(seen).toEqual(Array.from({ length: 60 }, (_, i) => 1406 - i))
  })

  test.each([
    ['mainnet-capella-862-867-helios', '', 6, 'capella'],
    [fulu, 'lc_', 1, 'deneb'],
  ])('%s: updates, finality, optimistic', (name, prefix, count, kind) => {
    const bootstrap = readBootstrap(mainnet, file(`${name}/${prefix}bootstrap.json`))
    const result = lightSync(
      { network: mainnet, currentSlot: CURRENT_SLOT, verifier },
      {
        bootstrap,
        trustedBlockRoot: asRoot(BeaconBlockHeaderType.hashTreeRoot(bootstrap.header.beacon)),
        updates: readUpdates(mainnet, file(`${name}/${prefix}updates.json`)),
        finalityUpdate: readHeadUpdate(mainnet, 'finalityUpdate', file(`${name}/${prefix}finality.json`)),
        optimisticUpdate: readHeadUpdate(mainnet, 'optimisticUpdate', file(`${name}/${prefix}optimistic.json`)),
      },
    )
    expect(result.reports.map((report) => report.outcome.kind)).toEqual(Array.from({ length: count }, () => 'accepted'))
    expect([result.finality.kind, result.optimistic.kind]).toEqual(['accepted', 'accepted'])
    expect(result.optimisticHeader.execution?.kind).toBe(kind)
  })

  test('an update signed by fewer than two thirds', () => {
    const spoiled = stream.slice(0, firstChunk.length)
    const [original] = [...decodeUpdateStream(mainnet, firstChunk)]
    if (original?.kind !== 'update') throw original?.error ?? new Error('no update')
    const { uint8Array: bits } = original.update.syncAggregate.syncCommitteeBits
    const at = indexOf(spoiled, bits)
    spoiled.fill(0, at, at + 22)
    expect(outcome([...decodeUpdateStream(mainnet, spoiled)])).toMatchObject({
      error: { fault: { code: 'tooFewSigners', needed: 342, size: 512 } },
    })
  })

  describe('files', () => {
    test('cut short anywhere in a chunk: the updates before stand, the rest is named', () => {
      for (const cut of [1, 4, 8, 11, 12, 5000, 26_000]) {
        const decoded = [...decodeUpdateStream(mainnet, stream.subarray(0, firstChunk.length + cut))]
        expect(decoded.map(({ kind }) => kind)).toEqual(['update', 'malformed'])
        expect(decoded[1]).toMatchObject({
          error: { fault: 'truncated', what: `update 1 at byte ${firstChunk.length}` },
        })
        const { reports, chain } = sync(decoded)
        expect(reports.map((report) => report.outcome.kind)).toEqual(['accepted', 'rejected'])
        expect(chain.period).toBe(1348)
      }
    })

    test('a bootstrap cut short', () => {
      for (const length of [0, 1, 3, 4, 100, 24788, 24795, 25000, 25600]) {
        expect(() => readBootstrap(mainnet, bootstrapBytes().subarray(0, length))).toThrow(DecodeError)
      }
      // The last bytes are extra data of any length, so only its proof can tell.
      const cut = readBootstrap(mainnet, bootstrapBytes().subarray(0, -1))
      const input = { bootstrap: cut, trustedBlockRoot: trustedRoot, updates: [] }
      expect(() => lightSync({ network: mainnet, currentSlot: CURRENT_SLOT, verifier }, input)).toThrow(
        InvalidBootstrapError,
      )
    })

    test('with bytes behind', () => {
      const longer = Uint8Array.from([...bootstrapBytes(), ...new Uint8Array(64)])
      expect(() => readBootstrap(mainnet, longer)).toThrow('bootstrap: 25695 bytes, expected 25616 to 25648')
    })

    test('of another network', () => {
      const [decoded] = [...decodeUpdateStream(networkByName('sepolia'), firstChunk)]
      expect(decoded).toMatchObject({ kind: 'malformed', error: { fault: 'unknownForkDigest' } })
      expect(decoded?.kind === 'malformed' && decoded.error.message).toContain(
        "update 0 at byte 0: fork digest 0x6a95a1a9 is none of sepolia's",
      )
    })

    test('whose digest is of another fork than the slot', () => {
      const spoiled = firstChunk.slice()
      spoiled.set([0xba, 0x4d, 0xa9, 0x6a], 8)
      expect([...decodeUpdateStream(mainnet, spoiled)]).toMatchObject([{ error: { fault: 'unknownForkDigest' } }])
      spoiled.set([0xbb, 0xa4, 0xda, 0x96], 8)
      const [decoded] = [...decodeUpdateStream(mainnet, spoiled)]
      expect(decoded?.kind).toBe('malformed')
    })

    test('as JSON with something else in it', () => {
      const json = JSON.parse(new TextDecoder().decode(file(`${fulu}/lc_bootstrap.json`))) as Json
      const spoil = (change: (copy: Json) => void) => () => {
        const copy = structuredClone(json)
        change(copy)
        return bootstrapFromJson(mainnet, copy)
      }
      expect(spoil(() => undefined)).not.toThrow()
      expect(spoil((copy) => (copy.version = 'deneb'))).toThrow(
        'bootstrap: its version says deneb, but slot 14017856 is in fulu',
      )
      expect(spoil((copy) => (copy.version = 'heze'))).toThrow('version "heze" is no fork that is supported')
      expect(spoil((copy) => (copy.data.header.beacon['slot'] = '0x10'))).toThrow('header.beacon.slot')
      expect(spoil((copy) => (copy.data.header.beacon['proposer_index'] = '-1'))).toThrow(
        'header.beacon.proposer_index',
      )
      expect(spoil((copy) => (copy.data.header.beacon['proposer_index'] = 7))).toThrow('header.beacon.proposer_index')
      expect(spoil((copy) => (copy.data.header.beacon['state_root'] = `0x${'zz'.repeat(32)}`))).toThrow(
        'header.beacon.state_root',
      )
      expect(spoil((copy) => (copy.data.header.beacon['state_root'] = '0x00'))).toThrow(DecodeError)
      expect(spoil((copy) => delete copy.data.header.beacon['state_root'])).toThrow(DecodeError)
      expect(() => bootstrapFromJson(mainnet, null)).toThrow('expected an object')
      expect(() => updateFromJson(mainnet, 'finalityUpdate', json)).toThrow('attested_header')
      expect(updatesFromJson(mainnet, [json, 5])).toMatchObject([{ kind: 'malformed' }, { kind: 'malformed' }])
    })

    test('as text that is no JSON', () => {
      const text = (content: string) => new TextEncoder().encode(content)
      expect(() => readBootstrap(mainnet, text('{"data": nothing}'))).toThrow(DecodeError)
      expect(readUpdates(mainnet, text('[{"version"'))).toMatchObject([
        { kind: 'malformed', error: { fault: 'malformed' } },
      ])
    })
  })

  /** What an update claims, without what nobody signs: any slot of the same period and fork may stand as signature slot. */
  const claims = ({ signatureSlot: _, ...rest }: LightClientUpdate) => rest

  describe('flipped bytes', () => {
    test('of an update: refused, or it claims the same', () => {
      const [original] = [...decodeUpdateStream(mainnet, firstChunk)]
      if (original?.kind !== 'update') throw original?.error ?? new Error('no update')
      fc.assert(
        fc.property(fc.nat(firstChunk.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
          const spoiled = firstChunk.slice()
          spoiled[at] = (spoiled[at] ?? 0) ^ mask
          const decoded = [...decodeUpdateStream(mainnet, spoiled)]
          for (const { outcome: verdict, index } of sync(decoded).reports) {
            const item = decoded[index]
            if (verdict.kind === 'accepted' && item?.kind === 'update') {
              expect(claims(item.update)).toEqual(claims(original.update))
            } else if (verdict.kind === 'rejected') {
              expect(verdict.error).toSatisfy((e) => e instanceof DecodeError || e instanceof InvalidUpdateError)
            }
          }
        }),
        { numRuns: 150 },
      )
    })

    test('of the parts outside the committee, where every field sits', () => {
      const [original] = [...decodeUpdateStream(mainnet, firstChunk)]
      if (original?.kind !== 'update') throw original?.error ?? new Error('no update')
      const committee = indexOf(firstChunk, original.update.nextSyncCommittee?.committee.pubkeys[0] ?? new Uint8Array())
      const outside = [...firstChunk.keys()].filter((at) => at < committee || at >= committee + 512 * 48)
      fc.assert(
        fc.property(fc.constantFrom(...outside), fc.integer({ min: 1, max: 255 }), (at, mask) => {
          const spoiled = firstChunk.slice()
          spoiled[at] = (spoiled[at] ?? 0) ^ mask
          const decoded = [...decodeUpdateStream(mainnet, spoiled)]
          for (const report of sync(decoded).reports) {
            const item = decoded[report.index]
            if (report.outcome.kind !== 'accepted' || item?.kind !== 'update') continue
            expect(claims(item.update)).toEqual(claims(original.update))
          }
        }),
        { numRuns: 150 },
      )
    })

    test('of a bootstrap: always refused', () => {
      const original = bootstrapBytes()
      fc.assert(
        fc.property(fc.nat(original.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
          const spoiled = original.slice()
          spoiled[at] = (spoiled[at] ?? 0) ^ mask
          let error: unknown
          try {
            const bootstrap = decodeBootstrap(mainnet, 'deneb', spoiled)
            const input = { bootstrap, trustedBlockRoot: trustedRoot, updates: [] }
            lightSync({ network: mainnet, currentSlot: CURRENT_SLOT, verifier }, input)
          } catch (caught) {
            error = caught
          }
          expect(error).toSatisfy((e) => e instanceof DecodeError || e instanceof InvalidBootstrapError)
        }),
        { numRuns: 300 },
      )
    })

    test('of random bytes in any form: no crash, nothing accepted', () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
          for (const decoded of readUpdates(mainnet, bytes)) expect(decoded.kind).toBe('malformed')
          for (const kind of ['finalityUpdate', 'optimisticUpdate'] as const) {
            expect(() => readHeadUpdate(mainnet, kind, bytes)).toThrow(DecodeError)
          }
          expect(() => readBootstrap(mainnet, bytes)).toThrow(DecodeError)
        }),
        { numRuns: 300 },
      )
    })
  })
})

interface Json {
  version: string
  data: { header: { beacon: Record<string, unknown> } }
}

function indexOf(bytes: Uint8Array, part: Uint8Array): number {
  const at = Buffer.from(bytes).indexOf(part)
  if (at === -1) throw new Error('the part is not there')
  return at
}
