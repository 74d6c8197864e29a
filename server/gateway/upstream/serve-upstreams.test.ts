/** A gateway that relays another one, over HTTP: what tabs get through it, and what they are told where it fails. */
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bytesToHex, hexToBytes } from '@ethereumjs/util'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { asRoot, type Hex } from '../../../src/chain/bytes.ts'
import { parseNetworkFile } from '../../../src/chain/network.ts'
import { fetchWitness } from '../../../src/cli/witness/fetch-witness.ts'
import { WITNESS_FORMS, witnessCommand } from '../../../src/cli/witness/witness-options.ts'
import { verifyFile } from '../../../src/cli/verify-file.ts'
import { loadWasmCrypto, type WasmCrypto } from '../../../src/execution/crypto/wasm-crypto.ts'
import { SimulatedClock } from '../../../src/testing/simulated-clock.ts'
import { START } from '../../beacon-api/beacon-api.fixtures.ts'
import { follow } from '../../devnet/follow-source.fixtures.ts'
import { startDevnet, type Devnet } from '../../devnet/start-devnet.ts'
import { call, control, askJson } from '../gateway.fixtures.ts'
import { startGateway, type Gateway } from '../start-gateway.ts'
import { rulesDigest } from './execution/rules-digest.ts'
import { serveUpstreams, type RelayedChain } from './serve-upstreams.ts'

const log = pino({ level: 'silent' })

let crypto: WasmCrypto
let folder: string
let clock: SimulatedClock
let devnet: Devnet
let upstream: Gateway
let relayed: RelayedChain
let relay: Gateway
beforeAll(async () => {
  crypto = await loadWasmCrypto()
  folder = await mkdtemp(join(tmpdir(), 'serve-upstreams-'))
  clock = new SimulatedClock(START)
  const options = { accounts: 200, agePeriods: 1, workloadSlots: 4, gas: 500_000 }
  devnet = await startDevnet({ clock, preset: 'minimal', ...options })
  upstream = await startGateway({ chain: devnet, log, clock })
  const file = { ...devnet.networkFile(upstream.url), checkpoint: null, servers: [] }
  relayed = await serveUpstreams({
    network: parseNetworkFile(file),
    file,
    beacon: [upstream.url],
    execution: [upstream.url],
    cacheFolder: join(folder, 'cache'),
    clock,
  })
  relay = await startGateway({ chain: relayed, log, clock })
}, 60_000)
afterAll(async () => {
  await relay.close()
  await relayed.close()
  await upstream.close()
  await devnet.close()
  // An event stream ends when its connection has.
  await vi.waitUntil(() => clock.waiting === 0)
  await rm(folder, { recursive: true })
})

test('its network file leads to itself, and it says what it is', async () => {
  const file = await askJson(relay.url, '/beamtab/network.json')
  const { name, execution } = devnet.networkFile(upstream.url)
  const { finalized } = (await devnet.beacon.finalityCheckpoints({ kind: 'head' }))!
  expect(file).toMatchObject({
    name,
    execution,
    checkpoint: { root: bytesToHex(finalized.root), epoch: finalized.epoch },
    servers: ['gateway', 'beacon', 'execution'].map((kind) => ({ kind, url: relay.url })),
  })
  const about = await askJson(relay.url, '/beamtab')
  expect(about).toMatchObject({ relays: { beacon: [upstream.url], execution: [upstream.url] } })
  expect(about['trust']).toMatch(/^None is needed/)
  expect((await askJson(relay.url, '/healthz'))['status']).toBe('ok')
})

test('a light client that starts from it follows', async () => {
  const network = parseNetworkFile(await askJson(relay.url, '/beamtab/network.json'))
  const { optimisticHeader } = await follow(network, relayed.beacon, asRoot(network.checkpoint!.root))
  expect(optimisticHeader.beacon.slot).toBe(devnet.beaconChain.chain.head.parent!.slot)
})

