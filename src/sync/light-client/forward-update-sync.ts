/**
 * Brings the committee chain forward to the current period, from several servers at once, and keeps its newest links as
 * good as any server has them.
 */
import type { Clock } from '../../chain/clock.ts'
import { epochAtSlot, periodAtSlot } from '../../chain/beacon-preset.ts'
import type { CommitteeChain } from '../../consensus/committee-chain.ts'
import type { InvalidUpdateError } from '../../consensus/protocol/light-client-error.ts'
import type { Environment, ServerHandle } from '../environment.ts'
import type { Module, ModuleEvent, RequestId, SentRequest, SentResponse } from '../module.ts'
import { Signal } from '../signal.ts'
import type { LightClientState } from './light-client-state.ts'
import { RangeLock, type PeriodRange } from './range-lock.ts'
import type { ServerViews } from './server-views.ts'
import { OtherPeriodsError, RefusedUpdateError, updateBatch, type UpdateBatch } from './update-batch.ts'
import { UpdateMoment } from './update-moment.ts'
import { UpdateQueue, type NextUpdate, type UpdatePurpose } from './update-queue.ts'

/** Periods asked for at once: 200 kB, so that a slow answer holds up little and a lost one costs little (geth's value). */
export const UPDATES_PER_REQUEST = 8

/** Periods beyond the chain that are asked for or wait: as many as one request may ask for in the protocol. Bounds memory. */
export const MAX_PERIODS_AHEAD = 128

/** Updates proven without a pause for the thread. One takes about 8 ms on mainnet: a head waits 30 ms at most. */
export const UPDATES_PER_TURN = 4

/** Newest known periods whose updates are compared with each server's: the current committee rests on the last, a rival chain shows in both. */
export const COMPARED_PERIODS = 2

export interface ForwardUpdateSyncOptions {
  readonly state: LightClientState
  readonly views: ServerViews
  readonly clock: Clock
  /** Uniform in 0..1, 1 excluded. */
  readonly random: () => number
}

export interface CommitteeProgress {
  /** Of the newest committee known. */
  readonly period: number
  /** Of the newest committee there is to know now, as far as our clock and the servers say. */
  readonly target: number
}

/** Two thirds of a committee signed for a committee whose aggregate key is not its members' sum. */
export class WithdrawnUpdateError extends Error {
  override name = 'WithdrawnUpdateError'
  constructor(server: string, period: number) {
    super(
      `the update of period ${period} from ${server} is withdrawn: the aggregate key of the committee that it teaches is not the sum of its members; others are asked`,
    )
  }
}

interface Sent {
  readonly purpose: UpdatePurpose
  /** The period that was running: the updates of earlier ones do not get better. */
  readonly askedIn: number
  readonly release: () => void
}

/** What is kept of a server, until it is unregistered. */
interface ServerMemory {
  /** Periods it had no update of, in this epoch: a node that catches up has them later. */
  lacking: { readonly epoch: number; readonly periods: Set<number> }
  /** The newest period whose final update it has been asked for; undefined: none of this chain. */
  comparedUpTo: number | undefined
  isComparing: boolean
}

/**
 * In its turn it proves what has come, a few updates at a time, then asks for what is missing, lowest period first.
 * What a server claims decides only what it is asked for. Whatever a server does, the periods it was asked for are free
 * again after the soft timeout at the latest, and when its answer is dropped or refused.
 */
export class ForwardUpdateSync implements Module {
  readonly name = 'forward update sync'
  readonly triggers: readonly Signal[]
  readonly #options: ForwardUpdateSyncOptions
  /** There is more to prove than one turn may. */
  readonly #goOn = new Signal('updates to prove')
  readonly #lock = new RangeLock()
  readonly #queue = new UpdateQueue()
  readonly #sent = new Map<RequestId, Sent>()
  readonly #servers = new Map<ServerHandle, ServerMemory>()
  readonly #moment: UpdateMoment
  /** Who brought the newest links, by period: no more than heads can show to be wrong. */
  readonly #suppliers = new Map<number, ServerHandle>()
  /** As the last turn left it. */
  #left: { readonly chain: CommitteeChain; readonly period: number } | undefined
  #isFull = false
  #isResting = false

