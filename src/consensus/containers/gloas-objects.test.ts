/** Objects of Gloas on the wire: SSZ, alone and in a stream, and JSON; both presets. */
import { bytesToHex } from '@ethereumjs/util'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import type { PresetName } from '../../chain/beacon-preset.ts'
import type { Network } from '../../chain/network.ts'
import { fixtureNetwork } from '../../testing/fixture-network.ts'
import { LightClientFixture } from '../../testing/light-client-fixture.ts'
import { decodeBootstrap, decodeUpdate, forkOfBareSsz } from './decode.ts'
import { DecodeError } from './decode-error.ts'
import { bootstrapFromJson, updateFromJson } from './decode-json.ts'
import { encodeBootstrap, EncodeError, encodeUpdate } from './encode.ts'
import type { LightClientBootstrap, LightClientUpdate } from './light-client-objects.ts'
import { recognizeFile } from './recognize-file.ts'
import { lightClientTypes } from './ssz-types.ts'

const FORKS = { electra: 0, fulu: 1, gloas: 2 }

describe.each([
  ['mainnet', [25_472, 26_424, 1_448, 664]],
  ['minimal', [2_432, 3_324, 1_388, 604]],
] as [PresetName, number[]][])('preset %s', (preset, sizes) => {
  const network = fixtureNetwork(FORKS, preset)
  const gloas = FORKS.gloas * network.preset.slotsPerEpoch
  const { messages } = lightClientTypes(network.preset)
  let bootstrap: LightClientBootstrap
  let update: LightClientUpdate
  let fuluUpdate: LightClientUpdate
  beforeAll(async () => {
    const fixture = await LightClientFixture.load(network)
    bootstrap = fixture.bootstrap(gloas + 3).bootstrap
    update = fixture.update({ attestedSlot: gloas + 5, finalizedSlot: gloas })
    fuluUpdate = fixture.update({ attestedSlot: gloas - 1, finalizedSlot: 3 })
  })

  const without = (...parts: ('nextSyncCommittee' | 'finality')[]): LightClientUpdate => ({
    ...update,
    ...Object.fromEntries(parts.map((part) => [part, undefined])),
  })

  test('every message of Gloas: its size, the same object again, known by its size alone', () => {
    const { ssz } = encodeBootstrap(network, bootstrap)
    expect(forkOfBareSsz(network, 'bootstrap', ssz)).toBe('gloas')
    expect(decodeBootstrap(network, 'gloas', ssz)).toEqual(bootstrap)
    expect(recognizeFile(network, ssz)).toEqual({ kind: 'bootstrap', bootstrap })
    const came = [ssz.length]
    for (const [kind, expected] of [
      ['update', update],
      ['finalityUpdate', without('nextSyncCommittee')],
      ['optimisticUpdate', without('nextSyncCommittee', 'finality')],
    ] as const) {
      const encoded = encodeUpdate(network, update, kind).ssz
      came.push(encoded.length)
      expect(forkOfBareSsz(network, kind, encoded)).toBe('gloas')
      expect(decodeUpdate(network, kind, 'gloas', encoded)).toEqual(expected)
      if (kind !== 'update') expect(recognizeFile(network, encoded)).toEqual({ kind, update: expected })
    }
    expect(came).toEqual(sizes)
  })

  test('messages without parts that they could have', () => {
    for (const parts of [['finality'], ['nextSyncCommittee'], ['finality', 'nextSyncCommittee']] as const) {
      const { ssz } = encodeUpdate(network, without(...parts))
      expect(decodeUpdate(network, 'update', 'gloas', ssz)).toEqual(without(...parts))
    }
  })

  test('as JSON, with the hash in place of the execution header', () => {
    const { finalityUpdate } = messages.gloas
    const data = finalityUpdate.toJson(finalityUpdate.deserialize(encodeUpdate(network, update, 'finalityUpdate').ssz))
    const { attested_header: header } = data as { attested_header: Record<string, unknown> }
    if (update.attestedHeader.execution?.kind !== 'blockHash') throw new Error('no block hash')
    expect(Object.keys(header)).toEqual(['beacon', 'execution_block_hash', 'execution_branch'])
    expect(header['execution_block_hash']).toBe(bytesToHex(update.attestedHeader.execution.blockHash))
    const expected = without('nextSyncCommittee')
    expect(updateFromJson(network, 'finalityUpdate', { version: 'gloas', data })).toEqual(expected)
    expect(updateFromJson(network, 'finalityUpdate', data)).toEqual(expected)
    expect(() => updateFromJson(network, 'finalityUpdate', { version: 'fulu', data })).toThrow('version says fulu')
    const short = { ...header, execution_block_hash: '0x1234' }
    expect(() => updateFromJson(network, 'finalityUpdate', { ...(data as object), attested_header: short })).toThrow(
      DecodeError,
    )
    const json = messages.gloas.bootstrap.toJson(
      messages.gloas.bootstrap.deserialize(encodeBootstrap(network, bootstrap).ssz),
    )
    expect(bootstrapFromJson(network, { version: 'gloas', data: json })).toEqual(bootstrap)
  })

  test('an object of Fulu keeps its execution headers', () => {
    const { ssz } = encodeUpdate(network, fuluUpdate)
    expect(forkOfBareSsz(network, 'update', ssz)).toBe('fulu')
    expect(decodeUpdate(network, 'update', 'fulu', ssz)).toEqual(fuluUpdate)
  })

  test('an older header by its hash alone goes into no container of its own fork', () => {
    if (update.finality === undefined || fuluUpdate.finality === undefined) throw new Error('nothing finalized')
    const { branch } = update.finality
    const mixed = { ...update, finality: { header: fuluUpdate.finality.header, branch } }
    const { ssz } = encodeUpdate(network, mixed, 'finalityUpdate')
    const { finality } = decodeUpdate(network, 'finalityUpdate', 'gloas', ssz)
    expect(finality?.header.execution?.kind).toBe('blockHash')
    const lacking = { ...fuluUpdate, finality: finality && { ...fuluUpdate.finality, header: finality.header } }
    expect(() => encodeUpdate(network, lacking)).toThrow(EncodeError)
    expect(() => encodeUpdate(network, lacking)).toThrow('the header of slot 3 is known by its block hash only')
    // An optimistic update leaves the finalized header out, but nobody cuts one from an update that cannot be.
    expect(() => encodeUpdate(network, lacking, 'optimisticUpdate')).toThrow(EncodeError)
  })

  test('a branch that has not the length of its container', () => {
    expect(() => encodeUpdate(network, { ...update, finality: fuluUpdate.finality })).toThrow(
      `the finality branch of slot ${gloas + 5} has 7 nodes, a container of gloas 9`,
    )
  })

  test('cut, longer, or of another fork’s container: refused by name', () => {
    const { ssz } = encodeUpdate(network, update, 'finalityUpdate')
    const longer = Uint8Array.from([...ssz, 0])
    expect(faultOf(network, ssz.subarray(0, -1))).toBe('truncated')
    expect(faultOf(network, longer)).toBe('trailingBytes')
    expect(faultOf(network, encodeUpdate(network, fuluUpdate, 'finalityUpdate').ssz)).toBe('trailingBytes')
    expect(recognizeFile(network, ssz.subarray(0, -1)).kind).toBe('unknown')
  })

  test('any bytes: a DecodeError, or an object that encodes to them again', () => {
    const { ssz } = encodeUpdate(network, update, 'optimisticUpdate')
    fc.assert(
      fc.property(fc.nat(ssz.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const bytes = ssz.slice()
        bytes[at] = (bytes[at] ?? 0) ^ mask
        let decoded: LightClientUpdate
        try {
          decoded = decodeUpdate(network, 'optimisticUpdate', forkOfBareSsz(network, 'optimisticUpdate', bytes), bytes)
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError)
          return
        }
        expect(encodeUpdate(network, decoded, 'optimisticUpdate').ssz).toEqual(bytes)
      }),
      { numRuns: 200 },
    )
  })
})

function faultOf(network: Network, bytes: Uint8Array): string {
  try {
    decodeUpdate(network, 'finalityUpdate', 'gloas', bytes)
    return 'none'
  } catch (error) {
    if (error instanceof DecodeError) return error.fault
    throw error
  }
}
