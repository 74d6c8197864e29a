/**
 * `rpc`: what the provider's answers cost. Each method cold, by a client that has nothing but a head, and warm, by one that
 * has answered it before; from an execution client's JSON-RPC alone, 100 ms away; and the questions that have targets.
 */
import { bytesToHex } from '@ethereumjs/util'
import { PROXY, TOKENS } from '../server/devnet/execution/contracts/contracts.ts'
import { METHODS } from '../src/rpc/registry.ts'
import { asked } from './ask-gateway.ts'
import { startGatewayProcess } from './gateway-process.ts'
import { median } from './median.ts'
import { startMeteredProxy, type MeteredProxy } from './metered-proxy.ts'
import { balanceOf, methodCases, type ChainFacts } from './rpc-cases.ts'
import type { RpcAsk, RpcClient } from './rpc-client.ts'
import type { Threads } from './threads.ts'

const LATENCY_MS = 100

/** Times that a warm question is asked. */
const WARM_RUNS = 9

/** One client asks more than any tab would, and what limits cost is not what is measured. */
const NO_LIMITS = ['--max-requests-per-second', '1000000']

/** Stands still: heads that come meanwhile would be counted. */
const DEVNET = ['--devnet', '--preset', 'minimal', '--slots', '16', '--blocks', '0', '--gas', '2', ...NO_LIMITS]

/** As targets have it: a trip for accounts and what is known of slots, one for the code, one for what only the code tells. */
const BALANCES = [
  { name: 'a token', token: TOKENS[0], roundTrips: 3 },
  { name: 'a token behind a proxy', token: PROXY, roundTrips: 4 },
] as const

/** `Transfer(address,address,uint256)`. */
const TRANSFER = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef'

/** The devnet's first token. */
const TOKEN = bytesToHex(TOKENS[0])

const MANY_READS = 1_000
const EXECUTED_BLOCKS = 100

/** For {@link EXECUTED_BLOCKS}, a block each second. */
const GROWING_DEVNET = ['--devnet', '--preset', 'minimal', '--slot', '1', '--gas', '1', ...NO_LIMITS]
const EXECUTION_LIMIT_MS = 300_000

export async function benchRpc(
  threads: Threads,
  _files: readonly string[],
  print: (line: object) => void,
): Promise<void> {
  const tell = (line: object) => print({ bench: 'rpc', where: threads.where, latencyMs: LATENCY_MS, ...line })
  await everyMethod(threads, tell)
  await logsOfExecuted(threads, tell)
}

type Tell = (line: object) => void

async function everyMethod(threads: Threads, tell: Tell): Promise<void> {
  await inWorld(threads, DEVNET, 'light', async ({ url, proxy, start }) => {
    const facts = await factsOf(url)
    for (const call of methodCases(facts)) {
      if (!METHODS.has(call.method)) continue
      const client = await start()
      await measure(client, proxy, call, (line) => tell({ method: call.method, ...line }))
      await client.end()
    }
    for (const { name, token, roundTrips } of BALANCES) {
      const call = { method: 'eth_call', params: [balanceOf(bytesToHex(token), facts.sender), 'latest'] }
      const client = await start()
      const line = (told: object) => tell({ method: `eth_call, balanceOf of ${name}`, ...told })
      await measure(client, proxy, call, line, { cold: { roundTrips }, warm: { ms: 5 } })
      await client.end()
    }
    const client = await start()
    const read: RpcAsk = { method: 'eth_getBalance', params: [facts.holder, 'latest'] }
    await client.ask(read)
    const many = Array.from({ length: MANY_READS }, () => read)
    const ms = median(await inTurn(WARM_RUNS, () => client.askAll(many)))
    tell({ method: `eth_getBalance, ${MANY_READS} times`, temperature: 'warm', ...judged({ ms }, { ms: 300 }) })
    await client.end()
  })
}

