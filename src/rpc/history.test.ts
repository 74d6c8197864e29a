/**
 * Blocks beyond the reach of hashes, asked of both workers' faces over a devnet's gateway: proven by the history of beacon
 * states. The bounds on hashes are small ones here, so that a short chain has such blocks.
 */
import { bytesToHex } from '@ethereumjs/util'
import { expose } from 'comlink'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { BeaconSource } from '../../server/beacon-api/beacon-source.ts'
import { startDevnet, type Devnet } from '../../server/devnet/start-devnet.ts'
import { startGateway, type Gateway } from '../../server/gateway/start-gateway.ts'
import type { Json } from '../network/json-rpc/json.ts'
import { createConsensusWorkerApi } from '../sync/consensus-worker-api.ts'
import { createNodeWorkerApi } from '../sync/node-worker-api.ts'
import { openSessionHost } from './session-host.ts'
import type { SessionNews } from './session-messages.ts'

/** Some hundred blocks are made and executed first, on two cores that others use. */
const LIMIT_MS = 180_000
/** A state of the minimal preset has the roots of the last 64 slots itself: older ones are in its summaries. */
const AGE_SLOTS = 160
const BOUNDS = { quickWalk: 4, walk: 8, contract: 16 }
/** In the first summary. */
const OLD = 20

let devnet: Devnet
let gateway: Gateway
beforeAll(async () => {
  devnet = await startDevnet({
    ...{ seed: 'history', preset: 'minimal', accounts: 10, gas: 21_000, slotSeconds: 4 },
    ...{ agePeriods: AGE_SLOTS / 64, workloadSlots: AGE_SLOTS, events: { missed: 0.15 } },
  })
  gateway = await gatewayOf(devnet.beacon)
}, LIMIT_MS)
afterAll(async () => {
  await gateway.close()
  await devnet.close()
})

const gatewayOf = (beacon: BeaconSource): Promise<Gateway> =>
  startGateway({ chain: { ...devnet, beacon }, log: pino({ level: 'silent' }) })

/** A gateway that answers otherwise about states. */
async function otherGateway(stateProof: BeaconSource['stateProof']): Promise<Gateway> {
  const beacon = new Proxy(devnet.beacon, {
    get: (source, name) => {
      if (name === 'stateProof') return stateProof
      const own: unknown = Reflect.get(source, name, source)
      return typeof own === 'function' ? (own.bind(source) as unknown) : own
    },
  })
  const other = await gatewayOf(beacon)
  closing.push(() => other.close())
  return other
}

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** Both workers' faces in this thread, that talk by a port as they do between workers. */
async function started(...beacon: readonly string[]) {
  const network = devnet.networkFile(gateway.url)
  const node = createNodeWorkerApi({ openHost: openSessionHost, headerBounds: BOUNDS })
  const consensus = createConsensusWorkerApi()
  const between = new MessageChannel()
  expose(node, between.port2)
  const events = { onStage: () => undefined, onEvmHung: () => undefined, onDefect: expect.unreachable }
  await node.start({ network, evmPorts: [], servers: [gateway.url], maxHeadAge: undefined }, events)
  await consensus.start({ network, nodePort: between.port1 }, () => undefined)
  const ends = new MessageChannel()
  const session = asker(ends.port1)
  await node.openSession(ends.port2)
  const settings = { beacon, execution: [], checkpoint: undefined, checkpointSources: [] } as const
  const refused = await consensus.follow(
    { ...settings, oldCheckpoints: 'allow', chain: 'discarded' },
    { onStatus: () => undefined, onNotKept: () => undefined },
  )
  expect(refused).toBeUndefined()
  closing.push(async () => {
    await consensus.close()
    await node.close()
    for (const port of [between.port1, between.port2, ends.port1, ends.port2]) port.close()
  })
  await session.ready
  return session
}

/** Requests by a session's port. */
function asker(port: MessagePort) {
  const waiting = new Map<number, (news: SessionNews) => void>()
  let id = 0
  let isReady: () => void = () => undefined
  const ready = new Promise<void>((resolve) => (isReady = resolve))
  port.onmessage = ({ data }: MessageEvent<SessionNews>) => {
    if (data.kind === 'ready') isReady()
    if ('id' in data) waiting.get(data.id)?.(data)
  }
  const ask = (method: string, ...params: Json[]): Promise<SessionNews> =>
    new Promise((resolve) => {
      waiting.set(++id, resolve)
      port.postMessage({ kind: 'request', id, method, params, allowUnverified: true })
    })
  return { ready, ask }
}

