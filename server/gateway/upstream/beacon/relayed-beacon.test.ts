/** Beacon nodes behind the gateway: the same as at their source, their failures named and never taken for absences. */
import { bytesToHex } from '@ethereumjs/util'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { asRoot } from '../../../../src/chain/bytes.ts'
import {
  decodePayloadEnvelope,
  encodePayloadEnvelope,
  payloadEnvelopeToJson,
} from '../../../../src/consensus/containers/payload-envelope.ts'
import { loadWasmCrypto, type WasmCrypto } from '../../../../src/execution/crypto/wasm-crypto.ts'
import { platformTransport } from '../../../../src/network/http/transport.ts'
import { ApiClient, SLOT, testDevnet, type TestDevnet } from '../../../beacon-api/beacon-api.fixtures.ts'
import type { BlockBody } from '../../../beacon-api/block-body.ts'
import { startBeaconApi } from '../../../beacon-api/beacon-api-server.ts'
import type { BeaconSource, RelayedItem, SourceBlock } from '../../../beacon-api/beacon-source.ts'
import { encodeSignedBlock, signedBlockToJson } from '../../../beacon-api/signed-block.ts'
import { follow } from '../../../devnet/follow-source.fixtures.ts'
import { signedBlockType } from '../../../devnet/light-client/beacon-block-types.fixtures.ts'
import { UnavailableError } from '../../../execution/execution-source.ts'
import type { Fault } from '../../../faults/faults.ts'
import { RelayedBeacon } from './relayed-beacon.ts'

let crypto: WasmCrypto
beforeAll(async () => {
  crypto = await loadWasmCrypto()
})

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

async function node(options: Parameters<typeof testDevnet>[0] = {}): Promise<TestDevnet> {
  const made = await testDevnet(options)
  closers.push(() => made.close())
  return made
}

async function relay({ network, clock, url }: TestDevnet, urls: readonly string[] = [url]): Promise<RelayedBeacon> {
  const transport = platformTransport(clock)
  const source = await RelayedBeacon.open({ network, urls, transport, clock, keccak: crypto.keccak })
  closers.push(() => source.close())
  return source
}

async function served(source: BeaconSource, { clock }: TestDevnet): Promise<ApiClient> {
  const server = await startBeaconApi({ source, clock })
  closers.push(() => server.close())
  return new ApiClient(server.url)
}

const LIGHT_CLIENT = '/eth/v1/beacon/light_client'

