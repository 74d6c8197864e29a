import { expect, test } from 'vitest'
import { systemClock } from '../../chain/clock.ts'
import { loadKeccak } from '../../chain/keccak.ts'
import { networkByName } from '../../chain/network.ts'
import type { Fetch } from '../../network/http/transport.ts'
import { describeServer, findServer, usableServers, type FoundServer, type Part } from './find-servers.ts'

const yes = (what: 'beacon' | 'gateway' | 'execution', rpc?: string): Part => ({ kind: 'yes', what, rpc })
const NO: Part = { kind: 'no', reason: 'nothing of the kind' }
const SILENT: Part = { kind: 'silent', reason: 'no connection' }
const OTHER: Part = { kind: 'other-chain', reason: 'has chain id 5, expected 1 (mainnet)' }

const server = (url: string, beacon: Part, state: Part): FoundServer => ({ url, name: url, beacon, state })

test('each is asked for what it has', () => {
  const found = [
    server('beacon', yes('beacon'), NO),
    server('client', NO, yes('execution', 'client')),
    server('gateway', yes('beacon'), yes('gateway', 'gateway/rpc')),
  ]
  expect(usableServers(found)).toEqual({
    beacon: ['beacon', 'gateway'],
    execution: ['client', 'gateway/rpc'],
    state: ['client', 'gateway'],
  })
})

test('one that is silent may come to answer; one that has said what it is not is not asked for that', () => {
  const found = [
    server('starting', SILENT, SILENT),
    server('slow client', SILENT, yes('execution', 'slow client')),
    server('web site', NO, NO),
  ]
  expect(usableServers(found)).toEqual({
    beacon: ['starting'],
    execution: ['slow client'],
    state: ['starting', 'slow client'],
  })
})

test('one of another chain is asked for nothing, and named', () => {
  const other = server('other', yes('beacon'), OTHER)
  expect(usableServers([other])).toEqual({ beacon: [], execution: [], state: [] })
  expect(describeServer(other)).toBe('other: not used: it has chain id 5, expected 1 (mainnet)')
})

test.each([
  [server('a', yes('beacon'), yes('gateway')), 'a: a beacon node and a gateway'],
  [server('a', NO, yes('execution')), 'a: an execution client'],
  [server('a', SILENT, SILENT), 'a: not found out yet (no connection)'],
  [server('a', NO, NO), 'a: not used: neither a beacon node, an execution client nor a gateway (nothing of the kind)'],
])('in words', (found, words) => {
  expect(describeServer(found)).toBe(words)
})

/** An execution client without proofs, of whatever chain it says; undefined: it does not say. */
function clientOf(chainId: number | undefined): Fetch {
  const answer = ({ id, method }: { readonly id: number; readonly method: string }) => {
    if (method === 'eth_blockNumber') return { jsonrpc: '2.0', id, result: '0x10' }
    if (method === 'eth_chainId' && chainId !== undefined)
      return { jsonrpc: '2.0', id, result: `0x${chainId.toString(16)}` }
    return { jsonrpc: '2.0', id, error: { code: -32601, message: 'no such method' } }
  }
  return async (_url, { method, body }) => {
    if (method !== 'POST') return new Response('not here', { status: 404 })
    const calls = JSON.parse(body as string) as Parameters<typeof answer>[0][]
    return Response.json(Array.isArray(calls) ? calls.map(answer) : answer(calls))
  }
}

test.each([
  [5, 'other-chain'],
  [1, 'yes'],
  [undefined, 'yes'],
])('a client that says it has chain %s is, for mainnet: %s', async (chainId, kind) => {
  const { state } = await findServer('http://127.0.0.1:1', {
    network: networkByName('mainnet'),
    keccak: await loadKeccak(),
    transport: { fetch: clientOf(chainId), clock: systemClock, origin: undefined },
    signal: new AbortController().signal,
  })
  expect(state.kind).toBe(kind)
  if (state.kind === 'other-chain') expect(state.reason).toBe('has chain id 5, expected 1 (mainnet)')
})
