/** Fetches the execution payload of the validated head, and early that of the announced one. */
import { bytesToHex } from '@ethereumjs/util'
import { byteArrayEquals } from '@chainsafe/ssz'
import type { Clock } from '../../chain/clock.ts'
import { asRoot, type Hash, type Keccak, type Root } from '../../chain/bytes.ts'
import { dropOldest } from '../../chain/drop-oldest.ts'
import type { CarriedPayload } from '../../consensus/containers/execution-payload.ts'
import {
  executionBlockHash,
  executionKindAtSlot,
  type LightClientHeader,
} from '../../consensus/containers/light-client-objects.ts'
import type { BeaconBlockHeader } from '../../consensus/containers/ssz-types.ts'
import type { RawHeader } from '../../execution/block/raw-block.ts'
import { isWithinWindow } from '../capability-window.ts'
import type { Environment, ServerHandle } from '../environment.ts'
import { Inquiries } from '../inquiries.ts'
import type { Module, ModuleEvent, SentResponse } from '../module.ts'
import { Signal } from '../signal.ts'
import type { LightClientState } from './light-client-state.ts'
import { takeHeaderByRoot } from './header-by-root.ts'
import { PayloadPlaces, type PayloadPlace } from './payload-place.ts'
import { checkPayload, MAX_PAYLOADS, provenPayload, RecentPayloads, type ProvenPayload } from './proven-payload.ts'

export interface BeaconBlockSyncOptions {
  readonly state: LightClientState
  readonly clock: Clock
  readonly keccak: Keccak
  /**
   * `heads`: the payloads of the validated and the announced head. `hiddenHeaders`: only of validated heads that prove no
   * more of their execution block than its hash (Gloas), while nobody can be asked for the header alone: a payload is a
   * hundred times as large. Default: heads.
   */
  readonly wanted?: 'heads' | 'hiddenHeaders'
}

/** The payload is not the one of the block that was asked about. */
export class WrongPayloadError extends Error {
  override name = 'WrongPayloadError'
}

interface EarlyPayload {
  readonly blockRoot: Root
  readonly blockHash: Hash
  readonly server: ServerHandle
  readonly isJudged: boolean
}

/**
 * In its turn it checks the payloads that have come, each against its own hash, and asks for the one that the validated
 * head proves and for that of the announced head. What it holds it holds by hash: a payload fetched early is believed
 * once a validated header names its hash, not before.
 *
 * That a server has no envelope of a block is no lie (the payload may have been withheld), nor is an envelope of another
 * hash than the chain went on with (it may have been revealed too late).
 */
export class BeaconBlockSync implements Module {
  readonly name = 'beacon block sync'
  readonly triggers: readonly Signal[]
  /** There is another payload to be had. */
  readonly payloadsChanged = new Signal('payloads')
  readonly #state: LightClientState
  readonly #wanted: 'heads' | 'hiddenHeaders'
  readonly #keccak: Keccak
  readonly #inquiries: Inquiries
  readonly #payloads = new RecentPayloads()
  readonly #places: PayloadPlaces
  /** By block root, what was fetched early: not asked for twice, and judged when a head proves another hash. */
  readonly #early = new Map<string, EarlyPayload>()