describe('through the relay', () => {
  test.each([
    ['Fulu', { fulu: 0 }],
    ['the fork to Gloas', { fulu: 0, gloas: 12 }],
  ])('a light client follows, %s', async (_, forks) => {
    const upstream = await node({ forks })
    const { checkpoint, chain, network } = upstream
    const { optimisticHeader, finalizedHeader } = await follow(network, await relay(upstream), checkpoint.root)
    const { beacon } = chain.head.parent!.header
    expect([optimisticHeader.beacon.slot, finalizedHeader.beacon.slot]).toEqual([
      beacon.slot,
      chain.head.parent!.finalized!.slot,
    ])
  })

  test('each route answers as its source does, in both forms', async () => {
    const upstream = await node({ forks: { fulu: 0, gloas: 12 } })
    const client = await served(await relay(upstream), upstream)
    const { client: direct, checkpoint, chain } = upstream
    const root = bytesToHex(chain.head.root)
    const paths = [
      `${LIGHT_CLIENT}/bootstrap/${bytesToHex(checkpoint.root)}`,
      `${LIGHT_CLIENT}/updates?start_period=0&count=5`,
      `${LIGHT_CLIENT}/finality_update`,
      `${LIGHT_CLIENT}/optimistic_update`,
      ...['head', 'finalized', 'genesis', 'justified', '100', root].map((id) => `/eth/v1/beacon/headers/${id}`),
      `/eth/v1/beacon/execution_payload_envelopes/${root}`,
      '/eth/v1/beacon/states/head/finality_checkpoints',
      ...['/eth/v1/beacon/genesis', '/eth/v1/config/spec', '/eth/v1/config/fork_schedule', '/eth/v1/node/syncing'],
    ]
    for (const path of paths) expect([path, await client.json(path)]).toEqual([path, await direct.json(path)])
    for (const path of paths.slice(0, 4)) {
      expect([path, bytesToHex(await client.ssz(path))]).toEqual([path, bytesToHex(await direct.ssz(path))])
    }
    const proof = `/eth/v0/beacon/proof/state/${bytesToHex(chain.head.parent!.header.beacon.stateRoot)}?format=0x78`
    expect(bytesToHex(await client.ssz(proof))).toBe(bytesToHex(await direct.ssz(proof)))
  })

  test('blocks are whole, byte for byte, before Gloas and after it, with what their source says of them', async () => {
    const upstream = await node({ forks: { fulu: 0, gloas: 12 } })
    const { network, chain, client: direct } = upstream
    const relayed = await relay(upstream)
    const client = await served(relayed, upstream)
    const blocks = '/eth/v2/beacon/blocks'
    for (const id of ['head', 'finalized', '94', bytesToHex(chain.head.root)]) {
      const path = `${blocks}/${id}`
      expect([id, bytesToHex(await client.ssz(path))]).toEqual([id, bytesToHex(await direct.ssz(path))])
      expect([id, await client.json(path)]).toEqual([id, await direct.json(path)])
    }
    expect(await client.json(`${blocks}/finalized`)).toMatchObject({ finalized: true })
    const type = signedBlockType('fulu', 'minimal')
    const older = chain.blockAt(94)
    const value = type.deserialize(await client.ssz(`${blocks}/${bytesToHex(older.root)}`))
    const { message } = value as unknown as { readonly message: unknown }
    expect(type.fields['message']?.hashTreeRoot(message)).toEqual(older.root)
    const { root, execution } = chain.head
    const envelope = `/eth/v1/beacon/execution_payload_envelopes/${bytesToHex(root)}`
    expect(decodePayloadEnvelope(network, await client.ssz(envelope))).toEqual(execution.payload!.carried)
    expect(await client.status(`/eth/v1/beacon/execution_payload_envelopes/94`)).toBe(404)
  })

  test('a block that is not its header’s, and one that its source has no more, are unavailable', async () => {
    const upstream = await node()
    const { source, chain } = upstream
    const path = `/eth/v2/beacon/blocks/${bytesToHex(chain.head.root)}`
    const other = (await source.block({ kind: 'slot', slot: 100 }))!
    const head = (await source.block({ kind: 'head' }))!
    const cases: [SourceBlock, RegExp][] = [
      [other, /gave the block of slot 100 on 0x.* for the block of slot 127 on/],
      [{ ...head, header: { ...head.header, stateRoot: new Uint8Array(32).fill(9) } }, /with the state 0x0909.* for/],
      [{ ...head, body: withGasUsed(head.body!, 1) }, /says its block hash is/],
      [{ ...head, body: undefined }, /only the header is held/],
    ]
    for (const [block, why] of cases) {
      const liar = await upstream.addServer(lyingSource(source, block))
      const client = await served(await relay(upstream, [liar.url]), upstream)
      for (const accept of ['application/octet-stream', 'application/json']) {
        const answer = await client.get(path, accept)
        expect([answer.status, await answer.text()]).toEqual([503, expect.stringMatching(why)])
      }
    }
  })

  test('events come as they do at the source, and finality with its update', async () => {
    const upstream = await node()
    const client = await served(await relay(upstream), upstream)
    const topics = 'head,light_client_optimistic_update,light_client_finality_update,finalized_checkpoint'
    const events = await client.listen(topics)
    await events.until(1)
    for (let slot = 128; slot < 130; slot++) {
      await upstream.clock.advance(SLOT)
      await expect.poll(() => events.seen).toContain(`head ${slot}`)
    }
    expect(events.seen).toContain('light_client_optimistic_update 127')
    expect(events.seen.some((event) => event.startsWith('light_client_finality_update '))).toBe(true)
    expect(events.seen.some((event) => event.startsWith('finalized_checkpoint '))).toBe(true)
  })
})

