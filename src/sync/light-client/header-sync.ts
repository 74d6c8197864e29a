/** Fetches beacon headers: those that link the validated head to what is canonical, older ones down to a tail, the announced head. */
import { bytesToHex } from '@ethereumjs/util'
import { byteArrayEquals } from '@chainsafe/ssz'
import type { Clock } from '../../chain/clock.ts'
import { asRoot, type Root } from '../../chain/bytes.ts'
import { BeaconBlockHeaderType, type BeaconBlockHeader } from '../../consensus/containers/ssz-types.ts'
import { isWithinWindow } from '../capability-window.ts'
import type { Environment, ServerHandle } from '../environment.ts'
import { Inquiries } from '../inquiries.ts'
import type { Module, ModuleEvent, SentResponse } from '../module.ts'
import { Signal } from '../signal.ts'
import { takeHeaderByRoot, WrongHeaderError } from './header-by-root.ts'
import type { LightClientState } from './light-client-state.ts'

/**
 * Slots fetched at once beside the next parent. Half of the headers that may wait beside the canonical chain are left for
 * other branches and for the old chain while a gap to it is filled.
 */
export const SLOTS_AHEAD = 64

/** Slots between the old head and a new one that are filled before the new one is canonical: four epochs of mainnet. */
export const MAX_GAP_SLOTS = 128

export interface HeaderSyncOptions {
  readonly state: LightClientState
  readonly clock: Clock
}

/**
 * In its turn it adds the headers that have come, makes the validated head canonical and asks for what is missing below
 * it. A header proves itself: it is used where a canonical one names its root as its parent. One asked for by its slot may
 * be of another branch, which is no lie; then the root leads on.
 *
 * The head becomes canonical when it is linked to the old one; where that is out of reach, or not done when the next head
 * comes, without the link.
 */
export class HeaderSync implements Module {
  readonly name = 'header sync'
  readonly triggers: readonly Signal[]
  readonly #state: LightClientState
  readonly #inquiries: Inquiries
  readonly #tailChanged = new Signal('tail target')
  #tailTarget = Infinity
  /** Slots that were answered, or that somebody says have no block; until nothing is missing. */
  readonly #triedSlots = new Set<number>()
  /** The validated head that waits for its link. */
  #waiting: Root | undefined

  constructor({ state, clock }: HeaderSyncOptions) {
    this.#state = state
    this.#inquiries = new Inquiries(clock)
    this.triggers = [state.headsChanged, this.#tailChanged, this.#inquiries.again]
  }

  /** Leaves no timer. */
  close(): void {
    this.#inquiries.close()
  }

  /** Canonical headers are fetched back to this slot, as far as the chain reaches; Infinity (the start) for none. */
  setTailTarget(slot: number): void {
    if (slot === this.#tailTarget) return
    this.#tailTarget = slot
    this.#tailChanged.fire()
  }

  process(environment: Environment, events: readonly ModuleEvent[]): void {
    for (const event of events) this.#hear(environment, event)
    const below = this.#followHead() ?? this.#lowestAboveTail()
    if (below === undefined) this.#triedSlots.clear()
    else this.#askBelow(environment, below.header, below.floor)
    this.#prefetch(environment)
  }

  #hear(environment: Environment, event: ModuleEvent): void {
    this.#inquiries.hear(event)
    if (event.kind === 'response') {
      if (event.of === 'headerByRoot') takeHeaderByRoot(environment, event, this.#state, this.#inquiries)
      if (event.of === 'headerBySlot') this.#takeBySlot(environment, event)
    }
    if (event.kind === 'failure' && event.of === 'headerBySlot') this.#triedSlots.add(event.request.slot)
  }

  #takeBySlot(environment: Environment, { server, request, response }: SentResponse<'headerBySlot'>): void {
    this.#triedSlots.add(request.slot)
    const { slot } = response.header
    if (slot === request.slot) {
      this.#state.addHeader(response.header)
      return
    }
    const asked = `the header of slot ${request.slot}`
    environment.reportFalse(server, new WrongHeaderError(`${server.name} gave for ${asked} one of slot ${slot}`))
  }

  /** @returns what the validated head lacks to be linked */
  #followHead(): Gap | undefined {
    const { optimistic, headers } = this.#state
    if (optimistic === undefined) return undefined
    const { beacon } = optimistic.head.attestedHeader
    const root = asRoot(BeaconBlockHeaderType.hashTreeRoot(beacon))
    if (headers.head !== undefined && byteArrayEquals(BeaconBlockHeaderType.hashTreeRoot(headers.head), root)) {
      return undefined
    }
    if (headers.header(root) === undefined) this.#state.addHeader(beacon)
    const oldSlot = headers.head?.slot
    const lowest = this.#lowestKnown(beacon)
    const isLinked = headers.isCanonical(asRoot(lowest.parentRoot))
    const waitsAlready = this.#waiting !== undefined && byteArrayEquals(this.#waiting, root)
    const isOutOfTime = this.#waiting !== undefined && !waitsAlready
    if (oldSlot === undefined || isLinked || isOutOfTime || beacon.slot - oldSlot > MAX_GAP_SLOTS) {
      this.#waiting = undefined
      headers.setHead(root)
      this.#state.headersChanged.fire()
      return undefined
    }
    this.#waiting = root
    return { header: lowest, floor: oldSlot + 1 }
  }

