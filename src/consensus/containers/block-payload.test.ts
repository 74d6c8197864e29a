import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { bytesToHex } from '@ethereumjs/util'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Keccak } from '../../chain/bytes.ts'
import { asHash, asRoot } from '../../chain/bytes.ts'
import { loadKeccak } from '../../chain/keccak.ts'
import type { ForkName } from '../../chain/network.ts'
import { networkByName } from '../../chain/network.ts'
import { PayloadHashError, provePayload } from '../../execution/block/payload-header.ts'
import { describeWithData } from '../../testing/data.ts'
import { fixtureNetwork } from '../../testing/fixture-network.ts'
import { madeUpPayload } from '../../testing/made-up-payload.ts'
import { blockPayloadFromJson, blockPayloadToJson, decodeBlockPayload, encodeBlockPayload } from './block-payload.ts'
import { DecodeError } from './decode-error.ts'
import { EncodeError } from './encode.ts'
import type { CarriedPayload } from './execution-payload.ts'
import {
  decodePayloadEnvelope,
  encodePayloadEnvelope,
  payloadEnvelopeFromJson,
  payloadEnvelopeToJson,
} from './payload-envelope.ts'

let keccak: Keccak
beforeAll(async () => {
  keccak = await loadKeccak()
})

const FORKS = ['capella', 'deneb', 'electra', 'fulu', 'gloas'] as const
type CarryingFork = (typeof FORKS)[number]

const SLOT = 77
const root = asRoot(new Uint8Array(32).fill(3))

const networkOf = (fork: ForkName) => fixtureNetwork({ [fork]: 0 })

/** A deposit, a withdrawal, two consolidations. */
const REQUESTS = [
  [0, 192],
  [1, 76],
  [2, 2 * 116],
].map(([type = 0, length = 0]) => Uint8Array.of(type, ...new Uint8Array(length).fill(type + 1)))

const BUILDER_REQUESTS = [
  [3, 184],
  [4, 68],
].map(([type = 0, length = 0]) => Uint8Array.of(type, ...new Uint8Array(length).fill(type + 1)))

function payloadOf(fork: CarryingFork, more: Partial<Parameters<typeof madeUpPayload>[0]> = {}): CarriedPayload {
  const executionRequests = fork === 'gloas' ? [...REQUESTS, ...BUILDER_REQUESTS] : REQUESTS
  const parentHash = asHash(new Uint8Array(32).fill(4))
  const options = { seed: fork, slot: SLOT, parentBeaconBlockRoot: root, parentHash, executionRequests }
  return madeUpPayload({ network: networkOf(fork), ...options, ...more }, keccak)
}

/** Bytes and JSON of a payload in what its fork carries it in. */
function carriers(fork: CarryingFork) {
  const network = networkOf(fork)
  const frame = { beaconBlockRoot: new Uint8Array(32).fill(5), builderIndex: 8 }
  return fork === 'gloas'
    ? {
        encode: (carried: CarriedPayload) => encodePayloadEnvelope(network, carried, frame),
        decode: (bytes: Uint8Array) => decodePayloadEnvelope(network, bytes),
        toJson: (carried: CarriedPayload) => payloadEnvelopeToJson(network, carried, frame),
        fromJson: (json: unknown) => payloadEnvelopeFromJson(network, json),
      }
    : {
        encode: (carried: CarriedPayload) => encodeBlockPayload(network, carried),
        decode: (bytes: Uint8Array) => decodeBlockPayload(network, bytes),
        toJson: (carried: CarriedPayload) => blockPayloadToJson(network, carried),
        fromJson: (json: unknown) => blockPayloadFromJson(network, json),
      }
}

/** What `decode` did: nothing else than a payload or a {@link DecodeError}. */
function outcomeOf(decode: () => CarriedPayload): CarriedPayload | DecodeError {
  try {
    return decode()
  } catch (error) {
    if (error instanceof DecodeError) return error
    throw error
  }
}

