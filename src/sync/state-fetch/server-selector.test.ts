/** Whom the selector asks, by a clock that the tests own: speed, hedges, spread, lacking, lies, failures, bounds. */
import { describe, expect, test } from 'vitest'
import { asHash, type Hash } from '../../chain/bytes.ts'
import { loadKeccak } from '../../chain/keccak.ts'
import { RequestError } from '../../network/request-server.ts'
import { seededRandom } from '../../testing/seeded-random.ts'
import { SimulatedClock } from '../../testing/simulated-clock.ts'
import { HARD_TIMEOUT_MS, SOFT_TIMEOUT_MS } from '../constants.ts'
import {
  EXCLUSION_MIN_MS,
  MAX_FAILURES,
  MAX_PARCELS,
  OWN_LATE_MS,
  SPREAD_DECAY_MS,
  SYNC_PARCELS,
  URGENT_LATE_MS,
  WORK_LIMIT_MS,
} from './constants.ts'
import { SelectorFullError } from './selector-full-error.ts'
import { ServerSelector } from './server-selector.ts'
import type { StateServer } from './state-server.ts'
import { NOTHING_RECEIVED, TripCounter } from './trip-counter.ts'
import { nodesByHash } from './ways/by-hash.ts'
import type { WayContext } from './ways/way.ts'
import type { Urgency } from './work.ts'

const keccak = await loadKeccak()
const contents = Array.from({ length: 1_000 }, (_, at) => Uint8Array.of(at >> 8, at & 0xff, 7))
const hashes = contents.map((bytes) => asHash(keccak(bytes)))
const byHash = new Map(hashes.map((hash, at) => [String(hash), contents[at]!]))

type Behaviour =
  | { readonly kind: 'serves'; readonly lacks?: number; readonly most?: number }
  | { readonly kind: 'lies' }
  | { readonly kind: 'hangs' }
  | { readonly kind: 'fails'; readonly code: 'unreachable' | 'absent' | 'malformed' }

/** A server of nodes that answers after so many ms. */
class SimulatedServer {
  asked = 0
  aborted = 0
  readonly sizes: number[] = []
  behaviour: Behaviour

  constructor(
    readonly name: string,
    private readonly clock: SimulatedClock,
    public latencyMs: number,
    behaviour: Behaviour = { kind: 'serves' },
  ) {
    this.behaviour = behaviour
  }

  get server(): StateServer {
    return {
      name: this.name,
      windows: {},
      answers: { nodes: ({ hashes: asked }, signal) => this.#answer(asked, signal) },
    }
  }

  async #answer(asked: readonly Hash[], signal: AbortSignal): Promise<{ items: (Uint8Array | undefined)[] }> {
    this.asked += 1
    this.sizes.push(asked.length)
    signal.addEventListener('abort', () => void (this.aborted += 1))
    const { behaviour } = this
    if (behaviour.kind === 'hangs') return new Promise(() => undefined)
    await new Promise<void>((resolve) => void this.clock.after(this.latencyMs, resolve))
    switch (behaviour.kind) {
      case 'fails':
        throw new RequestError({ code: behaviour.code }, `${this.name}: ${behaviour.code}`)
      case 'lies':
        return { items: asked.map(() => Uint8Array.of(1, 2, 3)) }
      case 'serves': {
        const { lacks = 0, most = asked.length } = behaviour
        return { items: asked.slice(0, most).map((hash, at) => (at < lacks ? undefined : byHash.get(String(hash)))) }
      }
    }
  }
}

function world(latencies: readonly number[]) {
  const clock = new SimulatedClock(1_000_000)
  const selector = new ServerSelector({ clock, random: seededRandom(7) })
  const servers = latencies.map((ms, at) => new SimulatedServer(`server ${at}`, clock, ms))
  const removals = servers.map(({ server }) => selector.add(server))
  const counter = new TripCounter(() => clock.now())
  const held = new Set<string>()
  const abort = new AbortController()
  const context = {
    ...{ selector, keccak, counter, has: (hash: Hash) => held.has(String(hash)) },
    admit: (came: readonly { hash: Hash }[]) => {
      for (const { hash } of came) held.add(String(hash))
    },
  } as unknown as WayContext
  const get = (wanted: readonly Hash[], urgency: Urgency = 'urgent') => {
    const result = { reasons: undefined as readonly string[] | undefined }
    const faults = wanted.map((hash) => ({ kind: 'node' as const, hash, path: new Uint8Array() }))
    void nodesByHash(faults, context, { urgency, signal: abort.signal }).then(
      (reasons) => void (result.reasons = reasons),
    )
    return result
  }
  return { clock, selector, servers, removals, counter, held, abort, get }
}

