/** Takes the heads that servers send: what they announce as a hint, what a committee signed once it is proven. */
import { byteArrayEquals } from '@chainsafe/ssz'
import { epochAtSlot, periodAtSlot } from '../../chain/beacon-preset.ts'
import type { LightClientHeader, LightClientUpdate } from '../../consensus/containers/light-client-objects.ts'
import { participants } from '../../consensus/containers/light-client-objects.ts'
import { BeaconBlockHeaderType } from '../../consensus/containers/ssz-types.ts'
import type { InvalidUpdateError } from '../../consensus/protocol/light-client-error.ts'
import type { ServerNews } from '../../network/request-server.ts'
import type { Environment, ServerHandle } from '../environment.ts'
import type { FinalEvent, Module, ModuleEvent } from '../module.ts'
import type { Signal } from '../signal.ts'
import type { LightClientState } from './light-client-state.ts'
import type { ServerViews } from './server-views.ts'

export interface HeadUpdaterOptions {
  readonly state: LightClientState
  readonly views: ServerViews
}

/** A finality or optimistic update of a server proves nothing. */
export class RefusedHeadError extends Error {
  override name = 'RefusedHeadError'
  constructor(server: string, kind: HeadKind, update: LightClientUpdate, cause: Error) {
    const slot = update.attestedHeader.beacon.slot
    super(`the ${HEAD_NAMES[kind]} update of slot ${slot} from ${server} is refused: ${cause.message}`, { cause })
  }
}

type HeadKind = 'finalityUpdate' | 'optimisticUpdate'

const HEAD_KINDS: readonly HeadKind[] = ['finalityUpdate', 'optimisticUpdate']

const HEAD_NAMES: Readonly<Record<HeadKind, string>> = { finalityUpdate: 'finality', optimisticUpdate: 'optimistic' }

/**
 * Slots after the current one whose signatures are kept for a moment instead of being refused: our clock may run a
 * little behind the server's, or the news come just before the slot begins.
 */
const SLOTS_AHEAD = 1

/**
 * What is kept of a server, until it is unregistered. Slots and epochs are compared for being the current one only: a
 * clock that was ahead leaves such as are long to come.
 */
interface ServerMemory {
  /** What it is to be asked for. */
  readonly wanted: Set<HeadKind>
  readonly asked: Set<HeadKind>
  /** Updates whose committee or slot is still to come; the newest of each kind. */
  readonly deferred: Map<HeadKind, LightClientUpdate>
  /** In which it was last asked for its finality update. */
  epoch: number
  /** In which one of its heads was last checked. */
  checkedEpoch: number
  /** In which it sent a head with a wrong signature: one such a slot is checked, however many it sends. */
  mutedIn: number
}

/** Always: of each server at most one update of a kind waits, and at most one request of a kind is under way. */
export class HeadUpdater implements Module {
  readonly name = 'head updater'
  readonly triggers: readonly Signal[]
  readonly #servers = new Map<ServerHandle, ServerMemory>()

  constructor(private readonly options: HeadUpdaterOptions) {
    this.triggers = [options.state.chainChanged]
  }

  process(environment: Environment, events: readonly ModuleEvent[]): void {
    for (const event of events) this.#hear(environment, event)
    this.#retryDeferred(environment)
    this.#ask(environment)
  }

