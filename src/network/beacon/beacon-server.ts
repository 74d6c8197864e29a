/** A beacon node as a {@link RequestServer}: finds out what it can do, answers requests, passes on what it says unasked. */
import { byteArrayEquals } from '@chainsafe/ssz'
import { slotAtTime } from '../../chain/beacon-config.ts'
import { epochAtSlot, periodAtSlot } from '../../chain/beacon-preset.ts'
import type { Root } from '../../chain/bytes.ts'
import { systemClock, type Clock } from '../../chain/clock.ts'
import type { Network } from '../../chain/network.ts'
import { BeaconBlockHeaderType } from '../../consensus/containers/ssz-types.ts'
import { HttpEndpoint } from '../http/http-endpoint.ts'
import { parseServerUrl } from '../http/server-url.ts'
import { platformTransport, type HttpTransport } from '../http/transport.ts'
import { pause } from '../pause.ts'
import {
  RequestError,
  type Answers,
  type Capabilities,
  type Capability,
  type RequestServer,
  type ServerNews,
} from '../request-server.ts'
import { beaconAnswers } from './beacon-answers.ts'
import type { BeaconEvent } from './beacon-event.ts'
import { BeaconRest } from './beacon-rest.ts'
import { FINALITY_POLLS, NETWORK_RECHECK_MS, RECONNECT_MAX_MS, RECONNECT_MIN_MS, STREAM_RETRY_MS } from './constants.ts'
import { EventFeed, type EventFeedState } from './event-feed.ts'
import { fetchHead } from './header-routes.ts'
import { fetchFinalityUpdate, fetchOptimisticUpdate, fetchUpdates } from './light-client-routes.ts'
import { checkNetwork } from './network-check.ts'
import { isAbsent, outcomeOf, type Outcome } from './outcome.ts'
import { fetchHeadStateProof } from './state-proof-route.ts'
import { UpdatePoller, type PolledNews } from './update-poller.ts'

export interface BeaconServerOptions {
  readonly network: Network
  /** As a user gives it: with a path or not, with a key in path or query or not. */
  readonly url: string
  /** Default: this thread's `fetch` and clock. */
  readonly transport?: HttpTransport
  /** Uniform in 0..1, 1 excluded. Default: `Math.random`. */
  readonly random?: () => number
}

export interface BeaconServer extends RequestServer {
  /** How its news come, for the status. */
  readonly events: EventFeedState
}

/**
 * Nothing is asked of it before the first {@link RequestServer.subscribe}. From then on it finds out of which network the
 * server is; until that is ours it has no capability. A server of another network says so as a `fault`.
 * @throws {ServerUrlError}
 */
export function beaconServer(options: BeaconServerOptions): BeaconServer {
  return new RestServer(options)
}

type Listener = (news: ServerNews) => void

/** No route says how far back a node goes: a 404 does, for each item. */
const ALL = { kind: 'all' } as const

/** A finality update that is to come. */
interface AwaitedFinality {
  readonly blockRoot: Root
  readonly pollsLeft: number
}

/**
 * Always: capabilities other than none are of a server of our network; probes, stream and polls run while somebody
 * listens, and end with the last who does.
 */
class RestServer implements BeaconServer {
  readonly name: string
  readonly answers: Answers
  readonly #network: Network
  readonly #clock: Clock
  readonly #rest: BeaconRest
  readonly #feed: EventFeed
  readonly #poller: UpdatePoller
  readonly #random: () => number
  readonly #listeners = new Set<Listener>()
  #capabilities: Capabilities = {}
  /** It is of another network. */
  #refusal: RequestError | undefined
  #abort: AbortController | undefined
  /** What its stream has brought since the last moment of a slot. */
  #heard: 'nothing' | 'updates' = 'nothing'
  #awaited: AwaitedFinality | undefined
  /** What it said it has not, when last asked for it. */
  readonly #lacking = new Set<PolledNews['kind']>()
  /** The last in which it was asked whether it has light-client data at all. */
  #askedEpoch = -1