describe('what cannot be had', () => {
  let upstream: TestDevnet
  beforeAll(async () => {
    upstream = await testDevnet()
  })
  afterAll(() => upstream.close())

  test('is absent where all say so, and unavailable where one fails', async () => {
    const other = await upstream.addServer()
    const client = await served(await relay(upstream, [upstream.url, other.url]), upstream)
    const nobody = bytesToHex(new Uint8Array(32).fill(9))
    const paths = [
      `${LIGHT_CLIENT}/bootstrap/${nobody}`,
      `/eth/v1/beacon/headers/${nobody}`,
      '/eth/v1/beacon/headers/999',
      `/eth/v2/beacon/blocks/${nobody}`,
    ]
    for (const path of paths) expect([path, await client.status(path)]).toEqual([path, 404])
    other.faults.set([{ route: 'beacon', fault: { kind: 'status', status: 500 } }])
    for (const path of paths) {
      expect(await client.json(path)).toMatchObject({
        code: 503,
        message: expect.stringContaining(other.url) as string,
      })
    }
  })

  test.each<[string, Fault]>([
    ['answers with an error', { kind: 'status', status: 502 }],
    ['asks for patience', { kind: 'status', status: 429, retryAfterSeconds: 60 }],
    ['closes the connection', { kind: 'disconnect' }],
    ['cuts its answers', { kind: 'cut' }],
    ['sends other bytes', { kind: 'garbage', text: '{"data":{}}' }],
    ['is a web site', { kind: 'html' }],
    ['sends too much', { kind: 'oversized', bytes: 1_000_000 }],
  ])('a node that %s is named, and another asked', async (_, fault) => {
    const bad = await upstream.addServer()
    const alone = await relay(upstream, [bad.url])
    const both = await relay(upstream, [bad.url, upstream.url])
    bad.faults.set([{ route: 'beacon', fault }])
    const { root } = upstream.checkpoint
    // Of a relayed block the header is known; the whole is passed on.
    const whole: BeaconSource = {
      ...sourceOf(upstream.source),
      block: async (id) => {
        const { body: _, ...rest } = (await upstream.source.block(id))!
        return { ...rest, payload: { kind: 'none' } }
      },
    }
    for (const ask of [
      (source: BeaconSource) => source.bootstrap(root),
      (source: BeaconSource) => source.block({ kind: 'slot', slot: 100 }),
      (source: BeaconSource) => source.bestUpdate(0),
    ]) {
      await expect(Promise.resolve().then(() => ask(alone))).rejects.toThrow(`upstream: ${bad.url}`)
      expect(await ask(both)).toEqual(await ask(whole))
    }
  })

  test('a node that hangs is left for another after a second, and named after ten', async () => {
    const bad = await upstream.addServer()
    const both = await relay(upstream, [bad.url, upstream.url])
    const alone = await relay(upstream, [bad.url])
    bad.faults.set([{ route: 'beacon', fault: { kind: 'stall' } }])
    const { root } = upstream.checkpoint
    const found = both.bootstrap(root)
    await upstream.clock.advance(1_000)
    expect(await found).toBeDefined()
    const lost = alone.bootstrap(root).catch((error: Error) => error.message)
    await upstream.clock.advance(10_000)
    expect(await lost).toBe(`upstream: ${bad.url}: no answer within 10 s`)
  })

  test('a node that gives the envelope of another block is named', async () => {
    const later = await node({ forks: { fulu: 0, gloas: 12 } })
    const { source, chain } = later
    const other = (await source.block({ kind: 'slot', slot: chain.head.slot - 1 }))!
    const liar = await later.addServer(lyingSource(source, other))
    const client = await served(await relay(later, [liar.url]), later)
    const path = `/eth/v1/beacon/execution_payload_envelopes/${bytesToHex(chain.head.root)}`
    for (const accept of ['application/octet-stream', 'application/json']) {
      const answer = await client.get(path, accept)
      const why = /gave a block of slot 126 on 0x\w+ for the block of slot 127 on/
      expect([answer.status, await answer.text()]).toEqual([503, expect.stringMatching(why)])
    }
  })

  test('a node of another network is never asked, and one that is not there yet is waited for', async () => {
    const other = await node({ seed: 'other' })
    const wrong = await relay(upstream, [other.url])
    await expect(wrong.bootstrap(upstream.checkpoint.root)).rejects.toThrow(/is of a network that is not built in/)
    const late = await upstream.addServer()
    late.faults.set([{ route: 'beacon', fault: { kind: 'status', status: 503 } }])
    const source = await relay(upstream, [late.url])
    await expect(source.head()).rejects.toThrow(late.url)
    late.faults.set([])
    await upstream.clock.advance(3_000)
    await expect
      .poll(async () => (await source.head().catch(() => undefined))?.block.root)
      .toEqual(asRoot(upstream.chain.head.root))
  })
})

/** Its headers are true; whoever asks for a whole block, or an envelope, is given this one's. */
function lyingSource(source: BeaconSource, { header, body, root, payload, isFinalized }: SourceBlock): BeaconSource {
  const { network } = source
  const answers = (item: RelayedItem) => {
    if (item === 'payloadEnvelope' && payload.kind === 'inEnvelope') {
      const frame = { beaconBlockRoot: root, isFinalized }
      return {
        ssz: () => encodePayloadEnvelope(network, payload.carried, frame),
        json: () => payloadEnvelopeToJson(network, payload.carried, frame),
      }
    }
    if (body === undefined) throw new UnavailableError('only the header is held')
    return {
      ssz: () => encodeSignedBlock(network, header, body),
      json: () => signedBlockToJson(network, { header, body, isFinalized }),
    }
  }
  return {
    ...sourceOf(source),
    relay: async (_, item, form) => {
      const { ssz, json } = await Promise.resolve(answers(item))
      return form === 'ssz' ? { kind: 'ssz', bytes: ssz() } : { kind: 'json', json: json() }
    },
  }
}

function withGasUsed(body: BlockBody, gasUsed: number): BlockBody {
  const { execution } = body
  if (execution.kind !== 'payload') return body
  return { ...body, execution: { ...execution, payload: { ...execution.payload, gasUsed } } }
}

/** Methods of a class are not its own. */
const sourceOf = (source: BeaconSource): BeaconSource => ({
  network: source.network,
  version: source.version,
  head: () => source.head(),
  block: (id) => source.block(id),
  stateBlock: (id) => source.stateBlock(id),
  finalityCheckpoints: (id) => source.finalityCheckpoints(id),
  stateProof: (id, format) => source.stateProof(id, format),
  bootstrap: (root) => source.bootstrap(root),
  bestUpdate: (period) => source.bestUpdate(period),
  finalityUpdate: () => source.finalityUpdate(),
  optimisticUpdate: () => source.optimisticUpdate(),
  listen: (listener) => source.listen(listener),
})
