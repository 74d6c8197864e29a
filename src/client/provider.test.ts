/** The whole client on worker threads, asked through its provider; a devnet's gateway is all that it knows. */
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { startDevnet, type Devnet } from '../../server/devnet/start-devnet.ts'
import { startGateway, type Gateway } from '../../server/gateway/start-gateway.ts'
import { startClient } from './client.ts'
import { nodePlatform } from './node-platform.ts'
import type { BeamNews, Beamtab, BeamtabOptions } from './public-types.ts'

/** Workers take seconds to start on a busy machine. */
const LIMIT_MS = 120_000

let devnet: Devnet
let gateway: Gateway
beforeAll(async () => {
  devnet = await startDevnet({
    ...{ seed: 'provider', preset: 'minimal', accounts: 50, gas: 300_000 },
    ...{ agePeriods: 1, slotSeconds: 2 },
  })
  gateway = await startGateway({ chain: devnet, log: pino({ level: 'silent' }) })
}, LIMIT_MS)
afterAll(async () => {
  await gateway.close()
  await devnet.close()
})

let client: Beamtab | undefined
afterEach(async () => {
  await client?.close()
  client = undefined
})

async function started(options: Partial<BeamtabOptions> = {}): Promise<Beamtab> {
  client = await startClient({ network: devnet.networkFile(gateway.url), evmWorkers: 1, ...options }, nodePlatform())
  return client
}

/** What the gateway says by itself. */
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
  readonly number: string
  readonly transactions: readonly string[]
}

test('reads of chain and state are proven, and what the chain says', { timeout: LIMIT_MS }, async () => {
  const { provider } = await started()
  await client!.waitForHead()
  expect(provider.isConnected()).toBe(true)
  const { result, verification } = await provider.requestVerified({
    method: 'eth_getBlockByNumber',
    params: ['latest', false],
  })
  const block = result as unknown as ShownBlock
  expect(verification).toMatchObject({ level: 'proven', block: { hash: block.hash }, signers: 32, committeeSize: 32 })
  expect(await said('eth_getBlockByHash', [block.hash, false])).toEqual(block)

  const at = [{ blockHash: block.hash }]
  const [account] = Object.keys(
    (await said('debug_traceBlockByHash', [block.hash, { tracer: 'prestateTracer' }]).then(
      (traces) => (traces as readonly { readonly result: object }[])[0]?.result,
    )) ?? {},
  )
  expect(account).toBeDefined()
  for (const method of ['eth_getBalance', 'eth_getTransactionCount', 'eth_getCode']) {
    const read = await provider.requestVerified({ method, params: [account, ...at] })
    expect([method, read.result]).toEqual([method, await said(method, [account, ...at])])
    expect(read.verification.level).toBe('proven')
  }
  const receipts = await provider.request({ method: 'eth_getBlockReceipts', params: [block.hash] })
  expect(receipts).toEqual(await said('eth_getBlockReceipts', [block.hash]))
})

test('an execution client’s JSON-RPC alone is enough', { timeout: LIMIT_MS }, async () => {
  const { provider } = await started({ servers: [`${gateway.url}/rpc`] })
  await client!.waitForHead()
  const latest = await provider.request({ method: 'eth_getBlockByNumber', params: ['latest', false] })
  const [transaction] = (latest as ShownBlock).transactions
  expect(transaction).toBeDefined()
  for (const method of ['eth_getTransactionByHash', 'eth_getTransactionReceipt']) {
    const read = await provider.requestVerified({ method, params: [transaction!] })
    expect([method, read.result]).toEqual([method, await said(method, [transaction])])
    expect(read.verification.level).toBe('proven')
  }
})

test('calls are executed here, and subscriptions tell each new block', { timeout: LIMIT_MS }, async () => {
  const { provider } = await started()
  const heads: ShownBlock[] = []
  const two = new Promise<void>((resolve) => {
    provider.on('message', ({ type, data }) => {
      if (type === 'eth_subscription') heads.push(data.result as unknown as ShownBlock)
      if (heads.length === 2) resolve()
    })
  })
  const subscription = await provider.request({ method: 'eth_subscribe', params: ['newHeads'] })
  const identity = { to: `0x${'4'.padStart(40, '0')}`, data: '0x1234' }
  const { result, verification } = await provider.requestVerified({ method: 'eth_call', params: [identity, 'latest'] })
  expect([result, verification.level]).toEqual(['0x1234', 'proven'])
  // A transfer, the two bytes, and what the precompile asks; how near the search comes is tested where it is.
  const gas = Number(await provider.request({ method: 'eth_estimateGas', params: [identity] }))
  expect(gas).toBeGreaterThanOrEqual(21_050)
  expect(gas).toBeLessThan(21_500)
  await two
  expect(Number(heads[1]!.number)).toBe(Number(heads[0]!.number) + 1)
  expect(await provider.request({ method: 'eth_unsubscribe', params: [subscription] })).toBe(true)
})

test('what is executed here is said to be, and asks nobody', { timeout: LIMIT_MS }, async () => {
  const kept = await new Promise<number>((resolve) => {
    const onNews = (news: BeamNews) => {
      if (news.kind === 'block' && news.block.record.kind === 'kept') resolve(news.block.number)
    }
    void started({ mode: 'beam', beam: { onNews } })
  })
  await client!.waitForHead()
  const params = [`0x${kept.toString(16)}`]
  const { result, verification } = await client!.provider.requestVerified({ method: 'eth_getBlockReceipts', params })
  expect(result).toEqual(await said('eth_getBlockReceipts', params))
  expect(verification).toMatchObject({ level: 'executed', block: { number: kept } })
  // Out of memory, where its logs have been taken apart by now.
  expect([['store'], ['own execution']]).toContainEqual(verification.source)
  expect(verification.proofBytes).toBeUndefined()
})

test('nothing is answered of a chain that nobody is asked about', { timeout: LIMIT_MS }, async () => {
  const { provider } = await started({ follow: 'off', provider: { headWaitMs: 100 } })
  expect(await provider.request({ method: 'eth_chainId' })).toBe(`0x${devnet.network.chainId.toString(16)}`)
  await expect(provider.request({ method: 'eth_blockNumber' })).rejects.toMatchObject({ code: 4900 })
  await expect(client!.waitForHead()).rejects.toThrow(/nothing is followed/)
})

test('after the client is closed its provider says so', { timeout: LIMIT_MS }, async () => {
  const { provider } = await started()
  await client!.close()
  await expect(provider.request({ method: 'eth_blockNumber' })).rejects.toMatchObject({ code: 4900 })
})