  constructor({ network, url, transport = platformTransport(systemClock), random = Math.random }: BeaconServerOptions) {
    const endpoint = new HttpEndpoint(parseServerUrl(url), transport)
    const { clock } = transport
    this.name = endpoint.url.name
    this.#network = network
    this.#clock = clock
    this.#random = random
    this.#rest = new BeaconRest({ network, endpoint, onTime: (now) => this.#tell({ kind: 'time', now }) })
    this.#feed = new EventFeed({
      network,
      endpoint,
      random,
      onOpen: () => this.#poller.pollNow(),
      onEvent: (event) => this.#hear(event),
      onFault: (error) => this.#tell({ kind: 'fault', error }),
    })
    this.#poller = new UpdatePoller({
      network,
      clock,
      random,
      server: this.name,
      isDue: (slot) => this.#isPollDue(slot),
      questions: {
        optimisticUpdate: async (signal) => ({
          kind: 'optimisticUpdate',
          update: await fetchOptimisticUpdate(this.#rest, signal),
        }),
        finalityUpdate: async (signal) => {
          this.#countAwaited()
          return { kind: 'finalityUpdate', update: await fetchFinalityUpdate(this.#rest, signal) }
        },
        head: async (signal) => ({ kind: 'head', ...(await fetchHead(this.#rest, signal)) }),
      },
      onEnd: (kind, outcome) => this.#takePolled(kind, outcome),
    })
    this.answers = beaconAnswers(this.#rest, () => this.#refusal)
  }

  get capabilities(): Capabilities {
    return this.#capabilities
  }

  get events(): EventFeedState {
    return this.#feed.state
  }

  subscribe(listener: Listener): () => void {
    // Two subscriptions of one listener are two.
    const own: Listener = (news) => listener(news)
    this.#listeners.add(own)
    if (this.#abort === undefined) {
      this.#abort = new AbortController()
      void this.#run(this.#abort.signal)
    }
    return () => {
      this.#listeners.delete(own)
      if (this.#listeners.size === 0) this.#stop()
    }
  }

  #stop(): void {
    this.#abort?.abort()
    this.#abort = undefined
    this.#feed.stop()
    this.#poller.stop()
  }

  async #run(signal: AbortSignal): Promise<void> {
    await this.#untilOurs(signal)
    if (signal.aborted) return
    this.#set({ 'light-client': ALL, headers: ALL, blocks: ALL })
    this.#feed.start()
    this.#poller.start()
    this.#poller.pollNow()
    await this.#probeStateProofs(signal)
  }

  /** Resolves when the server is known to be of our network, or the signal aborts. */
  async #untilOurs(signal: AbortSignal): Promise<void> {
    for (let delay = RECONNECT_MIN_MS; ; delay = Math.min(RECONNECT_MAX_MS, 2 * delay)) {
      const check = await outcomeOf(checkNetwork(this.#rest, signal), this.name)
      if (signal.aborted) return
      const before = this.#refusal
      const error = check.kind === 'error' ? check.error : check.answer.error
      this.#refusal = check.kind === 'error' ? this.#refusal : check.answer.error
      if (error === undefined) return
      if (this.#refusal !== undefined) this.#set({})
      this.#tell({ kind: 'fault', error })
      const wish = error.fault.code === 'busy' ? Math.min(STREAM_RETRY_MS, error.fault.retryAfterMs) : 0
      // Its address may be given to another server, but not any minute.
      const untilAnother = before?.message === error.message ? STREAM_RETRY_MS : NETWORK_RECHECK_MS
      const ms = check.kind === 'answer' ? untilAnother : Math.max(wish, delay * (0.5 + this.#random()))
      await pause(this.#clock, ms, signal)
      if (signal.aborted) return
    }
  }

  /** Asked again, at most as often as a stream, until it answers: yes, or that it has no such route. */
  async #probeStateProofs(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const probe = await outcomeOf(fetchHeadStateProof(this.#rest, signal), this.name)
      if (signal.aborted) return
      if (probe.kind === 'answer') return this.#set({ ...this.#capabilities, 'state-proofs': ALL })
      if (probe.error.fault.code === 'absent' || probe.error.fault.code === 'malformed') return
      await pause(this.#clock, STREAM_RETRY_MS, signal)
    }
  }

  #hear(event: BeaconEvent): void {
    if (event.kind === 'finalized') this.#awaited = { blockRoot: event.blockRoot, pollsLeft: FINALITY_POLLS }
    if (event.kind !== 'news') return
    if (event.news.kind === 'head') return this.#tell(event.news)
    this.#heard = 'updates'
    this.#take(event.news)
  }

  /**
   * Not where the stream has brought updates since the last slot's moment. So nothing has to be known of why it is silent:
   * that there is none, that it is broken, or that its server sends no light-client events.
   */
  #isPollDue(slot: number): boolean {
    const heard = this.#heard
    this.#heard = 'nothing'
    if (!this.#has('light-client')) return slot % this.#network.preset.slotsPerEpoch === 0
    return heard === 'nothing' || this.#awaited !== undefined
  }

  #countAwaited(): void {
    if (this.#awaited === undefined) return
    const pollsLeft = this.#awaited.pollsLeft - 1
    this.#awaited = pollsLeft > 0 ? { ...this.#awaited, pollsLeft } : undefined
  }

  #takePolled(kind: PolledNews['kind'], outcome: Outcome<PolledNews>): void {
    this.#lacking.delete(kind)
    if (outcome.kind === 'answer') {
      return outcome.answer.kind === 'head' ? this.#tell(outcome.answer) : this.#take(outcome.answer)
    }
    if (!isAbsent(outcome.error)) return this.#tell({ kind: 'fault', error: outcome.error })
    this.#lacking.add(kind)
    const hasNone = this.#lacking.has('optimisticUpdate') && this.#lacking.has('finalityUpdate')
    if (hasNone && this.#abort !== undefined) void this.#checkLightClient(this.#abort.signal)
  }

  #take(news: Extract<ServerNews, { readonly kind: 'finalityUpdate' | 'optimisticUpdate' }>): void {
    if (news.kind === 'finalityUpdate' && this.#awaited !== undefined && news.update.finality !== undefined) {
      const root = BeaconBlockHeaderType.hashTreeRoot(news.update.finality.header.beacon)
      if (byteArrayEquals(root, this.#awaited.blockRoot)) this.#awaited = undefined
    }
    this.#lacking.delete(news.kind)
    if (!this.#has('light-client')) this.#set({ ...this.#capabilities, 'light-client': ALL })
    this.#tell(news)
  }

  /**
   * It has neither newest update: either not yet, or it has no light-client routes at all. Asked again with each epoch,
   * as data comes to be with the first blocks of a chain and with finality.
   */
  async #checkLightClient(signal: AbortSignal): Promise<void> {
    const { preset } = this.#network
    const slot = Math.max(0, slotAtTime(this.#network, this.#clock.now() / 1_000))
    const epoch = epochAtSlot(preset, slot)
    if (!this.#has('light-client') || epoch === this.#askedEpoch) return
    this.#askedEpoch = epoch
    const startPeriod = Math.max(0, periodAtSlot(preset, slot) - 1)
    const updates = await outcomeOf(fetchUpdates(this.#rest, { startPeriod, count: 2 }, signal), this.name)
    if (signal.aborted || updates.kind === 'answer' || !isAbsent(updates.error)) return
    const { 'light-client': _, ...others } = this.#capabilities
    this.#set(others)
    this.#tell({ kind: 'fault', error: noLightClientRoutes(this.name) })
  }

  #has(capability: Capability): boolean {
    return this.#capabilities[capability] !== undefined
  }

  #set(capabilities: Capabilities): void {
    this.#capabilities = capabilities
    this.#tell({ kind: 'capabilities' })
  }

  #tell(news: ServerNews): void {
    for (const listener of [...this.#listeners]) listener(news)
  }
}

/** For whoever gave the address: the usual cause is its path. Each of the routes was asked for. */
const noLightClientRoutes = (name: string): RequestError =>
  new RequestError(
    { code: 'absent' },
    `${name} serves no light clients: it has nothing at /eth/v1/beacon/light_client/{updates, finality_update, optimistic_update}; see whether the path of its URL is right, and whether the node serves them (some have to be told)`,
  )