  constructor({ state, clock, keccak, wanted = 'heads' }: BeaconBlockSyncOptions) {
    this.#state = state
    this.#wanted = wanted
    this.#keccak = keccak
    this.#inquiries = new Inquiries(clock)
    this.#places = new PayloadPlaces(state.network)
    this.triggers = [state.headsChanged, state.headersChanged, this.#inquiries.again]
  }

  /**
   * The payload of an execution block, if it is one of the newest fetched: as true as the hash is.
   * @param blockHash from a proven header
   */
  payload(blockHash: Hash): CarriedPayload | undefined {
    return this.#payloads.get(blockHash)?.carried
  }

  /** Its header, on the same terms. */
  executionHeader(blockHash: Hash): RawHeader | undefined {
    return this.#payloads.get(blockHash)?.header
  }

  /** Leaves no timer. */
  close(): void {
    this.#inquiries.close()
  }

  process(environment: Environment, events: readonly ModuleEvent[]): void {
    const { optimistic, finality } = this.#state
    const head = optimistic?.head.attestedHeader
    for (const header of [head, finality?.head.finalizedHeader]) if (header !== undefined) this.#places.note(header)
    for (const event of events) this.#hear(environment, event)
    this.#judgeEarly(environment)
    if (head !== undefined && this.#isWanted(environment, head)) this.#askForHead(environment, head)
    if (this.#wanted === 'heads') this.#prefetch(environment)
  }

  #isWanted(environment: Environment, { execution }: LightClientHeader): boolean {
    if (this.#wanted === 'heads') return true
    return execution?.kind === 'blockHash' && environment.candidates('executionHeader').length === 0
  }

  #hear(environment: Environment, event: ModuleEvent): void {
    this.#inquiries.hear(event)
    if (event.kind !== 'response') return
    if (event.of === 'blockPayload' || event.of === 'payloadEnvelope') this.#takePayload(environment, event)
    if (event.of === 'headerByRoot') takeHeaderByRoot(environment, event, this.#state, this.#inquiries)
  }

  #takePayload(environment: Environment, event: SentPayload): void {
    const { server, of, request, response } = event
    // Asked for again at once it would be the same.
    this.#inquiries.refuse(keyOf(of, request.blockRoot), server)
    const place = this.#placesOfHead().find(({ blockRoot }) => byteArrayEquals(blockRoot, request.blockRoot))
    const block = place?.block ?? this.#state.headers.header(request.blockRoot)
    const payload = checkPayload(response, this.#keccak)
    const lie = payload instanceof Error ? payload : contradiction(payload, block, place)
    if (payload instanceof Error || lie !== undefined) {
      if (lie !== undefined)
        environment.reportFalse(server, wrongPayload({ blockRoot: request.blockRoot, server }, lie))
      return
    }
    const isProven = place !== undefined && byteArrayEquals(payload.header.hash, place.blockHash)
    const { announced } = this.#state
    const isAnnounced = announced !== undefined && byteArrayEquals(announced.blockRoot, request.blockRoot)
    if (isProven) environment.reportProven(server)
    if (isAnnounced)
      this.#noteEarly({ blockRoot: request.blockRoot, blockHash: payload.header.hash, server, isJudged: isProven })
    if (!isProven && !isAnnounced) return
    this.#payloads.put(payload)
    this.payloadsChanged.fire()
  }

  #noteEarly(payload: EarlyPayload): void {
    this.#early.set(bytesToHex(payload.blockRoot), payload)
    dropOldest(this.#early, MAX_PAYLOADS)
  }

  #judgeEarly(environment: Environment): void {
    if (this.#early.size === 0) return
    for (const { blockRoot, blockHash, certainty } of this.#placesOfHead()) {
      const early = this.#early.get(bytesToHex(blockRoot))
      if (early === undefined || early.isJudged || certainty !== 'sure') continue
      this.#noteEarly({ ...early, isJudged: true })
      if (byteArrayEquals(early.blockHash, blockHash)) environment.reportProven(early.server)
      else environment.reportFalse(early.server, wrongPayload(early, otherHash(early.blockHash, blockHash)))
    }
  }

  /** What may carry the payload that the validated head proves. */
  #placesOfHead(): PayloadPlace[] {
    const { optimistic, headers } = this.#state
    if (optimistic === undefined) return []
    const places = [...this.#places.of(optimistic.head.attestedHeader, (root) => headers.header(root))]
    return places.filter((place) => place.kind !== 'header')
  }

  /** Each server is asked for the newest place first, and for an older one where it has not given the newer ones. */
  #askForHead(environment: Environment, header: LightClientHeader): void {
    const { execution } = header
    if (execution === undefined) return
    const held = this.#payloads.get(executionBlockHash(execution))
    if (held !== undefined) return this.#settle(held)
    const newer: string[] = []
    const hasNoNewer = (server: ServerHandle) => newer.every((key) => this.#inquiries.isRefused(key, server))
    for (const place of this.#places.of(header, (root) => this.#state.headers.header(root))) {
      const { blockRoot } = place
      const last = newer.at(-1)
      if (last !== undefined && !this.#inquiries.isRefused(last)) return
      if (place.kind === 'header') {
        const mayAsk = this.#reaches('headers', place.before - 1)
        this.#inquiries.ask(environment, 'headerByRoot', { blockRoot }, bytesToHex(blockRoot), mayAsk)
        return
      }
      const key = keyOf(place.kind, blockRoot)
      const reaches = this.#reaches('blocks', place.block.slot)
      this.#inquiries.ask(environment, place.kind, { blockRoot }, key, (one) => hasNoNewer(one) && reaches(one))
      newer.push(key)
    }
  }

  /** A payload that was fetched early carries the slot and the root that its server said; the proven ones replace them. */
  #settle({ carried }: ProvenPayload): void {
    // What comes in an envelope has both under its hash.
    if (carried.payload.accessList !== undefined) return
    const block = this.#placesOfHead().find(({ kind }) => kind === 'blockPayload')?.block
    if (block === undefined) return
    const { slot } = block
    const parentBeaconBlockRoot = asRoot(block.parentRoot)
    if (carried.slot === slot && byteArrayEquals(carried.parentBeaconBlockRoot, parentBeaconBlockRoot)) return
    this.#payloads.put(provenPayload({ ...carried, slot, parentBeaconBlockRoot }, this.#keccak))
    this.payloadsChanged.fire()
  }

  #prefetch(environment: Environment): void {
    const { announced, network } = this.#state
    const kind = announced && executionKindAtSlot(network, announced.slot)
    if (announced === undefined || kind === undefined) return
    const { blockRoot } = announced
    if (this.#early.has(bytesToHex(blockRoot))) return
    const of = kind === 'blockHash' ? 'payloadEnvelope' : 'blockPayload'
    const announcers = this.#state.announcersOf(announced)
    this.#inquiries.ask(environment, of, { blockRoot }, keyOf(of, blockRoot), ({ name }) => announcers.includes(name))
  }

  #reaches(capability: 'headers' | 'blocks', slot: number): (server: ServerHandle) => boolean {
    const newest = this.#state.currentSlot()
    return ({ capabilities }) => isWithinWindow(capabilities[capability], slot, newest)
  }
}

type SentPayload = SentResponse<'blockPayload'> | SentResponse<'payloadEnvelope'>

const keyOf = (of: PayloadPlace['kind'], blockRoot: Root): string => `${of} ${bytesToHex(blockRoot)}`

/** What the block's header, known by its root, says against the payload; undefined where nothing does. */
function contradiction(
  { carried, header }: ProvenPayload,
  block: BeaconBlockHeader | undefined,
  place: PayloadPlace | undefined,
): Error | undefined {
  if (block !== undefined && block.slot !== carried.slot) {
    return new Error(`it is of slot ${carried.slot}, the block of slot ${block.slot}`)
  }
  if (block !== undefined && !byteArrayEquals(block.parentRoot, carried.parentBeaconBlockRoot)) {
    const said = bytesToHex(carried.parentBeaconBlockRoot)
    return new Error(`it says the block's parent is ${said}, which is ${bytesToHex(block.parentRoot)}`)
  }
  if (place?.certainty !== 'sure' || byteArrayEquals(header.hash, place.blockHash)) return undefined
  return otherHash(header.hash, place.blockHash)
}

const otherHash = (came: Hash, proven: Hash): Error =>
  new Error(`its hash is ${bytesToHex(came)}, the chain proves ${bytesToHex(proven)}`)

function wrongPayload(
  { blockRoot, server }: Pick<EarlyPayload, 'blockRoot' | 'server'>,
  cause: Error,
): WrongPayloadError {
  const what = `the payload of block ${bytesToHex(blockRoot)} from ${server.name}`
  return new WrongPayloadError(`${what} is false: ${cause.message}`, { cause })
}