test('an urgent fault goes to the fastest server once it is known', async () => {
  const { clock, servers, get, held } = world([300, 20, 200])
  for (let at = 0; at < 12; at++) {
    get([hashes[at]!])
    await clock.advance(400)
  }
  expect(held.size).toBe(12)
  const [slow, fast, middling] = servers
  expect(fast!.asked).toBeGreaterThan(slow!.asked + middling!.asked)
})

test('an urgent answer that is late is asked of another server too, later ones of both at once, and that decays', async () => {
  const { clock, servers, get, held } = world([URGENT_LATE_MS * 2, URGENT_LATE_MS * 2])
  const result = get([hashes[0]!])
  await clock.advance(URGENT_LATE_MS - 1)
  expect(servers.map(({ asked }) => asked).sort()).toEqual([0, 1])
  await clock.advance(1)
  expect(servers.map(({ asked }) => asked)).toEqual([1, 1])
  await clock.advance(URGENT_LATE_MS)
  expect(result.reasons).toEqual([])
  expect(held.size).toBe(1)
  // The slower one was told that nobody waits any more.
  expect(servers[0]!.aborted + servers[1]!.aborted).toBe(1)

  get([hashes[1]!])
  await clock.advance(0)
  expect(servers.map(({ asked }) => asked)).toEqual([2, 2])
  await clock.advance(SPREAD_DECAY_MS * 3)
  get([hashes[2]!])
  await clock.advance(0)
  expect(servers.map(({ asked }) => asked).sort()).toEqual([2, 3])
})

test('what is many goes in batches over all servers at once: one trip', async () => {
  const { clock, servers, counter, get, held } = world([100, 100, 100, 100])
  const result = get(hashes, 'ahead')
  await clock.advance(100)
  expect(result.reasons).toEqual([])
  expect(held.size).toBe(1_000)
  expect(counter.costs()).toMatchObject({ roundTrips: 1, requests: 3, nodesFetched: 1_000, networkMs: 100 })
  expect(servers.filter(({ asked }) => asked > 0).length).toBeGreaterThan(1)
})

test('what one server lacks is asked of the others, and of nobody twice', async () => {
  const { clock, servers, counter, get, held } = world([10, 10, 10])
  for (const server of servers) server.behaviour = { kind: 'serves', lacks: 1 }
  const result = get(hashes.slice(0, 20), 'ahead')
  await clock.advance(100)
  expect(held.size).toBe(19)
  expect(result.reasons).toHaveLength(3)
  expect(servers.map(({ asked }) => asked)).toEqual([1, 1, 1])
  expect(counter.costs().roundTrips).toBe(3)
})

test('an answer that was full is asked for again from where it ended', async () => {
  const { clock, servers, get, held } = world([10])
  servers[0]!.behaviour = { kind: 'serves', most: 30 }
  get(hashes.slice(0, 100), 'ahead')
  await clock.advance(40)
  expect(held.size).toBe(100)
  expect(servers[0]!.sizes).toEqual([100, 70, 40, 10])
})

test('false data excludes a server at once; the block goes on with the others, and it is tried again long after', async () => {
  const { clock, selector, servers, get, held } = world([10, 50])
  servers[0]!.behaviour = { kind: 'lies' }
  // The liar is the fastest once.
  for (let at = 0; at < 6; at++) {
    get([hashes[at]!])
    await clock.advance(100)
  }
  expect(held.size).toBe(6)
  expect(servers[0]!.asked).toBe(1)
  expect(selector.views()[0]!.lastError!.message).toContain('came with other hashes')
  await clock.advance(EXCLUSION_MIN_MS)
  servers[0]!.behaviour = { kind: 'serves' }
  for (let at = 6; at < 40; at++) get([hashes[at]!], 'ahead')
  await clock.advance(2_000)
  expect(held.size).toBe(40)
  expect(servers[0]!.asked).toBeGreaterThan(1)
})

test('a liar alone is a named failure', async () => {
  const { clock, servers, get, held } = world([10])
  servers[0]!.behaviour = { kind: 'lies' }
  const result = get([hashes[0]!])
  await clock.advance(10)
  expect(held.size).toBe(0)
  expect(result.reasons!.join()).toContain('server 0: nodes: 1 of 1 came with other hashes')
})

test('a server that hangs is passed after the soft timeout, and given up after the hard one', async () => {
  const { clock, servers, get, held } = world([1, 60])
  servers[0]!.behaviour = { kind: 'hangs' }
  const many = get(hashes.slice(0, 30), 'ahead')
  await clock.advance(SOFT_TIMEOUT_MS + 100)
  expect(many.reasons).toEqual([])
  expect(held.size).toBe(30)
  await clock.advance(HARD_TIMEOUT_MS)
  expect(clock.waiting).toBe(0)
})

test('with nobody but a server that hangs it ends, and says why', async () => {
  const { clock, servers, get } = world([1])
  servers[0]!.behaviour = { kind: 'hangs' }
  const result = get([hashes[0]!])
  await clock.advance(WORK_LIMIT_MS)
  expect(result.reasons!.join()).toMatch(/no answer in 10 s|too long/)
})

