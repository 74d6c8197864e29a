/** A beacon node on the test's clock: it answers and tells news as real ones do, late, never or falsely where it is told to. */
import { slotAtTime, timeOfSlot } from '../chain/beacon-config.ts'
import type { Clock } from '../chain/clock.ts'
import type { Network } from '../chain/network.ts'
import {
  REQUEST_RULES,
  RequestError,
  type Answers,
  type Capabilities,
  type RequestFault,
  type RequestKind,
  type RequestOf,
  type RequestServer,
  type ResponseOf,
  type ServerNews,
} from '../network/request-server.ts'
import type { LightClientUpdate } from '../consensus/containers/light-client-objects.ts'
import type { BeaconSource } from './simulated-beacon-source.ts'

/** How it answers what arrives while this is set; `ms` is the time until then. */
export type Conduct =
  | { readonly kind: 'answers'; readonly ms: number }
  | { readonly kind: 'fails'; readonly ms: number; readonly fault: RequestFault }
  | { readonly kind: 'stalls' }

/** Whether it tells news: of every slot, or nothing. */
export type Telling = 'news' | 'silent'

export interface SimulatedBeaconOptions {
  readonly name: string
  readonly network: Network
  readonly clock: Clock
  readonly source: BeaconSource
  /** Default: answers after 50 ms. */
  readonly conduct?: Conduct
  /** Default: news. */
  readonly telling?: Telling
}

/** Part of a slot after which its block and the updates it completes are seen (consensus-specs, SYNC_MESSAGE_DUE_BPS: a third). */
const SEEN_AFTER = 1 / 3

export class SimulatedBeaconServer implements RequestServer {
  readonly name: string
  readonly answers: Answers
  readonly capabilities: Capabilities
  conduct: Conduct
  telling: Telling
  source: BeaconSource
  /** Requests that arrived, by kind. */
  readonly received = new Map<RequestKind, number>()
  readonly #network: Network
  readonly #clock: Clock
  readonly #listeners = new Set<(news: ServerNews) => void>()
  #cancelTick: (() => void) | undefined

  constructor({ name, network, clock, source, conduct, telling }: SimulatedBeaconOptions) {
    this.name = name
    this.#network = network
    this.#clock = clock
    this.source = source
    this.conduct = conduct ?? { kind: 'answers', ms: 50 }
    this.telling = telling ?? 'news'
    this.capabilities = Object.fromEntries(
      source.kinds.map((kind) => [REQUEST_RULES[kind].capability, { kind: 'all' } as const]),
    )
    this.answers = Object.fromEntries(
      source.kinds.map((kind) => [
        kind,
        (request: RequestOf<typeof kind>, signal: AbortSignal) => this.#respond(kind, request, signal),
      ]),
    )
  }

  /** What the source answers now, without delay. */
  now<K extends RequestKind>(kind: K, request: RequestOf<K>): ResponseOf<K> | undefined {
    return this.source.answer(kind, request, this.#seen())
  }

  subscribe(listener: (news: ServerNews) => void): () => void {
    this.#listeners.add(listener)
    if (this.#listeners.size === 1) this.#awaitSlot()
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size === 0) this.#cancelTick?.()
    }
  }

  tell(news: ServerNews): void {
    for (const listener of this.#listeners) listener(news)
  }

  #respond<K extends RequestKind>(kind: K, request: RequestOf<K>, signal: AbortSignal): Promise<ResponseOf<K>> {
    this.received.set(kind, (this.received.get(kind) ?? 0) + 1)
    const { conduct } = this
    return new Promise((resolve, reject) => {
      if (conduct.kind === 'stalls') return
      const cancel = this.#clock.after(conduct.ms, () => {
        const response = conduct.kind === 'answers' ? this.now(kind, request) : undefined
        if (response !== undefined) return resolve(response)
        const fault: RequestFault = conduct.kind === 'fails' ? conduct.fault : { code: 'absent' }
        reject(new RequestError(fault, `${this.name} was asked for ${kind}: ${fault.code}`))
      })
      signal.addEventListener('abort', cancel)
    })
  }

  /** The newest slot whose block it has. */
  #seen(): number {
    return slotAtTime(this.#network, this.#clock.now() / 1000 - SEEN_AFTER * this.#network.slotSeconds)
  }

  #awaitSlot(): void {
    const next = timeOfSlot(this.#network, this.#seen() + 1 + SEEN_AFTER) * 1000
    // A clock may run a timer a rounding error early.
    this.#cancelTick = this.#clock.after(Math.max(1, Math.ceil(next - this.#clock.now())), () => {
      this.#awaitSlot()
      if (this.telling === 'news') this.#tellSlot()
    })
  }

  /** Head, then the updates that it completes; of a slot without a block nothing. */
  #tellSlot(): void {
    const seen = this.#seen()
    const head = this.source.head(seen)
    if (head === undefined || sameHead(head, this.source.head(seen - 1))) return
    this.tell({ kind: 'head', ...head })
    const optimistic = this.now('optimisticUpdate', {})
    if (optimistic !== undefined) this.tell({ kind: 'optimisticUpdate', update: optimistic })
    const finality = this.now('finalityUpdate', {})
    const before = this.source.answer('finalityUpdate', {}, seen - 1)
    if (finality !== undefined && finalizedSlot(finality) !== finalizedSlot(before)) {
      this.tell({ kind: 'finalityUpdate', update: finality })
    }
  }
}

const sameHead = (a: { readonly slot: number }, b: { readonly slot: number } | undefined): boolean => a.slot === b?.slot

const finalizedSlot = (update: LightClientUpdate | undefined): number | undefined =>
  update?.finality?.header.beacon.slot