  #hear(environment: Environment, event: ModuleEvent): void {
    const { state, views } = this.options
    const { server } = event
    switch (event.kind) {
      case 'registered':
        this.#servers.set(server, newMemory(this.#epoch()))
        return
      case 'unregistered':
        this.#servers.delete(server)
        views.forget(server)
        state.forgetServer(server.name)
        return
      case 'news':
        return this.#hearNews(environment, server, event.news)
      case 'response':
      case 'failure':
        return this.#hearEnd(environment, event)
      case 'available':
      case 'late':
        return
    }
  }

  #hearNews(environment: Environment, server: ServerHandle, news: ServerNews): void {
    const { state, views } = this.options
    if (news.kind === 'head') {
      views.noteAnnounced(server, news.slot)
      state.announce(server.name, { slot: news.slot, blockRoot: news.blockRoot })
    } else if (news.kind === 'finalityUpdate' || news.kind === 'optimisticUpdate') {
      this.#take(environment, server, news.kind, news.update)
    }
  }

  #hearEnd(environment: Environment, event: FinalEvent): void {
    if (event.of !== 'finalityUpdate' && event.of !== 'optimisticUpdate') return
    const memory = this.#servers.get(event.server)
    memory?.asked.delete(event.of)
    if (event.kind === 'response') {
      memory?.wanted.delete(event.of)
      return this.#take(environment, event.server, event.of, event.response)
    }
    // It has none; it will tell when it has.
    if (event.failure.kind === 'error' && event.failure.error.fault.code === 'absent') memory?.wanted.delete(event.of)
  }

  #retryDeferred(environment: Environment): void {
    for (const [server, { deferred }] of this.#servers) {
      for (const [kind, update] of [...deferred]) {
        deferred.delete(kind)
        this.#take(environment, server, kind, update)
      }
    }
  }

  #ask(environment: Environment): void {
    const epoch = this.#epoch()
    for (const memory of this.#servers.values()) {
      if (memory.epoch !== epoch) memory.wanted.add('finalityUpdate')
      memory.epoch = epoch
    }
    for (const kind of HEAD_KINDS) {
      // Looked up for each kind: they share a limit, which the kind before may have filled.
      for (const server of environment.candidates(kind)) {
        const memory = this.#servers.get(server)
        if (memory === undefined || !memory.wanted.has(kind) || memory.asked.has(kind)) continue
        environment.send(server, kind, {})
        memory.asked.add(kind)
      }
    }
  }

  #take(environment: Environment, server: ServerHandle, kind: HeadKind, update: LightClientUpdate): void {
    const { state, views } = this.options
    const memory = this.#servers.get(server)
    if (memory === undefined) return
    views.noteClaimed(server, Math.min(update.signatureSlot, state.currentSlot() + SLOTS_AHEAD))
    if (memory.mutedIn === state.currentSlot()) return
    const worth = this.#worth(update)
    if (worth === 'proven') return views.noteValid(server, kind, update)
    if (worth === 'older' && memory.checkedEpoch === this.#epoch()) return

    const taken = state.takeHead(update, server.name)
    switch (taken.kind) {
      case 'noChain':
        memory.deferred.set(kind, update)
        return
      case 'disputed':
        return
      case 'refused':
        return this.#refuse(environment, { server, kind, update, error: taken.error })
      case 'valid':
        memory.checkedEpoch = this.#epoch()
        views.noteValid(server, kind, update)
        if (taken.change !== 'known') environment.reportProven(server)
        return
    }
  }

  #refuse(environment: Environment, refused: Refused): void {
    const { server, kind, update, error } = refused
    const memory = this.#servers.get(server)
    const problem = new RefusedHeadError(server.name, kind, update, error)
    switch (this.#verdictOn(refused)) {
      case 'too early':
        memory?.deferred.set(kind, update)
        return
      case 'no fault':
        this.options.views.noteProblem(server, kind, problem)
        return
      case 'doubtful':
        this.options.views.noteProblem(server, kind, problem)
        this.options.views.noteDoubt(server, this.#signaturePeriod(update))
        if (memory !== undefined) memory.mutedIn = this.options.state.currentSlot()
        return
      case 'false':
        if (memory !== undefined) memory.mutedIn = this.options.state.currentSlot()
        environment.reportFalse(server, problem)
        return
    }
  }

  #verdictOn({ server, update, error: { fault } }: Refused): 'too early' | 'no fault' | 'doubtful' | 'false' {
    // The committee comes with the chain.
    if (fault.code === 'wrongPeriod') return fault.period > Math.max(...fault.expected) ? 'too early' : 'no fault'
    // Whoever brought the committee is at fault, and another one is being asked for it.
    if (fault.code === 'wrongAggregateKey') return 'no fault'
    if (fault.code === 'futureSlot') {
      return fault.signatureSlot <= fault.currentSlot + SLOTS_AHEAD ? 'too early' : 'no fault'
    }
    // It is false if the server itself has shown the committee that should have signed. Until then it may follow other
    // committees, and which are the right ones its updates will tell.
    if (fault.code === 'badSignature') {
      const { agreesAt = -1 } = this.options.views.of(server)
      return agreesAt >= this.#signaturePeriod(update) - 1 ? 'false' : 'doubtful'
    }
    // Few may have signed in a bad slot; it is shown to nobody.
    return fault.code === 'tooFewSigners' ? 'no fault' : 'false'
  }

  /**
   * What it would bring: `proven` is what was proven already, whoever sent it; `older` is behind what is tracked and could
   * change nothing. A check costs a pairing, and every server sends every head.
   */
  #worth(update: LightClientUpdate): 'new' | 'proven' | 'older' {
    const { state } = this.options
    const optimistic = state.optimistic?.head
    const finality = state.finality?.head
    if (optimistic === undefined) return 'new'
    const known = [optimistic.update, ...(finality === undefined ? [] : [finality.update])]
    if (known.some((other) => saysNoMore(update, other))) return 'proven'
    if (update.attestedHeader.beacon.slot > optimistic.attestedHeader.beacon.slot) return 'new'
    if (isBySameBlock(update.attestedHeader, optimistic.attestedHeader) && participants(update) > optimistic.signers) {
      return 'new'
    }
    if (update.finality === undefined) return 'older'
    const knownSlot = finality?.finalizedHeader.beacon.slot ?? -1
    const { slot } = update.finality.header.beacon
    if (slot !== knownSlot) return slot > knownSlot ? 'new' : 'older'
    // Another block that is called finalized is an attack, if it is proven.
    const isSame = finality !== undefined && isBySameBlock(update.finality.header, finality.finalizedHeader)
    return isSame && participants(update) <= finality.signers ? 'older' : 'new'
  }

  #signaturePeriod({ signatureSlot }: LightClientUpdate): number {
    return periodAtSlot(this.options.state.network.preset, signatureSlot)
  }

  #epoch(): number {
    const { state } = this.options
    return epochAtSlot(state.network.preset, state.currentSlot())
  }
}

