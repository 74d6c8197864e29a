/**
 * The command as a process against gateways of a devnet. `BEAMTAB_LONG_BEAM=1`, which the long tests set, kills it twenty
 * times instead of three and tries every fault that a gateway has.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hexToBytes } from '@ethereumjs/util'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { startDevnet, type Devnet } from '../../../server/devnet/start-devnet.ts'
import { FAULT_NAMES } from '../../../server/faults/named-faults.ts'
import { startGateway, type Gateway } from '../../../server/gateway/start-gateway.ts'
import { asHash, type Hex } from '../../chain/bytes.ts'
import { loadKeccak } from '../../chain/keccak.ts'
import { loadWasmCrypto } from '../../execution/crypto/wasm-crypto.ts'
import { readStatelessBlock } from '../../execution/stateless-block.ts'
import { verifyStatelessBlock } from '../../execution/verify-stateless-block.ts'
import { openDiskStore } from '../../state/store/node-disk-store.ts'
import { seededRandom } from '../../testing/seeded-random.ts'
import { killAll, recordingProxy, startBeamProcess, type BeamProcess } from './beam-process.fixtures.ts'
import type { BeamLine } from './beam-lines.ts'

const isLong = process.env['BEAMTAB_LONG_BEAM'] === '1'

/** Of the moments at which runs are killed. */
const SEED = Number(process.env['BEAMTAB_SEED'] ?? 5)

/** Far above what a busy machine takes; a run that hangs is a failure. */
const RUN_LIMIT_MS = 150_000

const DEVNET = { preset: 'minimal', accounts: 200, gas: 300_000, agePeriods: 1, slotSeconds: 2 } as const

let folder: string
let devnet: Devnet
let gateway: Gateway
let network: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'beamtab-beam-'))
  devnet = await startDevnet({ seed: 'beam', ...DEVNET })
  gateway = await gatewayOf(devnet)
  network = await networkFileOf(devnet, gateway, 'devnet.json')
})
afterEach(killAll)
afterAll(async () => {
  await gateway.close()
  await devnet.close()
  await rm(folder, { recursive: true })
})

const gatewayOf = (chain: Devnet): Promise<Gateway> => startGateway({ chain, log: pino({ level: 'silent' }) })

async function networkFileOf(chain: Devnet, { url }: Gateway, name: string): Promise<string> {
  const file = join(folder, name)
  await writeFile(file, JSON.stringify(chain.networkFile(url)))
  return file
}

const beam = (...args: readonly string[]): BeamProcess => startBeamProcess(['--network', network, ...args])

/** What the devnet says of a block: the same that the run says, or the run is wrong. */
async function expectCanonical(lines: readonly BeamLine[], url = gateway.url): Promise<void> {
  for (const { number, hash, state } of lines) {
    if (state !== 'verified') continue
    const params = [`0x${number!.toString(16)}`, false]
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_getBlockByNumber', params })
    const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    expect(((await answer.json()) as { result: { hash: string } }).result.hash).toBe(hash)
  }
}

const numbersOf = (lines: readonly BeamLine[]): number[] => lines.map(({ number }) => number!)

/** Of the nodes that a block read. */
const shareFetched = ({ nodesFetched, nodesFromStore }: BeamLine): number =>
  nodesFetched / (nodesFetched + nodesFromStore)

function expectSequence(lines: readonly BeamLine[], first = lines[0]!.number!): void {
  expect(numbersOf(lines)).toEqual(lines.map((_, index) => first + index))
}

test.each(isLong ? ['witness', 'metadata', 'hints,proofs', 'paths', 'proofs', 'nodes'] : ['hints,proofs'])(
  'blocks are verified by %s',
  { timeout: RUN_LIMIT_MS },
  async (source) => {
    const run = beam('--server', gateway.url, '--source', source, '--blocks', '2')
    expect(await run.ended).toBe(0)
    expectSequence(run.lines)
    await expectCanonical(run.lines)
    for (const line of run.lines) {
      expect(line).toMatchObject({ state: 'verified', reason: null, lag: expect.any(Number) as number })
      expect(line.source).toContain(source.split(',').at(-1))
      const { roundTrips, requests, nodesFetched, bytes, ms, networkMs } = line
      for (const figure of [roundTrips, requests, nodesFetched, bytes, ms]) expect(figure).toBeGreaterThan(0)
      expect(networkMs).toBeGreaterThanOrEqual(0)
    }
    expect(run.lines).toHaveLength(2)
  },
)