  constructor(options: ForwardUpdateSyncOptions) {
    this.#options = options
    this.#moment = new UpdateMoment(options.state.network.preset, options.random)
    this.triggers = [options.state.chainChanged, options.state.headsChanged, this.#goOn]
  }

  /** Undefined until a chain has begun. */
  get progress(): CommitteeProgress | undefined {
    const { chain } = this.#options.state
    return chain && { period: chain.period, target: Math.max(chain.period, this.#target(chain)) }
  }

  process(environment: Environment, events: readonly ModuleEvent[]): void {
    for (const event of events) this.#hear(environment, event)
    const { chain, dispute } = this.#options.state
    this.#noteChain(environment, chain)
    if (chain === undefined || dispute !== undefined) return this.#queue.clear()
    if (!this.#isResting) this.#prove(environment, chain)
    this.#left = { chain, period: chain.period }
    if (this.#options.state.dispute !== undefined) return
    let asked = true
    while (asked) asked = this.#askForMissing(environment, chain)
    this.#askForBetter(environment, chain)
  }

  #hear(environment: Environment, event: ModuleEvent): void {
    if (event.kind === 'registered') this.#servers.set(event.server, newMemory())
    if (event.kind === 'unregistered') this.#servers.delete(event.server)
    if (!('of' in event) || event.of !== 'updates') return
    if (event.kind === 'late') return this.#sent.get(event.id)?.release()
    const sent = this.#sent.get(event.id)
    this.#sent.delete(event.id)
    if (sent === undefined) return
    sent.release()
    const memory = this.#servers.get(event.server)
    if (memory !== undefined && sent.purpose === 'compare') memory.isComparing = false
    if (event.kind === 'response') return this.#receive(environment, event, sent)
    const { failure } = event
    if (failure.kind === 'error' && failure.error.fault.code === 'absent') this.#noteAnswer(event, sent, undefined)
  }

  #receive(environment: Environment, event: SentResponse<'updates'>, sent: Sent): void {
    const { preset } = this.#options.state.network
    const { server } = event
    try {
      const batch = updateBatch(preset, server.name, rangeOf(event), event.response)
      this.#noteAnswer(event, sent, batch)
      if (batch === undefined) return
      const release = this.#lock.lock({ start: batch.start, count: batch.updates.length })
      this.#queue.put({ server, purpose: sent.purpose, release }, batch)
    } catch (error) {
      if (!(error instanceof OtherPeriodsError) && !(error instanceof RefusedUpdateError)) throw error
      this.#noteCompared(event, sent)
      environment.reportFalse(server, error)
    }
  }

  /** Fewer updates than asked for are no fault; the rest is asked of others. */
  #noteAnswer(request: SentRequest<'updates'>, sent: Sent, batch: UpdateBatch | undefined): void {
    const { start, count } = rangeOf(request)
    const first = batch?.start ?? start + count
    const end = batch === undefined ? first : first + batch.updates.length
    for (let period = start; period < start + count; period++) {
      if (period < first || period >= end) this.#noteLacking(request.server, period)
    }
    this.#noteCompared(request, sent)
  }

  #noteCompared(request: SentRequest<'updates'>, { askedIn }: Sent): void {
    const memory = this.#servers.get(request.server)
    if (memory === undefined) return
    const { start, count } = rangeOf(request)
    const last = Math.min(start + count, askedIn) - 1
    memory.comparedUpTo = Math.max(last, memory.comparedUpTo ?? last)
  }

  #noteLacking(server: ServerHandle, period: number): void {
    const memory = this.#servers.get(server)
    if (memory === undefined) return
    const epoch = this.#epoch()
    if (memory.lacking.epoch !== epoch) memory.lacking = { epoch, periods: new Set() }
    memory.lacking.periods.add(period)
  }

