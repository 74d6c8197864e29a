import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { bytesToHex } from '@ethereumjs/util'
import { describe, expect, test } from 'vitest'
import { asRoot } from '../../chain/bytes.ts'
import { networkByName } from '../../chain/network.ts'
import { BeaconBlockHeaderType } from '../../consensus/containers/ssz-types.ts'
import { encodeCompactMultiproof } from '../../consensus/multiproof/compact-multiproof.ts'
import type { ProofFormat } from '../../consensus/multiproof/proof-format.ts'
import { describeWithData } from '../../testing/data.ts'
import { fixtureNetwork } from '../../testing/fixture-network.ts'
import { answering, never, testServer, type Handler } from '../http/http-server.fixtures.ts'
import { JSON_TYPE, SSZ_TYPE, genesisJson, headerJson, restOf, routing } from './beacon-node.fixtures.ts'
import { fetchBlockPayload, fetchPayloadEnvelope } from './block-routes.ts'
import { fetchGenesis, fetchHead, fetchHeaderByRoot, fetchHeaderBySlot } from './header-routes.ts'
import { checkNetwork } from './network-check.ts'
import { fetchStateProof } from './state-proof-route.ts'

const network = fixtureNetwork()

const header = {
  slot: 77,
  proposerIndex: 3,
  parentRoot: new Uint8Array(32).fill(1),
  stateRoot: new Uint8Array(32).fill(2),
  bodyRoot: new Uint8Array(32).fill(3),
}
const root = asRoot(BeaconBlockHeaderType.hashTreeRoot(header))

async function serving(path: string, handler: Handler) {
  const server = await testServer(routing({ [path]: handler }))
  return restOf(network, server.url)
}

describe('headers', () => {
  const path = (id: string) => `/eth/v1/beacon/headers/${id}`
  const answer = answering(200, JSON_TYPE, headerJson(header))

  test('come by root and by slot, with what the server says of them', async () => {
    const expected = { header, canonical: true, finalized: true }
    const byRoot = await serving(path(bytesToHex(root)), answer)
    expect(await fetchHeaderByRoot(byRoot, { blockRoot: root }, never)).toMatchObject(expected)
    expect(await fetchHeaderBySlot(await serving(path('77'), answer), { slot: 77 }, never)).toMatchObject(expected)
    expect(await fetchHead(await serving(path('head'), answer), never)).toEqual({ slot: 77, blockRoot: root })
  })

  test('of another root or slot are refused, whatever root is said', async () => {
    const other = asRoot(new Uint8Array(32).fill(9))
    const lie = answering(200, JSON_TYPE, headerJson(header).replace(bytesToHex(root), bytesToHex(other)))
    const byRoot = await serving(path(bytesToHex(other)), lie)
    await expect(fetchHeaderByRoot(byRoot, { blockRoot: other }, never)).rejects.toMatchObject({
      fault: { code: 'malformed' },
      message: expect.stringContaining('not the one asked for') as string,
    })
    const bySlot = await serving(path('78'), answer)
    await expect(fetchHeaderBySlot(bySlot, { slot: 78 }, never)).rejects.toMatchObject({ fault: { code: 'malformed' } })
  })

  test('without a block are absent, and without words about them unknown', async () => {
    const rest = await serving(
      path('5'),
      answering(200, JSON_TYPE, headerJson({ ...header, slot: 5 }).replaceAll('true', 'null')),
    )
    const known = await fetchHeaderBySlot(rest, { slot: 5 }, never)
    expect([known.canonical, known.finalized]).toEqual([undefined, undefined])
    await expect(fetchHeaderBySlot(rest, { slot: 6 }, never)).rejects.toMatchObject({ fault: { code: 'absent' } })
  })

  test.each([
    ['a number for text', (json: string) => json.replace('"77"', '77')],
    ['a root that is short', (json: string) => json.replace('0x0101', '0x01')],
    ['no header', () => '{"data":{}}'],
  ])('with %s are refused', async (_, spoil) => {
    const rest = await serving(path('77'), answering(200, JSON_TYPE, spoil(headerJson(header))))
    await expect(fetchHeaderBySlot(rest, { slot: 77 }, never)).rejects.toMatchObject({ fault: { code: 'malformed' } })
  })
})

