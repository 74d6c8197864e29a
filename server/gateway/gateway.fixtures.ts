/** What tests of the gateway share: a small chain of both layers behind one, and a client that sends what it is told to. */
import { request } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import { pino } from 'pino'
import { loadWasmCrypto } from '../../src/execution/crypto/wasm-crypto.ts'
import { SimulatedClock } from '../../src/testing/simulated-clock.ts'
import { START } from '../beacon-api/beacon-api.fixtures.ts'
import { equivocatingSource, forgingSource } from '../devnet/false-sources.ts'
import type { DevnetBeacon } from '../devnet/start-devnet-beacon.ts'
import { startDevnetBeacon } from '../devnet/start-devnet-beacon.ts'
import type { LocalExecution } from '../execution/local-execution.ts'
import { madeUpChain } from '../execution/made-up-chain.fixtures.ts'
import type { Gateway, GatewayOptions } from './start-gateway.ts'
import { startGateway } from './start-gateway.ts'

export interface TestGateway extends Gateway {
  readonly devnet: DevnetBeacon
  readonly execution: LocalExecution
  /** Of the beacon chain. */
  readonly clock: SimulatedClock
  readonly log: readonly Record<string, unknown>[]
}

/** Accounts of the state, each with its number and one as its balance. */
export const ACCOUNTS = 40

/** On the machine's clock; the beacon chain stands still until a test moves its own. */
export async function testGateway(options: Partial<GatewayOptions> = {}): Promise<TestGateway> {
  const clock = new SimulatedClock(START)
  const devnet = await startDevnetBeacon({ clock, agePeriods: 2 })
  const { execution } = madeUpChain(
    Array.from({ length: ACCOUNTS }, (_, account) => ({
      account,
      edit: { kind: 'write', balance: account + 1, code: 0, storage: 'kept', slots: [] },
    })),
    await loadWasmCrypto(),
  )
  const log: Record<string, unknown>[] = []
  const gateway = await startGateway({
    chain: {
      beacon: devnet.source,
      execution,
      networkFile: (url) => ({ ...devnet.networkFile, servers: [{ kind: 'gateway', url }] }),
      falseViews: {
        staleHead: devnet.staleSource(10),
        equivocatingHead: equivocatingSource(devnet.source, devnet.chain),
        forgedUpdate: forgingSource(devnet.source, devnet.chain),
      },
    },
    log: pino({ base: null }, { write: (line) => void log.push(JSON.parse(line) as Record<string, unknown>) }),
    ...options,
  })
  return {
    ...gateway,
    devnet,
    execution,
    clock,
    log,
    close: async () => {
      await gateway.close()
      await devnet.close()
    },
  }
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  readonly ms: number
}

export interface Asked {
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly body?: string | Uint8Array
  /** Of this machine: another one is another client. */
  readonly from?: string
}

/** Sends the path as it is (`fetch` would tidy it up), on a connection of its own. Rejects where no whole answer comes. */
export function ask(url: string, path: string, asked: Asked = {}): Promise<Answer> {
  const { hostname, port } = new URL(url)
  const begun = performance.now()
  return new Promise((resolve, reject) => {
    const { method = 'GET', headers = {}, from = '127.0.0.1' } = asked
    const sent = request(
      { host: hostname, port, path, method, headers, localAddress: from, agent: false },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.once('error', reject)
        response.once('close', () => {
          if (!response.complete) reject(new Error('the answer was cut off'))
          const ms = performance.now() - begun
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks), ms })
        })
      },
    )
    sent.once('error', reject)
    sent.end(asked.body)
  })
}

export const askJson = async (url: string, path: string, asked?: Asked): Promise<Record<string, unknown>> =>
  JSON.parse((await ask(url, path, asked)).body.toString()) as Record<string, unknown>

/** What the control endpoint says once it was told. */
export async function control(url: string, change: object): Promise<Record<string, unknown>> {
  const asked = { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify(change) }
  const answer = await ask(url, '/beamtab/control', asked)
  const said = JSON.parse(answer.body.toString()) as Record<string, unknown>
  if (answer.status !== 200) throw new Error(`${answer.status}: ${String(said['message'])}`)
  return said
}

/** One JSON-RPC call by HTTP; the whole answer. */
export const call = async (url: string, method: string, params: readonly unknown[] = []) =>
  askJson(url, '/rpc', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  })
