/** Questions about accounts of a visit's own, at servers that hang: who is told of them, how long they wait, what they leave to others. */
import { expect, test } from 'vitest'
import { asHash, type Hash } from '../../chain/bytes.ts'
import { hashKey } from '../../state/hash-key.ts'
import { seededRandom } from '../../testing/seeded-random.ts'
import { SimulatedClock } from '../../testing/simulated-clock.ts'
import { OWN_LATE_MS, OWN_SILENCE_MS } from './constants.ts'
import { ServerSelector } from './server-selector.ts'
import { NOTHING_RECEIVED, TripCounter } from './trip-counter.ts'
import { codesByHash, nodesByHash } from './ways/by-hash.ts'
import type { WayContext } from './ways/way.ts'

const LATENCY_MS = 10

function world(names: readonly string[], hung: ReadonlySet<string> = new Set(names.slice(0, 1))) {
  const clock = new SimulatedClock(1_000_000)
  const selector = new ServerSelector({ clock, random: seededRandom(7) })
  const asked = new Map(names.map((name) => [name, [] as number[]]))
  const answer = async (name: string, hashes: readonly Hash[]) => {
    for (const hash of hashes) asked.get(name)!.push(accountOf(hash))
    if (hung.has(name)) return new Promise<never>(() => undefined)
    await new Promise<void>((resolve) => void clock.after(LATENCY_MS, resolve))
    return { items: hashes.map((hash) => hash.slice()) }
  }
  for (const name of names) {
    const hashed = ({ hashes }: { readonly hashes: readonly Hash[] }) => answer(name, hashes)
    selector.add({ name, windows: {}, answers: { nodes: hashed, codes: hashed } })
  }
  const counter = new TripCounter(() => clock.now())
  const question = (accounts: readonly number[], urgency: 'urgent' | 'sync' = 'urgent') => {
    if (urgency === 'urgent') for (const account of accounts) selector.own.note(keyOf(account))
    const result = { ms: NaN, missing: -1 }
    const since = clock.now()
    const done = selector.fetch({
      ...{ kind: 'nodes', items: accounts.map(hashOf), most: 100, urgency, place: undefined, counter },
      signal: new AbortController().signal,
      ...(urgency === 'urgent' ? { own: (hash: Hash) => keyOf(accountOf(hash)) } : {}),
      request: (hashes) => ({ hashes }),
      accept: () => ({ lacking: [], left: [], received: NOTHING_RECEIVED }),
    })
    void done.then(({ missing }) => Object.assign(result, { ms: clock.now() - since, missing: missing.length }))
    return result
  }
  return { clock, selector, counter, asked, question }
}

const hashOf = (account: number): Hash => {
  const hash = new Uint8Array(32)
  new DataView(hash.buffer).setUint32(0, account)
  return asHash(hash)
}
const accountOf = (hash: Hash): number => new DataView(hash.buffer, hash.byteOffset).getUint32(0)
const keyOf = (account: number): string => hashKey(hashOf(account))
const range = (count: number): number[] => Array.from({ length: count }, (_, at) => at)

async function after(clock: SimulatedClock, ms: number): Promise<void> {
  for (let spent = 0; spent < ms; spent += 100) await clock.advance(100)
}

test('a server that hangs holds each of many questions up once, not a few at a time', async () => {
  const { clock, question } = world(['hung', 'prompt'])
  const results = range(100).map((account) => question([account]))
  await after(clock, OWN_LATE_MS + 1_000)
  expect(results.filter(({ missing }) => missing !== 0)).toEqual([])
})

test('hundreds that wait for a server that is full are not looked through with each answer of another', async () => {
  const { clock, selector, question } = world(['hung', 'prompt'])
  let looked = 0
  const { own } = selector
  const homeOf = own.homeOf.bind(own)
  own.homeOf = (key, working) => {
    looked++
    return homeOf(key, working)
  }
  const results = range(400).map((account) => question([account]))
  await after(clock, OWN_LATE_MS + 1_000)
  expect(results.filter(({ missing }) => missing !== 0)).toEqual([])
  expect(looked).toBeLessThan(20 * results.length)
})

test('what was told to another once its own was silent is asked there for a while, and then of its own again', async () => {
  const { clock, question, asked } = world(['hung', 'prompt'])
  const ask = async () => {
    const results = [question([0]), question([1])]
    await after(clock, OWN_LATE_MS + 100)
    return Math.max(...results.map(({ ms }) => ms))
  }
  expect(await ask()).toBe(OWN_LATE_MS + LATENCY_MS)
  expect(await ask()).toBe(LATENCY_MS)
  expect(asked.get('hung')).toHaveLength(1)
  await after(clock, OWN_SILENCE_MS)
  await ask()
  expect(asked.get('hung')).toHaveLength(2)
})

test('where all are silent, all are asked', async () => {
  const hung = new Set(['one', 'two'])
  const { clock, question } = world(['one', 'two'], hung)
  question([0])
  await after(clock, 2 * OWN_LATE_MS)
  hung.clear()
  const result = question([1])
  await after(clock, 100)
  expect(result).toEqual({ ms: LATENCY_MS, missing: 0 })
})

test('accounts that went to another together are all known there', async () => {
  const { clock, selector, asked, question } = world(['hung', 'one', 'two'])
  question(range(12))
  const held = [...asked.get('hung')!]
  expect(held).toHaveLength(4)
  await after(clock, OWN_LATE_MS + 100)
  const told = ['one', 'two'].filter((name) => asked.get(name)!.includes(held[0]!))
  expect(told).toHaveLength(1)
  expect(held.map((account) => selector.own.homeOf(keyOf(account), ['one', 'two']))).toEqual(held.map(() => told[0]))
})

test('one place of a server is left to what follows the chain', async () => {
  const { clock, asked, question } = world(['hung'])
  for (const account of range(20)) question([account])
  await clock.advance(0)
  expect(asked.get('hung')).toHaveLength(5)
  question([99], 'sync')
  expect(asked.get('hung')).toHaveLength(6)
})

test.each([
  ['node', nodesByHash],
  ['code', codesByHash],
] as const)('by hashes too, each is asked of one server: %s', async (kind, byHash) => {
  const { clock, selector, counter, asked } = world(['one', 'two'], new Set())
  const context = {
    ...{ selector, counter, own: selector.own, has: () => false, admit: () => undefined },
    keccak: (bytes: Uint8Array) => hashOf(accountOf(bytes as Hash)),
  } as unknown as WayContext
  const { signal } = new AbortController()
  for (let round = 0; round < 6; round++) {
    for (const account of [1, 2]) {
      const address = hashOf(account) as never
      selector.own.note(keyOf(account))
      const fault = { kind, hash: hashOf(account), path: new Uint8Array(), account: address }
      void byHash([fault as never], context, { urgency: 'urgent', signal })
      await clock.advance(100)
    }
  }
  const told = ['one', 'two'].map((name) => [...new Set(asked.get(name))])
  expect(told.flat().sort()).toEqual([1, 2])
  expect(told.map(({ length }) => length)).toEqual([1, 1])
})
