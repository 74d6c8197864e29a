/** Methods that execute, on worker threads, over an execution client's JSON-RPC alone: what crosses the threads arrives. */
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDevnet, type Devnet } from '../../server/devnet/start-devnet.ts'
import { startGateway, type Gateway } from '../../server/gateway/start-gateway.ts'
import { startClient } from './client.ts'
import { nodePlatform } from './node-platform.ts'
import type { Beamtab } from './public-types.ts'

/** Workers take seconds to start on a busy machine. */
const LIMIT_MS = 120_000
const PROGRAM = '0x00000000000000000000000000000000009406a3'

let devnet: Devnet
let gateway: Gateway
let client: Beamtab
beforeAll(async () => {
  devnet = await startDevnet({
    ...{ seed: 'provider-execution', preset: 'minimal', accounts: 50, gas: 300_000 },
    ...{ agePeriods: 1, slotSeconds: 2 },
  })
  gateway = await startGateway({ chain: devnet, log: pino({ level: 'silent' }) })
  const servers = [`${gateway.url}/rpc`]
  client = await startClient({ network: devnet.networkFile(gateway.url), evmWorkers: 1, servers }, nodePlatform())
  await client.waitForHead()
}, LIMIT_MS)
afterAll(async () => {
  await client.close()
  await gateway.close()
  await devnet.close()
})

async function said(method: string, params: readonly unknown[]): Promise<unknown> {
  const response = await fetch(`${gateway.url}/rpc`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  })
  return ((await response.json()) as { readonly result: unknown }).result
}

interface ShownBlock {
  readonly hash: string
  readonly stateRoot: string
  readonly transactions: readonly string[]
}

async function latest(): Promise<ShownBlock> {
  return (await client.provider.request({
    method: 'eth_getBlockByNumber',
    params: ['latest', false],
  })) as ShownBlock
}

test('a block and a transaction of it are traced', { timeout: LIMIT_MS }, async () => {
  const { hash, transactions } = await latest()
  const params = [hash, { tracer: 'prestateTracer' }]
  const { result, verification } = await client.provider.requestVerified({ method: 'debug_traceBlockByHash', params })
  expect(result).toEqual(await said('debug_traceBlockByHash', params))
  expect(verification).toMatchObject({ level: 'proven', block: { hash } })
  const [transaction] = transactions
  const traced = await client.provider.request({
    method: 'debug_traceTransaction',
    params: [transaction!, { tracer: 'callTracer' }],
  })
  const receipt = await said('eth_getTransactionReceipt', [transaction])
  const { from, gasUsed } = receipt as { readonly from: string; readonly gasUsed: string }
  expect(traced).toMatchObject({ from, gasUsed })
})

test('calls are simulated, and their root is another', { timeout: LIMIT_MS }, async () => {
  const { hash, stateRoot } = await latest()
  const payload = {
    blockStateCalls: [
      { stateOverrides: { [PROGRAM]: { balance: '0x64' } }, calls: [{ from: PROGRAM, to: PROGRAM, value: '0x1' }] },
      {},
    ],
    traceTransfers: true,
  }
  const blocks = (await client.provider.request({
    method: 'eth_simulateV1',
    params: [payload, hash],
  })) as readonly { readonly parentHash: string; readonly stateRoot: string; readonly hash: string }[]
  expect(blocks).toHaveLength(2)
  expect(blocks[0]).toMatchObject({ parentHash: hash, calls: [{ status: '0x1', logs: [{ removed: false }] }] })
  expect(blocks[1]!.parentHash).toBe(blocks[0]!.hash)
  expect(new Set([stateRoot, ...blocks.map((block) => block.stateRoot)]).size).toBeGreaterThan(1)
})

test('what a call fails with comes through with its code', { timeout: LIMIT_MS }, async () => {
  const revert = { [PROGRAM]: { code: '0x602a60005260206000fd' } }
  const request = { method: 'eth_call', params: [{ to: PROGRAM }, 'latest', revert] }
  const data = `0x${'2a'.padStart(64, '0')}`
  await expect(client.provider.request(request)).rejects.toMatchObject({ code: 3, data })
  const tracing = { method: 'debug_traceCall', params: [{}, 'latest', { tracer: 'nobody' }] }
  await expect(client.provider.request(tracing)).rejects.toMatchObject({ code: -32602 })
})