  #lowestAboveTail(): Gap | undefined {
    const { headers } = this.#state
    const { tail, oldestSlot } = headers
    if (tail === undefined || oldestSlot === undefined) return undefined
    const floor = Math.max(this.#tailTarget, oldestSlot)
    // A parent that is known and not canonical is out of reach.
    const isDone = tail.slot <= floor || headers.header(asRoot(tail.parentRoot)) !== undefined
    return isDone ? undefined : { header: tail, floor }
  }

  /** Down from a header through parents that are known and not canonical yet. */
  #lowestKnown(header: BeaconBlockHeader): BeaconBlockHeader {
    const { headers } = this.#state
    let lowest = header
    for (;;) {
      const parentRoot = asRoot(lowest.parentRoot)
      const parent = headers.header(parentRoot)
      if (parent === undefined || headers.isCanonical(parentRoot) || parent.slot >= lowest.slot) return lowest
      lowest = parent
    }
  }

  /** The parent by its root, which cannot be wrong; slots below in parallel, of which some may turn out to be of use. */
  #askBelow(environment: Environment, { slot, parentRoot }: BeaconBlockHeader, floor: number): void {
    this.#askByRoot(environment, asRoot(parentRoot), slot - 1)
    const newest = this.#state.currentSlot()
    for (let at = slot - 2; at >= Math.max(0, floor, slot - 1 - SLOTS_AHEAD); at--) {
      if (this.#triedSlots.has(at)) continue
      const mayAsk = (server: ServerHandle) => isWithinWindow(server.capabilities.headers, at, newest)
      this.#inquiries.ask(environment, 'headerBySlot', { slot: at }, `slot ${at}`, mayAsk)
    }
  }

  #askByRoot(environment: Environment, blockRoot: Root, slot: number): void {
    const newest = this.#state.currentSlot()
    const mayAsk = (server: ServerHandle) => isWithinWindow(server.capabilities.headers, slot, newest)
    this.#inquiries.ask(environment, 'headerByRoot', { blockRoot }, bytesToHex(blockRoot), mayAsk)
  }

  /** So that its parts can be fetched before it is signed. */
  #prefetch(environment: Environment): void {
    const { announced, headers } = this.#state
    if (announced === undefined || headers.header(announced.blockRoot) !== undefined) return
    const announcers = this.#state.announcersOf(announced)
    const { blockRoot } = announced
    this.#inquiries.ask(environment, 'headerByRoot', { blockRoot }, bytesToHex(blockRoot), ({ name }) =>
      announcers.includes(name),
    )
  }
}

/** A header whose parent is unknown, and the lowest slot of interest. */
interface Gap {
  readonly header: BeaconBlockHeader
  readonly floor: number
}