describe('the network', () => {
  const path = '/eth/v1/beacon/genesis'

  test('is ours by genesis time and validators root', async () => {
    const rest = await serving(path, answering(200, JSON_TYPE, genesisJson(network)))
    const { genesisTime, genesisValidatorsRoot } = network
    expect(await fetchGenesis(rest, never)).toEqual({ genesisTime, genesisValidatorsRoot })
    expect(await checkNetwork(rest, never)).toEqual({ error: undefined })
  })

  test('is named where it is another', async () => {
    const mainnet = await serving(path, answering(200, JSON_TYPE, genesisJson(networkByName('mainnet'))))
    expect((await checkNetwork(mainnet, never)).error?.message).toMatch(
      /: is of mainnet \(genesis validators root 0x4b363db9\w+, genesis time 1606824023\), expected fixture \(genesis validators root 0x4242\w+, genesis time 0\)$/,
    )
    const later = await serving(path, answering(200, JSON_TYPE, genesisJson({ ...network, genesisTime: 5 })))
    expect((await checkNetwork(later, never)).error?.message).toContain('is of a network that is not built in')
  })

  test('is taken for ours where the server has no such route', async () => {
    expect(await checkNetwork(await serving('/', answering(200, JSON_TYPE, '{}')), never)).toEqual({ error: undefined })
  })
})

describe('state proofs', () => {
  const stateRoot = asRoot(new Uint8Array(32).fill(4))
  const format: ProofFormat = ['value', ['value', 'value']]
  const values = [1, 2, 3].map((byte) => new Uint8Array(32).fill(byte))
  const path = `/eth/v0/beacon/proof/state/${bytesToHex(stateRoot)}`

  test('come in the shape that was asked for', async () => {
    const server = await testServer(
      routing({ [path]: answering(200, SSZ_TYPE, encodeCompactMultiproof({ format, values })) }),
    )
    const proof = await fetchStateProof(restOf(network, server.url), { stateRoot, format }, never)
    expect(proof).toEqual({ format, values })
    expect(server.requests).toEqual([`GET ${path}?format=0x58`])
  })

  test.each<[what: string, handler: Handler]>([
    [
      'another shape',
      answering(200, SSZ_TYPE, encodeCompactMultiproof({ format: ['value', 'value'], values: values.slice(1) })),
    ],
    ['JSON', answering(200, JSON_TYPE, '{}')],
    ['bytes of nothing', answering(200, SSZ_TYPE, 'x')],
  ])('that are %s are refused', async (_, handler) => {
    const rest = await serving(path, handler)
    await expect(fetchStateProof(rest, { stateRoot, format }, never)).rejects.toMatchObject({
      fault: { code: 'malformed' },
    })
  })
})

describeWithData('recorded blocks', (data) => {
  const mainnet = networkByName('mainnet')
  const blockRoot = asRoot(new Uint8Array(32).fill(5))

  test('come with what they carry', async () => {
    const body = readFileSync(join(data, 'lightclient/mainnet-capella-862-867-helios/blocks/7109344.json'))
    const path = `/eth/v2/beacon/blocks/${bytesToHex(blockRoot)}`
    const server = await testServer(routing({ [path]: answering(200, JSON_TYPE, new Uint8Array(body)) }))
    const rest = restOf(mainnet, server.url)
    expect(await fetchBlockPayload(rest, { blockRoot }, never)).toMatchObject({ slot: 7_109_344 })
    await expect(fetchPayloadEnvelope(rest, { blockRoot }, never)).rejects.toMatchObject({ fault: { code: 'absent' } })
  })
})