describe.each(FORKS)('%s', (fork) => {
  test('a payload comes back from SSZ and JSON as it was, and has its hash', () => {
    const carried = payloadOf(fork)
    const { encode, decode, toJson, fromJson } = carriers(fork)
    expect(decode(encode(carried))).toEqual(carried)
    expect(fromJson(toJson(carried))).toEqual(carried)
    expect(fromJson((toJson(carried) as { data: unknown }).data)).toEqual(carried)
    expect(provePayload(decode(encode(carried)), keccak).number).toBe(SLOT)
  })

  test('any transactions come back as they were', () => {
    const { encode, decode, toJson, fromJson } = carriers(fork)
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 40 }), (transactions) => {
        const carried = payloadOf(fork, { transactions })
        expect(decode(encode(carried))).toEqual(carried)
        expect(fromJson(toJson(carried))).toEqual(carried)
      }),
      { numRuns: 30 },
    )
  })

  test('a flipped bit gives a named error or another hash, or is in a part that is not the payload', () => {
    const carried = payloadOf(fork)
    const { encode, decode } = carriers(fork)
    const bytes = encode(carried)
    const flip = fc.tuple(fc.nat(bytes.length - 1), fc.nat(7))
    fc.assert(
      fc.property(flip, ([at, bit]) => {
        const spoiled = bytes.slice()
        spoiled[at] = (spoiled[at] ?? 0) ^ (1 << bit)
        const outcome = outcomeOf(() => decode(spoiled))
        if (outcome instanceof DecodeError || !provenPayload(outcome)) return
        // Before Deneb the slot and the root of the block around the payload are not under its hash.
        const around = fork === 'capella' ? { slot: SLOT, parentBeaconBlockRoot: root } : { slot: SLOT }
        expect({ ...outcome, ...around }).toEqual(carried)
      }),
      { numRuns: 300 },
    )
  })

  test('cut or prolonged bytes are refused', () => {
    const { encode, decode } = carriers(fork)
    const bytes = encode(payloadOf(fork))
    for (const length of [0, 1, 99, 100, 107, 108, 150, bytes.length - 1]) {
      expect(() => decode(bytes.subarray(0, length)), `${length} bytes`).toThrow(DecodeError)
    }
    // Up to Deneb the last list of a body is one that is not read.
    const longer = outcomeOf(() => decode(Uint8Array.of(...bytes, 0)))
    if (fork === 'capella' || fork === 'deneb') expect(longer).toEqual(payloadOf(fork))
    else expect(longer).toBeInstanceOf(DecodeError)
  })

  test('random bytes give named errors only', () => {
    const { decode } = carriers(fork)
    fc.assert(fc.property(fc.uint8Array({ maxLength: 1500 }), (bytes) => void outcomeOf(() => decode(bytes))))
  })
})

/** Whether the payload hashes to what it says; nothing but a {@link PayloadHashError} may say no. */
function provenPayload(carried: CarriedPayload): boolean {
  try {
    provePayload(carried, keccak)
    return true
  } catch (error) {
    if (error instanceof PayloadHashError) return false
    throw error
  }
}

test('a body has the place of its offsets where the specification puts it, and nowhere else', () => {
  const bytes = encodeBlockPayload(networkOf('electra'), payloadOf('electra'))
  const view = new DataView(bytes.buffer)
  const body = 100 + 84
  // Eight variable fields follow five, 160 bytes of sync aggregate (100 with the minimal preset) between them.
  const offsets = [0, 4, 8, 12, 16, 120, 124, 128, 132].map((at) => view.getUint32(body + 200 + at, true))
  expect(offsets.slice(0, 6)).toEqual(Array.from({ length: 6 }, () => 336))
  const spoiled = bytes.slice()
  new DataView(spoiled.buffer).setUint32(body + 200, 337, true)
  expect(() => decodeBlockPayload(networkOf('electra'), spoiled)).toThrow(/first offset is 337, expected 336/)
})