/** In the store, as they were executed here: nobody is asked. */
async function logsOfExecuted(threads: Threads, tell: Tell): Promise<void> {
  await inWorld(threads, GROWING_DEVNET, 'beam', async ({ proxy, start }) => {
    const client = await start()
    const limit = performance.now() + EXECUTION_LIMIT_MS
    while ((await client.executed()) < EXECUTED_BLOCKS) {
      if (performance.now() > limit)
        throw new Error(`${await client.executed()} blocks executed in ${EXECUTION_LIMIT_MS} ms`)
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
    const newest = Number((await client.ask({ method: 'eth_blockNumber', params: [] })).result)
    const range = { fromBlock: hex(newest - EXECUTED_BLOCKS + 1), toBlock: hex(newest) }
    const call = { method: 'eth_getLogs', params: [{ ...range, address: TOKEN }] }
    const line = (told: object) => tell({ method: `eth_getLogs of ${EXECUTED_BLOCKS} executed blocks`, ...told })
    await measure(client, proxy, call, line, { cold: { ms: 50 }, warm: { ms: 50 } })
    await client.end()
  })
}

interface World {
  readonly url: string
  readonly proxy: MeteredProxy
  /** A client on an empty store that knows of one server of state: the proxy. */
  readonly start: () => Promise<RpcClient>
}

async function inWorld(
  threads: Threads,
  options: readonly string[],
  mode: 'light' | 'beam',
  run: (world: World) => Promise<void>,
): Promise<void> {
  const gateway = await startGatewayProcess(options)
  const { url } = gateway
  const proxy = await startMeteredProxy(url, LATENCY_MS)
  try {
    const network = (await (await fetch(`${url}/beamtab/network.json`)).json()) as object
    await run({ url, proxy, start: () => threads.startRpc({ network, servers: [`${proxy.url}/rpc`], mode }) })
  } finally {
    await proxy.close()
    await gateway.stop()
  }
}

interface Target {
  readonly roundTrips?: number
  readonly ms?: number
}

async function measure(
  client: RpcClient,
  proxy: MeteredProxy,
  call: RpcAsk,
  tell: Tell,
  targets: { readonly cold?: Target; readonly warm?: Target } = {},
): Promise<void> {
  await proxy.quiet()
  proxy.take()
  const cold = await client.ask(call)
  // Some have nothing to tell here, and say so.
  const failed = cold.error === undefined ? {} : { error: cold.error }
  tell({ temperature: 'cold', ...judged({ ...proxy.take(), ms: cold.ms }, targets.cold), ...failed })
  if (cold.error !== undefined) return
  const warmMs = median((await inTurn(WARM_RUNS, () => client.ask(call))).map(({ ms }) => ms))
  const { roundTrips, requests, bytes } = proxy.take()
  const each = { roundTrips: roundTrips / WARM_RUNS, requests: requests / WARM_RUNS, bytes: bytes / WARM_RUNS }
  tell({ temperature: 'warm', ...judged({ ...each, ms: warmMs }, targets.warm) })
}

function judged(figures: Required<Pick<Target, 'ms'>> & Target, target: Target | undefined): object {
  const told = { ...figures, ms: Number(figures.ms.toFixed(1)) }
  if (target === undefined) return told
  const met = (Object.keys(target) as (keyof Target)[]).every((field) => figures[field]! <= target[field]!)
  return { ...told, target, met }
}

async function inTurn<T>(times: number, run: () => Promise<T>): Promise<T[]> {
  const results: T[] = []
  for (let turn = 0; turn < times; turn++) results.push(await run())
  return results
}

interface ShownBlock {
  readonly number: string
  readonly hash: string
  readonly transactions: readonly { readonly hash: string; readonly from: string }[]
}

const newestBlock = (url: string): Promise<ShownBlock> => asked(url, 'eth_getBlockByNumber', ['latest', true])

/** Of the newest block that a light client can prove: from Gloas on it is told of a block when the next one is built on it. */
async function factsOf(url: string): Promise<ChainFacts> {
  const newest = Number((await newestBlock(url)).number)
  const { number, hash, transactions } = await asked<ShownBlock>(url, 'eth_getBlockByNumber', [hex(newest - 1), true])
  const [first] = transactions
  if (first === undefined) throw new Error(`block ${number} of ${url} is empty`)
  const holder = await holderOf(url, TOKEN, newest - HOLDER_BLOCKS, newest)
  return { number, hash, transaction: first.hash, sender: first.from, token: TOKEN, holder }
}

/** Of a devnet: in one of them somebody got some of the token. */
const HOLDER_BLOCKS = 8

/** Whoever got some of a token last. */
async function holderOf(url: string, token: string, from: number, to: number): Promise<string> {
  const filter = { fromBlock: hex(from), toBlock: hex(to), address: token, topics: [TRANSFER] }
  const logs = await asked<readonly { readonly topics: readonly string[] }[]>(url, 'eth_getLogs', [filter])
  const holder = logs.at(-1)?.topics[2]
  if (holder === undefined) throw new Error(`nobody moved any of ${token} in blocks ${from} to ${to}`)
  return `0x${holder.slice(-40)}`
}

const hex = (number: number): string => `0x${number.toString(16)}`