test('lost replies are asked for again, a bounded number of times', async () => {
  const { clock, servers, get, held } = world([10])
  servers[0]!.behaviour = { kind: 'fails', code: 'unreachable' }
  const result = get([hashes[0]!])
  await clock.advance(150)
  servers[0]!.behaviour = { kind: 'serves' }
  await clock.advance(1_000)
  expect(held.size).toBe(1)
  servers[0]!.behaviour = { kind: 'fails', code: 'unreachable' }
  const failing = get([hashes[1]!])
  const before = servers[0]!.asked
  await clock.advance(WORK_LIMIT_MS)
  expect(failing.reasons!.length).toBeGreaterThan(0)
  expect(servers[0]!.asked - before).toBeLessThanOrEqual(MAX_FAILURES)
  expect(result.reasons!.join()).toContain('unreachable')
})

test('what is no answer puts that kind aside and nothing else', async () => {
  const { clock, servers, get, held } = world([10, 50])
  servers[0]!.behaviour = { kind: 'fails', code: 'malformed' }
  for (let at = 0; at < 5; at++) {
    get([hashes[at]!])
    await clock.advance(100)
  }
  expect(held.size).toBe(5)
  expect(servers[0]!.asked).toBe(1)
})

test('who cancels gets nothing more, and what was under way is aborted', async () => {
  const { clock, servers, abort, get, held } = world([100])
  const result = get([hashes[0]!])
  await clock.advance(10)
  abort.abort(new Error('no longer'))
  await clock.advance(0)
  expect(result.reasons!.join()).toContain('cancelled')
  expect(servers[0]!.aborted).toBe(1)
  await clock.advance(200)
  expect(held.size).toBe(0)
})

test('a server that is taken away leaves what it was asked to the others', async () => {
  const { clock, servers, removals, get, held } = world([1, 100])
  servers[0]!.behaviour = { kind: 'hangs' }
  for (let at = 0; at < 4; at++) get([hashes[at]!], 'ahead')
  await clock.advance(1)
  removals[0]!()
  await clock.advance(500)
  expect(held.size).toBe(4)
})

test('a check that throws ends the work with what it threw, and leaves nothing under way', async () => {
  const { clock, selector, counter, get, held } = world([10, 10])
  const defect = new Error('cannot be')
  const broken = selector.fetch({
    ...{ kind: 'nodes', items: hashes.slice(0, 600), most: 100, urgency: 'ahead', place: undefined, counter },
    signal: new AbortController().signal,
    request: (asked) => ({ hashes: asked }),
    accept: () => {
      throw defect
    },
  })
  const outcome = broken.then(
    () => 'done',
    (error: unknown) => error,
  )
  await clock.advance(10)
  expect(await outcome).toBe(defect)
  await clock.advance(10)
  expect(clock.waiting).toBe(0)
  expect(counter.costs().networkMs).toBe(10)
  get([hashes[0]!])
  await clock.advance(10)
  expect(held.size).toBe(1)
})

test('of an account of the visit’s own another server is told once its own has been silent for long, and not before', async () => {
  const { clock, selector, servers, counter } = world([10, 10])
  selector.own.note('account')
  for (const server of servers) server.behaviour = { kind: 'hangs' }
  const ask = (urgency: Urgency) =>
    selector.fetch({
      ...{ kind: 'nodes', items: [hashes[0]!], most: 1, urgency, place: undefined, counter },
      signal: new AbortController().signal,
      own: () => 'account',
      request: (asked) => ({ hashes: asked }),
      accept: () => ({ lacking: [], left: [], received: NOTHING_RECEIVED }),
    })
  const asked = () => servers.map((server) => server.asked)
  const first = ask('urgent')
  await clock.advance(OWN_LATE_MS - 1)
  expect(asked().sort()).toEqual([0, 1])
  const [silent, other] = asked()[0] === 1 ? servers : [...servers].reverse()
  // While it may still answer, it is asked on.
  const second = ask('ahead')
  expect(silent!.asked).toBe(2)
  other!.behaviour = { kind: 'serves' }
  await clock.advance(1)
  expect(other!.asked).toBe(1)
  await clock.advance(OWN_LATE_MS + 100)
  expect(await Promise.all([first, second])).toEqual(Array(2).fill({ missing: [], reasons: [] }))
})

