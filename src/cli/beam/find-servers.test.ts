import { expect, test } from 'vitest'
import { describeServer, usableServers, type FoundServer, type Part } from './find-servers.ts'

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