test('witnesses in each form are verified', { timeout: 30_000 }, async () => {
  const { number } = devnet.execution.head
  for (const form of WITNESS_FORMS) {
    const out = join(folder, `${form}.json`)
    const args = ['--server', relay.url, '--block', `${number}`, '--form', form, '--out', out]
    await fetchWitness(await witnessCommand(args), crypto)
    const line = await verifyFile(out, { crypto, network: undefined, log: () => undefined })
    expect([form, line.verified, 'txs' in line && line.txs > 0]).toEqual([form, true, true])
  }
  const name = `v2-witness-${rulesDigest(devnet.network)}-${bytesToHex(devnet.execution.head.hash).slice(2)}`
  expect(await readdir(join(folder, 'cache'))).toEqual([name])
})

test('what the pool of an execution client says is passed on', async () => {
  const refused = await call(relay.url, 'eth_sendRawTransaction', ['0x02c0'])
  const said = await call(upstream.url, 'eth_sendRawTransaction', ['0x02c0'])
  expect(refused['error']).toMatchObject({ message: (said['error'] as { message: string }).message })
})

describe('where its upstream', () => {
  const UNAVAILABLE = -32002

  /** Of a block that nothing was asked about before. */
  function questions(back: number): readonly (readonly [method: string, params: readonly unknown[]])[] {
    const { hash } = devnet.execution.blockByNumber(devnet.execution.head.number - back)!
    const name = bytesToHex(hash)
    const address = bytesToHex(new Uint8Array(20).fill(back))
    return [
      ['eth_getProof', [address, [], 'latest']],
      ['eth_getBlockReceipts', [name]],
      ['debug_executionWitness', [name]],
    ]
  }

  test.each([
    ['forges proofs', 'forged-proof@rpc', ['eth_getProof', 'debug_executionWitness']],
    ['leaves nodes out', 'missing-entries@rpc', ['eth_getProof', 'debug_executionWitness']],
    // Of receipts as JSON a bit may be turned in a part that nobody looks at.
    ['sends other bytes', 'wrong-bytes@rpc', ['eth_getProof', 'debug_executionWitness']],
    ['asks for patience', 'status-429@rpc', undefined],
    ['closes connections', 'disconnect@rpc', undefined],
    ['cuts its answers', 'truncated@rpc', undefined],
  ])('%s, that is unavailable and names it', async (_, fault, methods) => {
    // The block before the first that the tests above have asked about: nothing of it is kept.
    const asked = questions(2).filter(([method]) => methods?.includes(method) ?? true)
    await control(upstream.url, { faults: [fault] })
    try {
      for (const [method, params] of asked) {
        const { error } = await call(relay.url, method, params)
        expect([method, error]).toEqual([
          method,
          { code: UNAVAILABLE, message: expect.stringContaining(`upstream: ${upstream.url}`) as string },
        ])
      }
    } finally {
      await control(upstream.url, { faults: [] })
    }
  })

  test('fails on the beacon side, that is 503 and names it', async () => {
    await control(upstream.url, { faults: ['status-500@beacon'] })
    const root = bytesToHex(devnet.beaconChain.chain.blockAt(5).root)
    for (const path of [`/eth/v1/beacon/light_client/bootstrap/${root}`, `/eth/v2/beacon/blocks/${root}`]) {
      const answer = await askJson(relay.url, path)
      expect(answer).toMatchObject({ code: 503, message: expect.stringContaining(upstream.url) as string })
    }
    await control(upstream.url, { faults: [] })
  })

  test('is well again, everything is there', async () => {
    for (const [method, params] of questions(2)) expect(await call(relay.url, method, params)).toHaveProperty('result')
  })
})

test('a checkpoint that its operator gives is not replaced', async () => {
  const given = devnet.networkFile(upstream.url)
  const other = await serveUpstreams({
    network: parseNetworkFile(given),
    file: { ...given },
    beacon: [upstream.url],
    execution: [upstream.url],
    clock,
  })
  expect(other.networkFile('http://127.0.0.1:1')).toMatchObject({ checkpoint: given.checkpoint })
  expect(hexToBytes(other.checkpoint as Hex)).toHaveLength(32)
  await other.close()
})
