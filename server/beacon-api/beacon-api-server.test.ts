/** The beacon API server over HTTP: what it serves, in which form, and what it refuses. */
import { bytesToHex } from '@ethereumjs/util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodeBlockPayload } from '../../src/consensus/containers/block-payload.ts'
import { decodeBootstrap, decodeUpdateStream } from '../../src/consensus/containers/decode.ts'
import { bootstrapFromJson, updateFromJson, updatesFromJson } from '../../src/consensus/containers/decode-json.ts'
import { decodePayloadEnvelope } from '../../src/consensus/containers/payload-envelope.ts'
import { encodeDescriptor } from '../../src/consensus/multiproof/compact-descriptor.ts'
import { decodeCompactMultiproof } from '../../src/consensus/multiproof/compact-multiproof.ts'
import { lightClientStateGindices, provenLightClientState } from '../../src/consensus/multiproof/light-client-state.ts'
import { readMultiproof } from '../../src/consensus/multiproof/multiproof.ts'
import { formatOfGindices } from '../../src/consensus/multiproof/proof-format.ts'
import { asRoot } from '../../src/chain/bytes.ts'
import { startBeaconApi } from './beacon-api-server.ts'
import type { TestDevnet } from './beacon-api.fixtures.ts'
import { START, testDevnet } from './beacon-api.fixtures.ts'
import { recordedSource } from './recorded-source.ts'

const LIGHT_CLIENT = '/eth/v1/beacon/light_client'

let devnet: TestDevnet

beforeAll(async () => {
  devnet = await testDevnet()
})
afterAll(() => devnet.close())

describe('light-client objects', () => {
  test('are the same in both forms', async () => {
    const { network, checkpoint, chain, source } = devnet
    const path = `${LIGHT_CLIENT}/bootstrap/${bytesToHex(checkpoint.root)}`
    expect(bootstrapFromJson(network, await devnet.client.json(path))).toEqual(chain.bootstrap(checkpoint))
    expect(decodeBootstrap(network, 'fulu', await devnet.client.ssz(path))).toEqual(chain.bootstrap(checkpoint))
    const update = await source.finalityUpdate()
    expect(
      updateFromJson(network, 'finalityUpdate', await devnet.client.json(`${LIGHT_CLIENT}/finality_update`)),
    ).toEqual({
      ...update,
      nextSyncCommittee: undefined,
    })
    const updates = `${LIGHT_CLIENT}/updates?start_period=0&count=2`
    expect(updatesFromJson(network, await (await devnet.client.get(updates)).json())).toEqual([
      ...decodeUpdateStream(network, await devnet.client.ssz(updates)),
    ])
  })

  test('updates come from the earliest period that there is, at most 128, and none for the future', async () => {
    const counts = await Promise.all(
      ['start_period=0&count=1000', 'start_period=1&count=1', 'start_period=9&count=9'].map(async (query) => {
        const list = (await (await devnet.client.get(`${LIGHT_CLIENT}/updates?${query}`)).json()) as unknown[]
        return list.length
      }),
    )
    expect(counts).toEqual([2, 1, 0])
  })

  test('a bootstrap is there for finalized checkpoints only', async () => {
    const { chain } = devnet
    const status = async (root: Uint8Array) =>
      await devnet.client.status(`${LIGHT_CLIENT}/bootstrap/${bytesToHex(root)}`)
    const checkpoint = chain.head.finalized!
    expect(await status(checkpoint.root)).toBe(200)
    expect(await status(checkpoint.parent!.root)).toBe(404)
    expect(await status(chain.head.root)).toBe(404)
    expect(await status(new Uint8Array(32))).toBe(404)
  })

  test('what was recorded is served like what is made', async () => {
    const { network, checkpoint, chain } = devnet
    const recorded = {
      bootstraps: [chain.bootstrap(checkpoint)],
      updates: [chain.bestUpdate(0)!, chain.bestUpdate(1)!],
      finalityUpdate: chain.update(chain.head),
    }
    const server = await devnet.addServer(recordedSource(network, recorded))
    const of = async (path: string) => (await fetch(`${server.url}${path}`)).json() as Promise<unknown>
    expect(await of(`${LIGHT_CLIENT}/updates?start_period=0&count=9`)).toEqual(
      await (await devnet.client.get(`${LIGHT_CLIENT}/updates?start_period=0&count=9`)).json(),
    )
    const path = `${LIGHT_CLIENT}/bootstrap/${bytesToHex(checkpoint.root)}`
    expect(await of(path)).toEqual(await devnet.client.json(path))
    expect(await of('/eth/v1/beacon/states/head/finality_checkpoints')).toMatchObject({ code: 404 })
  })
})