const blockAt = (number: number) => devnet.execution.blockByNumber(number)!
const quantity = (number: number) => `0x${number.toString(16)}`
const saying = (words: RegExp) => expect.stringMatching(words) as unknown as string
const proven = {
  level: 'proven',
  block: { number: OLD },
  finality: 'finalized',
  notes: [saying(/^block \d+, and what its parents lead to, is proven by the history that the beacon state of slot/)],
}

test('an old block is found by number and by hash, and it is said what proves it', { timeout: LIMIT_MS }, async () => {
  const { ask } = await started(gateway.url)
  const hash = bytesToHex(blockAt(OLD).hash)
  const byNumber = await ask('eth_getBlockByNumber', quantity(OLD), false)
  expect(byNumber).toMatchObject({ kind: 'result', result: { hash }, verification: proven })
  expect(byNumber).toMatchObject({ verification: { source: expect.arrayContaining([gateway.url]) as unknown } })
  const byHash = await ask('eth_getBlockByHash', hash, false)
  expect(byHash).toMatchObject({ kind: 'result', result: { number: quantity(OLD) }, verification: proven })
  const [receipt] = devnet.execution.receipts(blockAt(OLD).hash)!
  expect(receipt).toBeDefined()
  expect(await ask('eth_getBlockReceipts', hash)).toMatchObject({ kind: 'result', verification: proven })
})

test(
  'a transaction of an old block is found by its hash, on a client that knows nothing yet',
  { timeout: LIMIT_MS },
  async () => {
    const { ask } = await started(gateway.url)
    const [transaction] = await transactionsOf(OLD)
    const found = await ask('eth_getTransactionReceipt', transaction!)
    expect(found).toMatchObject({ kind: 'result', result: { blockNumber: quantity(OLD) }, verification: proven })
  },
)

test('what the history contract holds is not asked of the beacon chain', { timeout: LIMIT_MS }, async () => {
  const gone = await otherGateway(() => undefined)
  const { ask } = await started(gone.url)
  const number = devnet.execution.head.number - 12
  const found = await ask('eth_getBlockByNumber', quantity(number), false)
  const notes = [saying(/history contract \(EIP-2935\) of the state of block \d+$/)]
  expect(found).toMatchObject({ kind: 'result', result: { number: quantity(number) }, verification: { notes } })
})

test('where nobody proves it, 4444 says who was asked', { timeout: LIMIT_MS }, async () => {
  const gone = await otherGateway((id, format) =>
    id.kind === 'head' ? devnet.beacon.stateProof(id, format) : undefined,
  )
  const { ask } = await started(gone.url)
  const words = new RegExp(
    `block ${OLD} is \\d+ blocks below the head.*no server proves the block of slot.*asked ${gone.url}`,
  )
  const error = { code: 4444, message: saying(words) }
  expect(await ask('eth_getBlockByNumber', quantity(OLD), false)).toMatchObject({ kind: 'error', error })
  const hash = bytesToHex(blockAt(OLD).hash)
  expect(await ask('eth_getBlockByHash', hash, false)).toMatchObject({ kind: 'error', error })
})

test(
  'a false proof shows nothing: alone 4444, beside an honest one the right answer',
  { timeout: LIMIT_MS },
  async () => {
    const liar = await otherGateway(async (id, format) => {
      const proof = await devnet.beacon.stateProof(id, format)
      return proof && { ...proof, values: proof.values.map((value) => value.map((byte) => byte ^ 1)) }
    })
    const alone = await started(liar.url)
    const refused = await alone.ask('eth_getBlockByNumber', quantity(OLD), false)
    expect(refused).toMatchObject({ kind: 'error', error: { code: 4444 } })
    const both = await started(liar.url, gateway.url)
    for (const number of [OLD, OLD + 30, OLD + 60]) {
      const result = { hash: bytesToHex(blockAt(number).hash) }
      expect(await both.ask('eth_getBlockByNumber', quantity(number), false)).toMatchObject({ kind: 'result', result })
    }
  },
)

async function transactionsOf(number: number): Promise<readonly string[]> {
  const body = JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'eth_getBlockByNumber',
    params: [quantity(number), false],
  })
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(`${gateway.url}/rpc`, { method: 'POST', headers, body })
  const { result } = (await response.json()) as { readonly result: { readonly transactions: readonly string[] } }
  return result.transactions
}
