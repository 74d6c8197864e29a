/** Heads of a chain that grows, forks, jumps and falls silent: each told once, with what it changed. */
import { beforeEach, expect, test } from 'vitest'
import { asHash, type Hash } from '../../../../src/chain/bytes.ts'
import { hashKey } from '../../../../src/state/hash-key.ts'
import { SimulatedClock } from '../../../../src/testing/simulated-clock.ts'
import { UnavailableError, type ExecutionBlock, type ExecutionNews } from '../../../execution/execution-source.ts'
import { HeadWatch, type HeadQuestions } from './head-watch.ts'

const hash = (name: string): Hash => asHash(new Uint8Array(32).fill(name.charCodeAt(0)).fill(name.length, 16))
const block = (name: string, number: number, parent: string): ExecutionBlock => ({
  hash: hash(name),
  parentHash: hash(parent),
  number,
  timestamp: number,
  stateRoot: hash(name),
  header: new Uint8Array(),
  rlp: new Uint8Array(),
})

/** What the client has. */
class Client implements HeadQuestions {
  readonly #blocks = new Map<string, ExecutionBlock>()
  latest: ExecutionBlock | undefined
  finalized: ExecutionBlock | undefined
  isSilent = false
  /** Of blocks other than the latest. */
  knowsTags = true
  asked = 0

  add(...blocks: readonly ExecutionBlock[]): void {
    for (const one of blocks) this.#blocks.set(hashKey(one.hash), one)
    this.latest = blocks.at(-1)
  }

  block(selector: Parameters<HeadQuestions['block']>[0]): Promise<ExecutionBlock | undefined> {
    this.asked += 1
    if (this.isSilent) return Promise.reject(new UnavailableError('upstream: it is silent'))
    if (selector.kind === 'tag' && selector.tag !== 'latest' && !this.knowsTags)
      return Promise.reject(new UnavailableError('upstream: no such tag'))
    if (selector.kind === 'hash') return Promise.resolve(this.#blocks.get(hashKey(selector.hash)))
    return Promise.resolve(selector.tag === 'latest' ? this.latest : this.finalized)
  }
}

let clock: SimulatedClock
let client: Client
let watch: HeadWatch
let told: string[]
beforeEach(async () => {
  clock = new SimulatedClock()
  client = new Client()
  told = []
  const numbers = (blocks: readonly ExecutionBlock[]) => blocks.map((one) => one.number).join(',')
  watch = new HeadWatch(client, clock, (news: ExecutionNews) => {
    if (news.kind === 'head') told.push(`${news.head.number} +${numbers(news.added)} -${numbers(news.removed)}`)
  })
  client.add(block('a', 1, '0'))
  await watch.start()
})

test('the first head is no news; each later one is told once', async () => {
  expect(watch.current().head.number).toBe(1)
  client.add(block('b', 2, 'a'))
  await clock.advance(3_000)
  client.add(block('c', 3, 'b'), block('d', 4, 'c'))
  await clock.advance(3_000)
  expect(told).toEqual(['2 +2 -', '4 +3,4 -'])
  expect(watch.current().head.number).toBe(4)
})

test('a fork: what is gone, newest first, and what came, oldest first', async () => {
  client.add(block('b', 2, 'a'), block('c', 3, 'b'))
  await clock.advance(1_000)
  client.add(block('x', 2, 'a'), block('y', 3, 'x'), block('z', 4, 'y'))
  await clock.advance(1_000)
  expect(told).toEqual(['3 +2,3 -', '4 +2,3,4 -3,2'])
})

test('a jump whose way is not known is told by its newest', async () => {
  client.add(block('z', 100, 'y'))
  await clock.advance(1_000)
  expect(told).toEqual(['100 +100 -1'])
})

test('silence: the last head for a while, then why there is none', async () => {
  client.isSilent = true
  await clock.advance(20_000)
  expect(watch.current().head.number).toBe(1)
  await clock.advance(20_000)
  expect(() => watch.current()).toThrow('upstream: it is silent')
  client.isSilent = false
  await clock.advance(1_000)
  expect(watch.current().head.number).toBe(1)
})

test('what was finalized stays so where a client fails to say', async () => {
  client.finalized = block('a', 1, '0')
  client.add(block('b', 2, 'a'))
  await clock.advance(1_000)
  expect(watch.current().finalized?.number).toBe(1)
  client.knowsTags = false
  client.add(block('c', 3, 'b'))
  await clock.advance(1_000)
  expect([watch.current().head.number, watch.current().finalized?.number]).toEqual([3, 1])
})

test('stopped, it asks no more and leaves nothing behind', async () => {
  watch.stop()
  const { asked } = client
  await clock.advance(10_000)
  expect([client.asked, clock.waiting]).toEqual([asked, 0])
})