describe('blocks and states', () => {
  test('headers by name, slot and root', async () => {
    const { chain } = devnet
    const { finalized, slot, root } = chain.head
    const roots = ['head', 'finalized', String(slot), bytesToHex(root), String(finalized?.slot)].map(
      async (id) => (await devnet.client.data(`/eth/v1/beacon/headers/${id}`))['root'],
    )
    const [head, final] = [bytesToHex(root), bytesToHex(finalized!.root)]
    expect(await Promise.all(roots)).toEqual([head, final, head, head, final])
    expect((await devnet.client.json('/eth/v1/beacon/headers/finalized'))['finalized']).toBe(true)
    expect(await devnet.client.status(`/eth/v1/beacon/headers/${slot + 1}`)).toBe(404)
  })

  test('an orphan is there by its root, and not canonical', async () => {
    const devnet = await testDevnet({ chain: { orphans: [{ fromSlot: 120, length: 2, signers: 'all' }] } })
    const orphan = devnet.chain.headAt(121)
    expect(orphan.kind).toBe('orphan')
    expect(await devnet.client.data(`/eth/v1/beacon/headers/${bytesToHex(orphan.root)}`)).toMatchObject({
      canonical: false,
    })
    expect(await devnet.client.status('/eth/v1/beacon/headers/121')).toBe(404)
    await devnet.close()
  })

  test('payloads come in blocks, from Gloas on in envelopes, unless they were withheld', async () => {
    const devnet = await testDevnet({ forks: { fulu: 0, gloas: 14 }, chain: { withheld: 0.3 } })
    const { network, chain } = devnet
    for (const block of [chain.blockAt(111), ...chain.blocks.filter(({ slot }) => slot >= 112)]) {
      const id = bytesToHex(block.root)
      const [inBlock, envelope] = [
        `/eth/v2/beacon/blocks/${id}`,
        `/eth/v1/beacon/execution_payload_envelopes/${id}`,
      ] as const
      const expected = block.execution.payload?.carried
      const isGloas = block.slot >= 112
      const there = isGloas ? envelope : inBlock
      // A block of Gloas is served too; it holds a promise of the payload.
      expect(await devnet.client.status(isGloas ? inBlock : envelope)).toBe(isGloas ? 200 : 404)
      if (!block.execution.isRevealed) {
        expect(await devnet.client.status(there)).toBe(404)
        continue
      }
      const ssz = await devnet.client.ssz(there)
      expect(isGloas ? decodePayloadEnvelope(network, ssz) : decodeBlockPayload(network, ssz)).toEqual(expected)
    }
    expect(chain.blocks.some(({ execution }) => !execution.isRevealed)).toBe(true)
    await devnet.close()
  })

  test('finality checkpoints and proofs of a state', async () => {
    const { chain, network } = devnet
    const { finalized, state, slot } = chain.head
    expect(await devnet.client.data('/eth/v1/beacon/states/head/finality_checkpoints')).toMatchObject({
      finalized: { epoch: String(chain.head.finalizedEpoch), root: bytesToHex(finalized!.root) },
    })
    const format = bytesToHex(encodeDescriptor(formatOfGindices(lightClientStateGindices(network, slot))))
    const root = asRoot(state.root)
    const path = `/eth/v0/beacon/proof/state/${bytesToHex(root)}?format=${format}`
    const proof = readMultiproof(decodeCompactMultiproof(await devnet.client.ssz(path)), root)
    expect(provenLightClientState(network, { slot, root }, proof).finalizedRoot).toEqual(finalized?.root)
    expect(await devnet.client.status('/eth/v0/beacon/proof/state/head?format=0x00')).toBe(400)
    expect(await devnet.client.status('/eth/v0/beacon/proof/state/head')).toBe(400)
  })

  test('what the network is, and how far the node has come', async () => {
    const { network, chain } = devnet
    expect(await devnet.client.data('/eth/v1/beacon/genesis')).toMatchObject({
      genesis_time: String(network.genesisTime),
    })
    expect(await devnet.client.data('/eth/v1/config/spec')).toMatchObject({
      SLOTS_PER_EPOCH: '8',
      DENEB_FORK_EPOCH: '0',
      FULU_FORK_EPOCH: '0',
      GLOAS_FORK_EPOCH: '18446744073709551615',
    })
    expect(await devnet.client.data('/eth/v1/config/fork_schedule')).toHaveLength(network.forks.length)
    expect(await devnet.client.data('/eth/v1/node/syncing')).toMatchObject({
      head_slot: String(chain.head.slot),
      is_syncing: false,
    })
    expect(await devnet.client.data('/eth/v1/node/version')).toHaveProperty('version')
  })

  test('checkpointz, where it is one', async () => {
    const { finalized } = devnet.chain.head
    expect(await devnet.client.status('/checkpointz/v1/status')).toBe(404)
    const server = await startBeaconApi({ source: devnet.source, checkpointz: 'served' })
    const status = (await (await fetch(`${server.url}/checkpointz/v1/status`)).json()) as object
    expect(status).toMatchObject({ data: { finality: { finalized: { root: bytesToHex(finalized!.root) } } } })
    const listed = (await (await fetch(`${server.url}/checkpointz/v1/beacon/slots`)).json()) as object
    expect(listed).toHaveProperty(['data', 'slots', 0, 'block_root'], bytesToHex(finalized!.root))
    expect(listed).toHaveProperty(['data', 'slots', 1, 'epoch'], String(devnet.chain.head.finalizedEpoch - 1))
    await server.close()
  })
})