describe('nothing that is asked for stops what follows the chain', () => {
  /** Questions without end: as many as are taken. */
  function flooded(latencies: readonly number[]) {
    const net = world(latencies)
    const { selector, counter, clock } = net
    const question = (urgency: Urgency): Promise<unknown> =>
      selector.fetch({
        ...{ kind: 'nodes', items: [hashes[999]!], most: 1, urgency, place: undefined, counter },
        signal: new AbortController().signal,
        request: (asked) => ({ hashes: asked }),
        accept: () => ({ lacking: [], left: [], received: NOTHING_RECEIVED }),
      })
    let refused: unknown
    let count = 0
    while (refused === undefined && count <= MAX_PARCELS) {
      try {
        void question(count % 2 === 0 ? 'urgent' : 'ahead')
        count++
      } catch (error) {
        refused = error
      }
    }
    return { ...net, clock, refused, count }
  }

  test('a head is asked for at once, whatever waits and is under way', async () => {
    const { servers, get, held, clock, refused, count } = flooded([300, 300])
    expect(refused).toBeInstanceOf(SelectorFullError)
    expect(count).toBe(MAX_PARCELS - SYNC_PARCELS)
    await clock.advance(0)
    const before = servers.map(({ asked }) => asked)
    // Of six places each, questions leave one.
    expect(before).toEqual([5, 5])
    get([hashes[0]!], 'sync')
    get([hashes[1]!], 'sync')
    get([hashes[2]!], 'sync')
    expect(servers.reduce((sum, { asked }) => sum + asked, 0)).toBe(13)
    await clock.advance(300)
    expect(held.size).toBe(3)
  })

  test('also of servers that are late with all they were asked', async () => {
    const { servers, get, held, clock } = flooded([SOFT_TIMEOUT_MS * 3])
    await clock.advance(SOFT_TIMEOUT_MS + 10)
    const before = servers[0]!.asked
    get([hashes[0]!], 'sync')
    expect(servers[0]!.asked).toBe(before + 1)
    await clock.advance(SOFT_TIMEOUT_MS * 3)
    expect(held.size).toBe(1)
  })

  test('what is predicted for a block goes out with the next place that is free', async () => {
    const { get, held, clock } = flooded([300, 300])
    get(hashes.slice(0, 20), 'sync-ahead')
    await clock.advance(600)
    expect(held.size).toBe(20)
  })

  test('a question that a block comes to wait for is one of the block’s', async () => {
    const { selector, counter, servers, clock, held } = flooded([300])
    const waiting = new AbortController()
    // It is refused as any other until there is room: begun as a prediction of the block, raised as what it waits for.
    void selector.fetch({
      ...{ kind: 'nodes', items: [hashes[5]!], most: 1, urgency: 'sync-ahead', place: undefined, counter },
      signal: waiting.signal,
      request: (asked) => ({ hashes: asked }),
      accept: () => {
        held.add('it')
        return { lacking: [], left: [], received: NOTHING_RECEIVED }
      },
    })
    await clock.advance(0)
    const before = servers[0]!.asked
    selector.raise(waiting.signal)
    expect(servers[0]!.asked).toBe(before + 1)
    await clock.advance(300)
    expect(held.size).toBe(1)
  })

  test('and a block that is fetched leaves a place to questions', async () => {
    const { servers, get, held, clock } = world([300])
    get(hashes.slice(0, 900), 'sync-ahead')
    for (let at = 0; at < 20; at++) get([hashes[at]!], 'sync-ahead')
    await clock.advance(0)
    expect(servers[0]!.asked).toBe(5)
    get([hashes[950]!], 'ahead')
    expect(servers[0]!.asked).toBe(6)
    await clock.advance(300)
    expect(held.has(String(hashes[950]!))).toBe(true)
  })
})

test('a slow line gets smaller batches', async () => {
  const { clock, selector } = world([])
  const big = Array.from({ length: 400 }, (_, at) => new Uint8Array(1_000).fill(at & 0xff).fill(at >> 8, 0, 10))
  const names = big.map((bytes) => asHash(keccak(bytes)))
  const sizes: number[] = []
  selector.add({
    name: 'slow',
    windows: {},
    answers: {
      nodes: async ({ hashes: asked }) => {
        sizes.push(asked.length)
        // 100 bytes a ms.
        await new Promise<void>((resolve) => void clock.after(asked.length * 10, resolve))
        return { items: asked.map((hash) => big[names.findIndex((name) => String(name) === String(hash))]) }
      },
    },
  })
  const counter = new TripCounter(() => clock.now())
  const context = { selector, keccak, counter, has: () => false, admit: () => undefined } as unknown as WayContext
  const ask = (from: number, to: number) =>
    nodesByHash(
      names.slice(from, to).map((hash) => ({ kind: 'node' as const, hash, path: new Uint8Array() })),
      context,
      { urgency: 'ahead', signal: new AbortController().signal },
    )
  const first = ask(0, 50)
  await clock.advance(600)
  await first
  const rest = ask(50, 400)
  await clock.advance(30_000)
  await rest
  expect(sizes[0]).toBe(50)
  expect(Math.max(...sizes.slice(1))).toBeLessThan(150)
})