test('a block of another fork than its slot is refused', () => {
  const bytes = encodeBlockPayload(networkOf('deneb'), payloadOf('deneb'))
  expect(() => decodeBlockPayload(networkOf('electra'), bytes)).toThrow(DecodeError)
  expect(() => decodeBlockPayload(networkOf('gloas'), bytes)).toThrow(/comes in an envelope/)
  expect(() => decodeBlockPayload(networkOf('bellatrix'), bytes)).toThrow(/before Capella/)
  const json = { ...(blockPayloadToJson(networkOf('deneb'), payloadOf('deneb')) as object), version: 'electra' }
  expect(() => blockPayloadFromJson(networkOf('deneb'), json)).toThrow(/its version says electra/)
  const envelope = encodePayloadEnvelope(networkOf('gloas'), payloadOf('gloas'), { beaconBlockRoot: root })
  expect(() => decodePayloadEnvelope(networkOf('fulu'), envelope)).toThrow(/has no envelopes/)
})

test.each([
  ['a number as a number', 'gas_used', 21000],
  ['a number that is none', 'gas_used', '21,000'],
  ['a number past its type', 'gas_used', `${2n ** 64n}`],
  ['a number past 2^53', 'gas_used', `${2n ** 53n}`],
  ['a number as hex', 'gas_used', '0x10'],
  ['bytes without 0x', 'state_root', 'aa'.repeat(32)],
  ['bytes that are no hex', 'state_root', `0x${'zz'.repeat(32)}`],
  ['too few bytes', 'state_root', `0x${'aa'.repeat(31)}`],
  ['half a byte', 'state_root', `0x${'a'.repeat(63)}`],
  ['too much extra data', 'extra_data', `0x${'aa'.repeat(33)}`],
  ['no list', 'transactions', '0x'],
  ['null', 'withdrawals', null],
  ['nothing', 'block_hash', undefined],
])('%s is refused and named', (_, field, value) => {
  const json = blockPayloadToJson(networkOf('deneb'), payloadOf('deneb')) as {
    data: { message: { body: { execution_payload: Record<string, unknown> } } }
  }
  json.data.message.body.execution_payload[field] = value
  expect(() => blockPayloadFromJson(networkOf('deneb'), json)).toThrow(`execution_payload.${field}`)
})

test('a part that the fork does not have, or lacks, cannot be encoded', () => {
  const carried = payloadOf('electra')
  const without = { ...carried, executionRequests: undefined }
  expect(() => encodeBlockPayload(networkOf('electra'), without)).toThrow(EncodeError)
  expect(() => encodeBlockPayload(networkOf('deneb'), carried)).toThrow(/executionRequests is given/)
  expect(() => encodeBlockPayload(networkOf('gloas'), payloadOf('gloas'))).toThrow(/encode an envelope/)
  const unknown = { ...carried, executionRequests: [Uint8Array.of(9, 1)] }
  expect(() => encodeBlockPayload(networkOf('electra'), unknown)).toThrow(/type 9/)
  const half = { ...carried, executionRequests: [Uint8Array.of(0, 1)] }
  expect(() => encodeBlockPayload(networkOf('electra'), half)).toThrow(/multiple of 192/)
})

test('an empty transaction proves nothing', () => {
  const carried = payloadOf('deneb')
  const { payload } = carried
  const longer = { ...carried, payload: { ...payload, transactions: [...payload.transactions, new Uint8Array()] } }
  expect(() => provePayload(longer, keccak)).toThrow(PayloadHashError)
})

describeWithData('real blocks of mainnet', (data) => {
  const folder = join(data, 'lightclient/mainnet-capella-862-867-helios/blocks')
  test.each(readdirSync(folder))('%s has the hash it says, in JSON and SSZ', (file) => {
    const network = networkByName('mainnet')
    const carried = blockPayloadFromJson(network, JSON.parse(readFileSync(join(folder, file), 'utf8')))
    expect(bytesToHex(provePayload(carried, keccak).hash)).toBe(bytesToHex(carried.payload.blockHash))
    expect(decodeBlockPayload(network, encodeBlockPayload(network, carried))).toEqual(carried)
  })
})