describe('forms and errors', () => {
  test.each([
    [undefined, 'application/json'],
    ['*/*', 'application/json'],
    ['application/octet-stream', 'application/octet-stream'],
    ['application/octet-stream;q=1.0,application/json;q=0.9', 'application/octet-stream'],
    ['application/octet-stream;q=0.5, application/json', 'application/json'],
    ['application/*;q=0.3, application/json;q=0', 'application/octet-stream'],
  ])('Accept %s: %s', async (accept, type) => {
    const response = await devnet.client.get(`${LIGHT_CLIENT}/finality_update`, accept)
    expect([response.headers.get('content-type'), response.headers.get('eth-consensus-version')]).toEqual([
      type,
      'fulu',
    ])
    await response.arrayBuffer()
  })

  test.each([
    ['text/html', `${LIGHT_CLIENT}/finality_update`, 406],
    ['application/octet-stream', '/eth/v1/beacon/genesis', 406],
    ['application/json', '/eth/v1/nowhere', 404],
    ['application/json', `${LIGHT_CLIENT}/bootstrap/0x12`, 400],
    ['application/json', `${LIGHT_CLIENT}/updates?start_period=-1&count=1`, 400],
    ['application/json', `${LIGHT_CLIENT}/updates?start_period=1`, 400],
    ['application/json', `${LIGHT_CLIENT}/updates?start_period=1&count=0`, 400],
    ['application/json', '/eth/v1/beacon/headers/99999999999999999999', 400],
    ['application/json', '/eth/v1/events?topics=head,nonsense', 400],
    ['application/json', '/eth/v1/events', 400],
  ])('%s %s: %i, said as JSON', async (accept, path, status) => {
    const response = await devnet.client.get(path, accept)
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({ code: status, message: expect.any(String) as string })
  })

  test('an address that is too long', async () => {
    expect(await devnet.client.status(`/eth/v1/beacon/headers/${'9'.repeat(9_000)}`)).toBe(414)
  })

  test('other methods are refused, and preflights answered', async () => {
    const posted = await devnet.client.get('/eth/v1/beacon/genesis', undefined, { method: 'POST', body: 'x' })
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS'])
    const preflight = await devnet.client.get('/eth/v1/beacon/genesis', undefined, { method: 'OPTIONS' })
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([204, '*'])
    expect(preflight.headers.get('access-control-expose-headers')).toContain('Eth-Consensus-Version')
    const head = await devnet.client.get('/eth/v1/beacon/genesis', undefined, { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
  })

  test('the date is that of the clock', async () => {
    expect((await devnet.client.get('/eth/v1/beacon/genesis')).headers.get('date')).toBe(new Date(START).toUTCString())
  })

  test('requests are counted by route', async () => {
    const before = devnet.server.requests.get('nodeVersion') ?? 0
    await devnet.client.get('/eth/v1/node/version')
    await devnet.client.get('/eth/v1/node/version')
    expect(devnet.server.requests.get('nodeVersion')).toBe(before + 2)
  })
})
