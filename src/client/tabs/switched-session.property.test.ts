/** Nodes that come and go at any moment: each request is answered once, and what is told of blocks has no gap and no repetition. */
import { expect, test } from 'vitest'
import type { ProviderSession } from '../../provider/public-types.ts'
import type { SessionCall, SessionNews, Verification } from '../../rpc/session-messages.ts'
import { seededRandom } from '../../testing/seeded-random.ts'
import { SimulatedClock } from '../../testing/simulated-clock.ts'
import { createSwitchedSession, GRACE_MS } from './switched-session.ts'

const PROVEN: Verification = { level: 'proven', source: ['a server'] }
const hashOf = (number: number): string => `0x${number.toString(16).padStart(64, '0')}`

/** The chain is its newest number; a node that is gone says nothing more. */
class FakeNode implements ProviderSession {
  private onNews: (news: SessionNews) => void = () => undefined
  readonly waiting: Extract<SessionCall, { kind: 'request' }>[] = []
  private readonly subscriptions = new Map<string, number>()
  private readonly filters = new Map<string, number>()
  isGone = false

  constructor(
    readonly name: string,
    private readonly head: () => number,
    readonly seen: string[],
  ) {}

  listen(onNews: (news: SessionNews) => void): () => void {
    this.onNews = onNews
    return () => (this.onNews = () => undefined)
  }

  send(call: SessionCall): void {
    if (call.kind !== 'request') return
    this.seen.push(call.method)
    this.waiting.push(call)
  }

  tell(news: SessionNews): void {
    if (!this.isGone) this.onNews(structuredClone(news))
  }

  ready(): void {
    this.tell({ kind: 'ready', chainId: '0x1' })
  }

  /** Answers one of those that wait. */
  answer(at: number): void {
    const [call] = this.waiting.splice(at, 1)
    if (call === undefined || this.isGone) return
    const { id, method, params, since } = call
    const named = (params as readonly string[] | undefined)?.[0] ?? ''
    const from = since === undefined ? this.head() : Number(since)
    const result = (value: string | boolean | number[]): void =>
      this.tell({ kind: 'result', id, result: value as never, verification: PROVEN })
    const made = `${this.name}-${id}`
    switch (method) {
      case 'eth_subscribe':
        this.subscriptions.set(made, from)
        result(made)
        this.tell({ kind: 'told', of: made, block: hashOf(from) })
        return this.tellHeads()
      case 'eth_newBlockFilter':
        this.filters.set(made, from)
        result(made)
        return this.tell({ kind: 'told', of: made, block: hashOf(from) })
      case 'eth_getFilterChanges': {
        const place = this.filters.get(named)
        if (place === undefined)
          return this.tell({ kind: 'error', id, error: { code: -32000, message: 'filter not found' } })
        this.filters.set(named, this.head())
        result(Array.from({ length: this.head() - place }, (_, each) => place + each + 1))
        return this.tell({ kind: 'told', of: named, block: hashOf(this.head()) })
      }
      case 'eth_unsubscribe':
        return result(this.subscriptions.delete(named))
      default:
        return result(method)
    }
  }

  tellHeads(): void {
    for (const [id, place] of this.subscriptions) {
      for (let number = place + 1; number <= this.head(); number++)
        this.tell({ kind: 'notification', subscription: id, result: number })
      this.subscriptions.set(id, this.head())
      this.tell({ kind: 'told', of: id, block: hashOf(this.head()) })
    }
  }
}