interface Refused {
  readonly server: ServerHandle
  readonly kind: HeadKind
  readonly update: LightClientUpdate
  readonly error: InvalidUpdateError
}

const newMemory = (epoch: number): ServerMemory => ({
  wanted: new Set(HEAD_KINDS),
  asked: new Set(),
  deferred: new Map(),
  epoch,
  checkedEpoch: -1,
  mutedIn: -1,
})

const isBySameBlock = (a: LightClientHeader, b: LightClientHeader): boolean =>
  BeaconBlockHeaderType.equals(a.beacon, b.beacon)

/** Whether all that the update would prove is in the known one, by the same signature. */
function saysNoMore(update: LightClientUpdate, known: LightClientUpdate): boolean {
  const { syncCommitteeSignature, syncCommitteeBits } = update.syncAggregate
  const other = known.syncAggregate
  return (
    update.signatureSlot === known.signatureSlot &&
    isBySameBlock(update.attestedHeader, known.attestedHeader) &&
    byteArrayEquals(syncCommitteeSignature, other.syncCommitteeSignature) &&
    byteArrayEquals(syncCommitteeBits.uint8Array, other.syncCommitteeBits.uint8Array) &&
    (update.finality === undefined ||
      (known.finality !== undefined && isBySameBlock(update.finality.header, known.finality.header)))
  )
}