test('the next run goes on where the last one ended', { timeout: RUN_LIMIT_MS }, async () => {
  const db = join(folder, 'resumed')
  const args = ['--server', gateway.url, '--db', db, '--source', 'nodes']
  const first = beam(...args, '--blocks', '3')
  expect(await first.ended).toBe(0)
  const second = beam(...args, '--blocks', '3')
  expect(await second.ended).toBe(0)
  expectSequence([...first.lines, ...second.lines])
  await expectCanonical([...first.lines, ...second.lines])
  expect(second.stderr()).not.toContain('executing from')
  // Blocks differ in how much they read: of what this one did, more was there.
  expect(shareFetched(second.lines[0]!)).toBeLessThan(shareFetched(first.lines[0]!))
})

test(
  'a directory that another run has open is refused, and that run ends in order when it is told to',
  { timeout: RUN_LIMIT_MS },
  async () => {
    const args = ['--server', gateway.url, '--db', join(folder, 'locked')]
    const first = beam(...args)
    await first.printed(1)
    const second = beam(...args)
    expect(await second.ended).toBe(1)
    expect(second.lines).toEqual([])
    expect(second.stderr()).toMatch(/another process has the database .*locked.* open/)
    first.kill('SIGTERM')
    expect(await first.ended).toBe(0)
    expect(first.stderr()).toContain(`${gateway.url}: a beacon node and a gateway`)
  },
)

/** What was verified so long before a kill is stored. */
const STORED_AFTER_MS = 1_000

test(
  'killed at any moment, it goes on from what it stored, and fetches nothing of that again',
  { timeout: RUN_LIMIT_MS * (isLong ? 8 : 2) },
  async () => {
    const db = join(folder, 'killed')
    const keccak = await loadKeccak()
    const { name } = devnet.network
    const proxy = await recordingProxy(gateway.url)
    const random = seededRandom(SEED)
    const verified = new Map<number, string>()
    const refetched: string[] = []
    let settled = -1
    const everAsked = new Set<string>()
    for (let kill = 0; kill < (isLong ? 20 : 3); kill++) {
      const store = await openDiskStore(db, { network: name, keccak })
      const asked = [...everAsked]
      const found = await store.getNodes(asked.map((hash) => asHash(hexToBytes(hash as Hex))))
      const stored = new Set(asked.filter((_, index) => found[index] !== undefined))
      const newest = Math.max(-1, ...(await store.listBlocks()).map(({ number }) => number))
      await store.close()
      proxy.forget()
      const run = beam('--server', proxy.url, '--db', db, '--source', 'nodes')
      await run.printed(1)
      await new Promise((resolve) => setTimeout(resolve, random() * 5_000))
      const before = performance.now() - STORED_AFTER_MS
      run.kill('SIGKILL')
      await run.ended
      await expectCanonical(run.lines)
      expect(newest, `seed ${SEED}`).toBeGreaterThanOrEqual(settled)
      if (newest >= 0) expectSequence(run.lines, newest + 1)
      settled = Math.max(
        settled,
        ...run.lines.filter((_, index) => run.times[index]! < before).map(({ number }) => number!),
      )
      for (const { number, hash } of run.lines) {
        expect(verified.get(number!) ?? hash).toBe(hash)
        verified.set(number!, hash)
      }
      refetched.push(...[...proxy.hashes].filter((hash) => stored.has(hash)))
      for (const hash of proxy.hashes) everAsked.add(hash)
    }
    await proxy.close()
    expect(refetched, `seed ${SEED}`).toEqual([])
  },
)

