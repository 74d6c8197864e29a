/** The events of a generated chain that grows by a slot a second, across two forks: streamed, and polled for. */
import { isDeepStrictEqual } from 'node:util'
import { bytesToHex } from '@ethereumjs/util'
import { sha256 } from '@noble/hashes/sha2.js'
import type { Network } from '../../chain/network.ts'
import { encodeUpdate } from '../../consensus/containers/encode.ts'
import { beaconServer } from '../../network/beacon/beacon-server.ts'
import type { ServerNews } from '../../network/request-server.ts'
import type { BeaconNews } from '../../../server/beacon-api/beacon-source.ts'
import { ChainSource } from '../../../server/devnet/chain-source.ts'
import { startDevnetBeacon } from '../../../server/devnet/start-devnet-beacon.ts'
import { heardWithin } from './heard-within.ts'
import type { ConformanceCase, Outcome } from './suite.ts'

/** Slots that the chain grows by: a fork at the first epoch's end, missed slots, another finalized epoch. */
const SLOTS = 14

/** Of the minimal preset: the chain is two periods old at the start, and an epoch has 8 slots. */
const FORKS = { electra: 0, fulu: 16, gloas: 17 }

const KINDS = ['head', 'optimisticUpdate', 'finalityUpdate'] as const
type Kind = (typeof KINDS)[number]

/** What came, of each kind in its order, as text that is equal for equal things. */
type Sequences = Readonly<Record<Kind, readonly string[]>>

interface Run {
  /** What the server sent as events. */
  readonly told: Sequences
  /** What it answered requests with, slot after slot. */
  readonly offered: Sequences
  readonly streamed: Sequences
  readonly polled: Sequences
}

/** One run for all of them, begun with the first. */
export function* eventCases(): Iterable<ConformanceCase> {
  let run: Promise<Run> | undefined
  const result = () => (run ??= follow())
  for (const kind of KINDS) {
    yield { name: `events/${kind}/streamed`, run: async () => checkStreamed(await result(), kind) }
    yield { name: `events/${kind}/polled`, run: async () => checkPolled(await result(), kind) }
  }
}

/** Every event is heard, in order; what is heard beside them, before the stream or where a slot was missed, was offered. */
function checkStreamed({ told, offered, streamed }: Run, kind: Kind): Outcome {
  const heard = streamed[kind]
  const events = heard.filter((each) => told[kind].includes(each))
  const others = heard.filter((each) => !told[kind].includes(each) && !offered[kind].includes(each))
  if (told[kind].length > 0 && isDeepStrictEqual(events, told[kind]) && others.length === 0) return { kind: 'passed' }
  return { kind: 'failed', error: `the server told ${told[kind].join(', ')}; the client heard ${heard.join(', ')}` }
}

/** What is heard was offered, in order, and is the newest in the end. A busy machine may poll so late that it misses some. */
function checkPolled({ offered, polled }: Run, kind: Kind): Outcome {
  const heard = polled[kind]
  const places = heard.map((each) => offered[kind].indexOf(each))
  const isInOrder = places.every((place, i) => place > (places[i - 1] ?? -1))
  if (heard.length > 0 && isInOrder && heard.at(-1) === offered[kind].at(-1)) return { kind: 'passed' }
  return { kind: 'failed', error: `the server had ${offered[kind].join(', ')}; the client heard ${heard.join(', ')}` }
}

async function follow(): Promise<Run> {
  const devnet = await startDevnetBeacon({
    seed: 'light-client-api',
    slotSeconds: 1,
    forks: FORKS,
    chain: { missed: 0.2 },
  })
  const { network, live } = devnet
  const source = new ChainSource(live)
  const told = new Sequence(network)
  const offered = new Sequence(network)
  const offer = () => {
    const { header, root } = source.head().block
    offered.take({ kind: 'head', slot: header.slot, blockRoot: root })
    for (const kind of ['optimisticUpdate', 'finalityUpdate'] as const) {
      const update = source[kind]()
      if (update !== undefined) offered.take({ kind, update })
    }
  }
  offer()
  live.listen(offer)
  source.listen((news) => told.take(news))
  const mute = await devnet.addServer()
  mute.faults.set([{ route: 'events', fault: { kind: 'status', status: 404 } }])
  const streamed = listen(network, devnet.url)
  const polled = listen(network, mute.url)
  try {
    await new Promise<void>((resolve) => {
      const last = live.slot + SLOTS
      live.listen((slot) => void (slot >= last && resolve()))
    })
    await live.stop()
    const isOver = () =>
      KINDS.every((kind) => polled.sequence.has(offered.last(kind)) && streamed.sequence.has(told.last(kind)))
    await heardWithin(isOver)
    return {
      told: told.heard,
      offered: offered.heard,
      streamed: streamed.sequence.heard,
      polled: polled.sequence.heard,
    }
  } finally {
    streamed.stop()
    polled.stop()
    await devnet.close()
  }
}

function listen(network: Network, url: string): { readonly sequence: Sequence; readonly stop: () => void } {
  const sequence = new Sequence(network)
  return { sequence, stop: beaconServer({ network, url }).subscribe((news) => sequence.take(news)) }
}

/** Always: nothing comes twice in a row, because a poll may bring again what an event has brought. */
class Sequence {
  readonly heard: Readonly<Record<Kind, string[]>> = { head: [], optimisticUpdate: [], finalityUpdate: [] }

  constructor(private readonly network: Network) {}

  last(kind: Kind): string | undefined {
    return this.heard[kind].at(-1)
  }

  has(text: string | undefined): boolean {
    return text === undefined || KINDS.some((kind) => this.heard[kind].includes(text))
  }

  take(news: ServerNews | BeaconNews): void {
    if (news.kind === 'head') this.#add('head', headText(news))
    else if (news.kind === 'optimisticUpdate' || news.kind === 'finalityUpdate') {
      const { ssz } = encodeUpdate(this.network, news.update, news.kind)
      this.#add(news.kind, `${news.update.signatureSlot}:${bytesToHex(sha256(ssz)).slice(0, 18)}`)
    }
  }

  #add(kind: Kind, text: string): void {
    if (this.last(kind) !== text) this.heard[kind].push(text)
  }
}

function headText(news: Extract<ServerNews | BeaconNews, { readonly kind: 'head' }>): string {
  const { slot, root } =
    'block' in news
      ? { slot: news.block.header.slot, root: news.block.root }
      : { slot: news.slot, root: news.blockRoot }
  return `${slot}:${bytesToHex(root)}`
}