test.each(Array.from({ length: 40 }, (_, seed) => seed))('nodes end at any moment (seed %i)', async (seed) => {
  const random = seededRandom(seed)
  const below = (count: number): number => Math.floor(random() * count)
  const clock = new SimulatedClock()
  const session = createSwitchedSession(clock)
  let head = 100
  let nodes = 0
  const seen: string[] = []
  const answers = new Map<number, SessionNews[]>()
  const heads = new Map<string, number[]>()
  const told: string[] = []
  session.listen((news) => {
    if (news.kind === 'result' || news.kind === 'error') answers.get(news.id)!.push(news)
    else if (news.kind === 'notification') heads.get(news.subscription)!.push(news.result as number)
    else told.push(news.kind)
    if (news.kind === 'result' && methods.get(news.id) === 'eth_subscribe') heads.set(news.result as string, [])
  })
  const methods = new Map<number, string>()
  const ask = (method: string, ...params: string[]): number => {
    const id = methods.size + 1
    methods.set(id, method)
    answers.set(id, [])
    session.send({ kind: 'request', id, method, params, allowUnverified: false })
    return id
  }
  const start = (): FakeNode => {
    const next = new FakeNode(`node${++nodes}`, () => head, seen)
    session.connect(next)
    return next
  }
  const resultOf = (id: number): unknown => {
    const [news] = answers.get(id)!
    return news?.kind === 'result' ? news.result : undefined
  }

  let node = start()
  node.ready()
  const subscription = ask('eth_subscribe', 'newHeads')
  const filter = ask('eth_newBlockFilter')
  node.answer(0)
  node.answer(0)
  const changes: number[] = []
  const polls: number[] = []
  const read = (id: number): void => void changes.push(...((resultOf(id) as number[] | undefined) ?? []))
  for (let step = 0; step < 200; step++) {
    switch (below(8)) {
      case 0:
        node.isGone = true
        if (random() < 0.5) session.disconnect()
        break
      case 1:
        node = start()
        break
      case 2:
        node.ready()
        break
      case 3:
        ask(['eth_getBalance', 'eth_sendRawTransaction', 'web3_clientVersion'][below(3)]!)
        break
      case 4:
        head += 1
        node.tellHeads()
        break
      case 5:
        // One poll at a time, as dapps do.
        if (polls.every((id) => answers.get(id)!.length > 0))
          polls.push(ask('eth_getFilterChanges', resultOf(filter) as string))
        break
      default:
        node.answer(below(node.waiting.length))
    }
    await clock.advance(below(GRACE_MS / 50))
  }
  node = start()
  node.ready()
  while (node.waiting.length > 0) node.answer(0)
  node.tellHeads()
  const last = ask('eth_getFilterChanges', resultOf(filter) as string)
  while (node.waiting.length > 0) node.answer(0)

  for (const [id, all] of answers) expect([methods.get(id), all.length]).toEqual([methods.get(id), 1])
  for (const [id, [news]] of answers)
    if (news!.kind === 'error')
      expect([methods.get(id), news!.error.code]).toEqual([expect.stringMatching(/^eth_get/), 4900])
  for (const poll of [...polls, last]) read(poll)
  const expected = Array.from({ length: head - 100 }, (_, each) => 101 + each)
  expect(heads.get(resultOf(subscription) as string)).toEqual(expected)
  expect(changes).toEqual(expected)
  session.close()
  expect(clock.waiting).toBe(0)
})

test('a provider that was connected hears of nothing while another node takes over, and of its absence after that', async () => {
  const clock = new SimulatedClock()
  const session = createSwitchedSession(clock)
  const news: SessionNews[] = []
  session.listen((each) => void news.push(each))
  const first = new FakeNode('first', () => 1, [])
  session.connect(first)
  first.ready()
  session.send({ kind: 'request', id: 1, method: 'eth_getBalance', params: [], allowUnverified: false })
  session.send({ kind: 'request', id: 2, method: 'eth_sendRawTransaction', params: [], allowUnverified: false })
  session.disconnect()
  const second = new FakeNode('second', () => 1, [])
  session.connect(second)
  second.tell({ kind: 'stale', reason: 'no head has been proven yet' })
  await clock.advance(GRACE_MS - 1)
  expect(news.map(({ kind }) => kind)).toEqual(['ready'])
  expect(second.seen).toEqual([])
  await clock.advance(1)
  expect(news.slice(1)).toMatchObject([
    { kind: 'stale', reason: 'no head has been proven yet' },
    { kind: 'error', id: 1, error: { code: 4900 } },
  ])
  second.ready()
  expect(second.seen).toEqual(['eth_sendRawTransaction'])
  second.answer(0)
  expect(news.slice(3)).toMatchObject([{ kind: 'ready' }, { kind: 'result', id: 2 }])
})

test('a subscription that cannot go on ends with a last notification', () => {
  const session = createSwitchedSession(new SimulatedClock())
  const news: SessionNews[] = []
  session.listen((each) => void news.push(each))
  const first = new FakeNode('first', () => 7, [])
  session.connect(first)
  first.ready()
  session.send({ kind: 'request', id: 1, method: 'eth_subscribe', params: ['newHeads'], allowUnverified: false })
  first.answer(0)
  const second = new FakeNode('second', () => 8, [])
  session.connect(second)
  second.ready()
  const [made] = second.waiting
  expect(made).toMatchObject({ method: 'eth_subscribe', since: hashOf(7) })
  second.tell({ kind: 'error', id: made!.id, error: { code: -32002, message: 'nobody has the block' } })
  expect(news.slice(-2)).toEqual([
    {
      kind: 'notification',
      subscription: 'first-1',
      result: { error: { code: -32002, message: 'the subscription has ended: nobody has the block' } },
    },
    { kind: 'ended', of: 'first-1' },
  ])
})