  #noteChain(environment: Environment, chain: CommitteeChain | undefined): void {
    const left = this.#left
    if (left === undefined || left.chain === chain) {
      if (left !== undefined && left.chain.period < left.period) this.#noteWithdrawn(environment, left.chain.period)
      return
    }
    this.#left = undefined
    this.#isFull = false
    this.#queue.clear()
    this.#suppliers.clear()
    for (const memory of this.#servers.values()) memory.comparedUpTo = undefined
  }

  /** Heads showed that the committee taught by the link of this period carries a wrong aggregate key. */
  #noteWithdrawn(environment: Environment, period: number): void {
    const server = this.#suppliers.get(period)
    if (server === undefined) return
    this.#noteLacking(server, period)
    environment.reportFalse(server, new WithdrawnUpdateError(server.name, period))
  }

  #prove(environment: Environment, chain: CommitteeChain): void {
    for (let proven = 0; proven < UPDATES_PER_TURN && this.#options.state.dispute === undefined;) {
      const next = this.#queue.take(chain.period)
      if (next === undefined) return
      // Meanwhile another server brought it: proving it again would cost as much as the first time.
      if (next.batch.purpose === 'extend' && next.period < chain.period) continue
      this.#insert(environment, next)
      proven += 1
    }
    if (this.#queue.has(chain.period)) this.#rest()
  }

  #insert(environment: Environment, next: NextUpdate): void {
    const { batch, period, update, place } = next
    const outcome = this.#options.state.insert(update)
    switch (outcome?.kind) {
      case 'extended':
        this.#suppliers.set(period, batch.server)
        this.#suppliers.delete(period - COMPARED_PERIODS)
        break
      case 'replaced':
      case 'reorganised':
      case 'notBetter':
        break
      case 'full':
        this.#isFull = true
        this.#queue.clear()
        return
      case 'refused':
        return this.#refuse(environment, next, outcome.error)
      case 'halted':
      case undefined:
        this.#queue.clear()
        return
    }
    if (place === 'last') environment.reportProven(batch.server)
  }

  #refuse(environment: Environment, { batch, period }: NextUpdate, error: InvalidUpdateError): void {
    const { server } = batch
    this.#queue.drop(batch)
    const refused = new RefusedUpdateError(server.name, period, error)
    if (this.#isServersFault(error, period)) return environment.reportFalse(server, refused)
    this.#options.views.noteProblem(server, refused)
    this.#noteLacking(server, period)
  }

  #isServersFault({ fault }: InvalidUpdateError, period: number): boolean {
    // Our clock may be wrong; and another committee, validly signed, is worse than what we have, but no lie.
    if (fault.code === 'futureSlot' || fault.code === 'otherCommittee') return false
    // While its period lasts the best update may still be a weak one; over a whole period, that is no chain's best.
    return fault.code !== 'tooFewSigners' || period < this.#currentPeriod()
  }

  /** Heads and other modules come first; a timer, since the scheduler's rounds leave the thread no pause. */
  #rest(): void {
    this.#isResting = true
    this.#options.clock.after(0, () => {
      this.#isResting = false
      this.#goOn.fire()
    })
  }

  /** @returns whether a request was sent */
  #askForMissing(environment: Environment, chain: CommitteeChain): boolean {
    if (this.#isFull) return false
    for (const server of environment.candidates('updates')) {
      const end = Math.min(this.#end(chain, server), chain.period + MAX_PERIODS_AHEAD)
      const range = this.#lock.firstFree({ start: chain.period, end, most: UPDATES_PER_REQUEST }, (period) =>
        this.#mayHave(server, period),
      )
      if (range === undefined) continue
      this.#ask(environment, server, 'extend', range)
      return true
    }
    return false
  }

  /**
   * Once the chain is up to date, each server is asked for its updates of the newest periods that are over, once: what
   * came while a period lasted may have been weak, and what one server gave may not be the best, or the only chain.
   */
  #askForBetter(environment: Environment, chain: CommitteeChain): void {
    const current = this.#currentPeriod()
    const last = Math.min(chain.period, current) - 1
    if (chain.period < this.#target(chain)) return
    for (const server of environment.candidates('updates')) {
      const memory = this.#servers.get(server)
      if (memory === undefined || memory.isComparing || this.#reach(server) <= last) continue
      const { comparedUpTo } = memory
      const first = Math.max(chain.checkpoint.period, last - COMPARED_PERIODS + 1, (comparedUpTo ?? -1) + 1)
      const isTime = comparedUpTo === undefined || this.#moment.hasCome(this.#options.state.currentSlot())
      if (first > last || !isTime || !this.#mayHave(server, first)) continue
      memory.isComparing = true
      this.#ask(environment, server, 'compare', { start: first, count: last - first + 1 })
    }
  }

  #ask(environment: Environment, server: ServerHandle, purpose: UpdatePurpose, range: PeriodRange): void {
    const id = environment.send(server, 'updates', { startPeriod: range.start, count: range.count })
    const release = purpose === 'extend' ? this.#lock.lock(range) : () => undefined
    this.#sent.set(id, { purpose, askedIn: this.#currentPeriod(), release })
  }

  #mayHave(server: ServerHandle, period: number): boolean {
    const { lacking } = this.#servers.get(server) ?? newMemory()
    if (lacking.epoch === this.#epoch() && lacking.periods.has(period)) return false
    const window = server.capabilities['light-client']
    if (window?.kind === 'since') return period >= window.first
    return window?.kind !== 'latest' || period > this.#currentPeriod() - window.count
  }

  /** The period of the newest committee that can be learned now. */
  #target(chain: CommitteeChain): number {
    const ends = [...this.#servers.keys()].map((server) => this.#end(chain, server))
    return ends.length === 0 ? this.#currentPeriod() : Math.max(...ends)
  }

  /** The period after the last one whose update a server is asked for. */
  #end(chain: CommitteeChain, server: ServerHandle): number {
    const reach = this.#reach(server)
    return reach === this.#currentPeriod() && this.#isTimeForCurrent(chain) ? reach + 1 : reach
  }

  /** The period of the newest slot that it claims, not beyond ours; one that claims nothing may have everything. */
  #reach(server: ServerHandle): number {
    const { state, views } = this.#options
    const { claimedSlot } = views.of(server)
    const current = this.#currentPeriod()
    return claimedSlot === undefined ? current : Math.min(current, periodAtSlot(state.network.preset, claimedSlot))
  }

  /**
   * The update of the running period is asked for once its best kind can exist, which finalizes a header of the same
   * period, and not by all clients at once.
   */
  #isTimeForCurrent(chain: CommitteeChain): boolean {
    const { state } = this.#options
    const current = this.#currentPeriod()
    const finalizedSlot = state.finality?.head.finalizedHeader.beacon.slot
    if (chain.period !== current || finalizedSlot === undefined) return false
    return periodAtSlot(state.network.preset, finalizedSlot) === current && this.#moment.hasCome(state.currentSlot())
  }

  #currentPeriod(): number {
    const { state } = this.#options
    return periodAtSlot(state.network.preset, state.currentSlot())
  }

  #epoch(): number {
    const { state } = this.#options
    return epochAtSlot(state.network.preset, state.currentSlot())
  }
}

const newMemory = (): ServerMemory => ({
  lacking: { epoch: -1, periods: new Set() },
  comparedUpTo: undefined,
  isComparing: false,
})

const rangeOf = ({ request }: SentRequest<'updates'>): PeriodRange => ({
  start: request.startPeriod,
  count: request.count,
})