test.each(isLong ? FAULT_NAMES : ['wrong-bytes'])(
  'beside an honest gateway, one with the fault %s does not keep blocks from being verified',
  { timeout: RUN_LIMIT_MS },
  async (kind) => {
    const faulty = await gatewayOf(devnet)
    const run = beam('--server', faulty.url, gateway.url, '--blocks', '4')
    // From the start it would be found out before it is asked for anything.
    await run.said(/executing from/)
    faulty.injection.order([{ kind, rate: 1, route: ROUTES[kind] ?? 'all' }])
    expect(await run.ended).toBe(0)
    expectSequence(run.lines)
    await expectCanonical(run.lines)
    expect(run.lines.map(({ state }) => state)).toEqual(['verified', 'verified', 'verified', 'verified'])
    await faulty.close()
  },
)

/** Where an order for all routes is none. */
const ROUTES: Readonly<Record<string, string>> = { 'close-events': 'events' }

test(
  'alone, a gateway that leaves nodes out gets no block verified, and the reason is said',
  { timeout: RUN_LIMIT_MS },
  async () => {
    const lying = await gatewayOf(devnet)
    lying.injection.order(['state', 'rpc'].map((route) => ({ kind: 'missing-entries', rate: 1, route })))
    const run = beam('--server', lying.url, '--blocks', '2')
    expect(await run.ended).toBe(1)
    expect(run.lines.map(({ state }) => state)).not.toContain('verified')
    expect(run.lines[0]).toMatchObject({
      state: 'unavailable',
      reason: expect.stringMatching(/cannot be had/) as string,
    })
    expect(run.stderr()).toContain('given up: ')
    await lying.close()
  },
)

test('a block that the committee signed and that is invalid is in dispute', { timeout: RUN_LIMIT_MS }, async () => {
  // The last slot of the past is 63. Such a block is the head for one slot, so there are some: a busy machine begins late.
  const invalidSlots = Array.from({ length: 8 }, (_, index) => 72 + 8 * index)
  const chain = await startDevnet({ seed: 'invalid', ...DEVNET, invalidSlots })
  const server = await gatewayOf(chain)
  const file = await networkFileOf(chain, server, 'invalid.json')
  const nobody = 'http://127.0.0.1:1'
  const db = join(folder, 'disputed')
  const run = startBeamProcess(['--network', file, '--db', db, '--server', server.url, gateway.url, nobody])
  await run.said(/is disputed/)
  expect(run.stderr()).toContain(`${gateway.url}: not used: it is of a network that is not built in`)
  expect(run.stderr()).toContain(`${nobody}: not found out yet`)
  run.kill('SIGTERM')
  expect(await run.ended).toBe(0)
  const disputed = run.lines.find(({ state }) => state === 'disputed')
  expect(disputed).toMatchObject({ problem: { field: 'stateRoot' }, reason: expect.any(String) as string })
  expect(disputed!.bundle).toBe(join(db, `invalid-${disputed!.hash}.json`))
  const bundle = await readStatelessBlock(await readFile(disputed!.bundle!))
  const { verification } = await verifyStatelessBlock(bundle, { crypto: await loadWasmCrypto() })
  expect(verification).toMatchObject({ kind: 'mismatch', mismatch: { field: 'stateRoot' } })
  await expectCanonical(run.lines, server.url)
  await server.close()
  await chain.close()
})

test('a checkpoint that no server knows ends the run soon, with the reason', { timeout: RUN_LIMIT_MS }, async () => {
  const run = beam('--server', gateway.url, '--checkpoint', `0x${'77'.repeat(32)}`, '--blocks', '1')
  expect(await run.ended).toBe(1)
  expect(run.lines).toEqual([])
  expect(run.stderr()).toMatch(/given up after 30 s without a checkpoint: .* none of them knows the block/)
})

test('where no checkpoint can be agreed on, any run ends at once', { timeout: RUN_LIMIT_MS }, async () => {
  const file = join(folder, 'rootless.json')
  await writeFile(file, JSON.stringify({ ...devnet.networkFile(gateway.url), checkpoint: null }))
  const run = startBeamProcess(['--network', file, '--server', gateway.url])
  expect(await run.ended).toBe(1)
  expect(run.stderr()).toMatch(/given up: too few independent sources for a checkpoint/)
})

test('where no server is of use, nothing is begun', { timeout: RUN_LIMIT_MS }, async () => {
  const run = beam('--server', 'http://127.0.0.1:1', '--blocks', '1')
  expect(await run.ended).toBe(1)
  expect(run.stderr()).toContain('none of the servers answers')
})
