/**
 * Brings the committee chain forward to the current period, from several servers at once, and keeps its newest links as
 * good as any server has them.
 */
import type { Clock } from '../../chain/clock.ts'
import type { CommitteeChain } from '../../consensus/committee-chain.ts'
import type { Environment, ServerHandle } from '../environment.ts'
import type { Module, ModuleEvent, RequestId, SentRequest, SentResponse } from '../module.ts'
import { Signal } from '../signal.ts'
import { AskedServers } from './asked-servers.ts'
import type { LightClientState } from './light-client-state.ts'
import { RangeLock, type PeriodRange } from './range-lock.ts'
import type { ServerViews } from './server-views.ts'
import { OtherPeriodsError, RefusedUpdateError, updateBatch } from './update-batch.ts'
import { UpdateProver } from './update-prover.ts'
import type { UpdatePurpose } from './update-queue.ts'
import { UpdateReach } from './update-reach.ts'

/** Periods asked for at once: 200 kB, so that a slow answer holds up little and a lost one costs little (geth's value). */
export const UPDATES_PER_REQUEST = 8

/** Periods beyond the chain that are asked for or wait: as many as one request may ask for in the protocol. Bounds memory. */
export const MAX_PERIODS_AHEAD = 128

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
  /** `full`: the chain holds as many links as it may; it goes on from a newer checkpoint only. */
  readonly room: 'left' | 'full'
}

interface Sent {
  readonly purpose: UpdatePurpose
  /** The period that was running: the updates of earlier ones do not get better. */
  readonly askedIn: number
  readonly release: () => void
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
  readonly #reach: UpdateReach
  /** There is more to prove than one turn may. */
  readonly #goOn = new Signal('updates to prove')
  readonly #lock = new RangeLock()
  readonly #sent = new Map<RequestId, Sent>()
  readonly #asked = new AskedServers()
  readonly #prover: UpdateProver
  /** As the last turn left it. */
  #left: { readonly chain: CommitteeChain; readonly period: number } | undefined
  #isResting = false

  constructor(options: ForwardUpdateSyncOptions) {
    this.#options = options
    const { state, views } = options
    this.#reach = new UpdateReach(state, views, options.random)
    this.#prover = new UpdateProver({ state, views, reach: this.#reach, asked: this.#asked })
    this.triggers = [state.chainChanged, state.headsChanged, this.#goOn]
  }

  /** Undefined until a chain has begun. */
  get progress(): CommitteeProgress | undefined {
    const { chain } = this.#options.state
    if (chain === undefined) return undefined
    const target = Math.max(chain.period, this.#target(chain))
    return { period: chain.period, target, room: this.#prover.isFull ? 'full' : 'left' }
  }

  process(environment: Environment, events: readonly ModuleEvent[]): void {
    for (const event of events) this.#hear(environment, event)
    const { state } = this.#options
    const { chain } = state
    this.#noteChain(environment, chain)
    if (chain !== undefined && !this.#isResting && this.#prover.prove(environment, chain) === 'more') this.#rest()
    this.#left = chain && { chain, period: chain.period }
    if (chain === undefined || state.dispute !== undefined) return this.#prover.clear()
    let asked = true
    while (asked) asked = this.#askForMissing(environment, chain)
    this.#askForBetter(environment, chain)
    this.#searchOn(environment)
  }

  #hear(environment: Environment, event: ModuleEvent): void {
    if (event.kind === 'registered') this.#asked.add(event.server)
    if (event.kind === 'unregistered') this.#asked.delete(event.server)
    if (!('of' in event) || event.of !== 'updates') return
    const sent = this.#sent.get(event.id)
    if (sent === undefined) return
    if (sent.purpose === 'extend' || event.kind === 'failure') sent.release()
    if (event.kind === 'late') return
    this.#sent.delete(event.id)
    if (event.kind === 'response') return this.#receive(environment, event, sent)
    const { failure } = event
    if (failure.kind === 'error' && failure.error.fault.code === 'absent') this.#noteNone(environment, event, sent)
  }

  #receive(environment: Environment, event: SentResponse<'updates'>, sent: Sent): void {
    const { preset } = this.#options.state.network
    const { server } = event
    const range = rangeOf(event)
    try {
      const batch = updateBatch(preset, server.name, range, event.response)
      if (batch === undefined) return this.#noteNone(environment, event, sent)
      const brought = { start: batch.start, count: batch.updates.length }
      this.#noteMissing(server, range, brought)
      this.#noteCompared(event, sent)
      const unlock = this.#lock.lock(brought)
      const release = () => {
        unlock()
        sent.release()
      }
      this.#prover.put({ server, purpose: sent.purpose, release }, batch)
    } catch (error) {
      sent.release()
      if (!(error instanceof OtherPeriodsError) && !(error instanceof RefusedUpdateError)) throw error
      this.#noteCompared(event, sent)
      this.#prover.blame(environment, server, error)
    }
  }

  /** It has nothing of what it was asked for. */
  #noteNone(environment: Environment, request: SentRequest<'updates'>, sent: Sent): void {
    const { server } = request
    const range = rangeOf(request)
    sent.release()
    this.#noteMissing(server, range, undefined)
    this.#noteCompared(request, sent)
    // Old updates may be pruned; what can be found is in those it has.
    if (sent.purpose === 'search') this.#prover.noteSearched(environment, server, range.start, 'agrees')
  }

  /** Fewer updates than asked for are no fault; the rest is asked of others. */
  #noteMissing(server: ServerHandle, asked: PeriodRange, brought: PeriodRange | undefined): void {
    for (let period = asked.start; period < asked.start + asked.count; period++) {
      if (brought !== undefined && period >= brought.start && period < brought.start + brought.count) continue
      this.#asked.noteLacking(server, period, this.#reach.epoch())
    }
  }

  /** Also where it was asked for the newest periods because the chain lacked them. */
  #noteCompared(request: SentRequest<'updates'>, { purpose, askedIn }: Sent): void {
    const { start, count } = rangeOf(request)
    const last = Math.min(start + count, askedIn) - 1
    if (purpose === 'search' || last < start) return
    if (purpose === 'compare' || last === askedIn - 1) this.#asked.noteCompared(request.server, last)
  }

  #noteChain(environment: Environment, chain: CommitteeChain | undefined): void {
    const left = this.#left
    if (left !== undefined && left.chain === chain) {
      if (chain.period < left.period) this.#prover.noteWithdrawn(environment, chain.period)
      return
    }
    this.#prover.reset()
    this.#asked.forgetComparisons()
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
    if (this.#prover.isFull) return false
    for (const server of environment.candidates('updates')) {
      if (this.#asked.get(server)?.search !== undefined) continue
      const end = Math.min(this.#reach.end(chain, server), chain.period + MAX_PERIODS_AHEAD)
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
    if (chain.period < this.#target(chain)) return
    const last = Math.min(chain.period, this.#reach.currentPeriod()) - 1
    for (const server of environment.candidates('updates')) {
      const asked = this.#asked.get(server)
      if (asked === undefined || asked.isCompared || asked.search !== undefined) continue
      const { comparedUpTo } = asked
      const { doubtedAt = -1 } = this.#options.views.of(server)
      const first = Math.max(chain.checkpoint.period, last - COMPARED_PERIODS + 1, (comparedUpTo ?? -1) + 1)
      const isTime = comparedUpTo === undefined || doubtedAt > last || this.#reach.isOurMoment()
      if (first > last || !isTime || this.#reach.periodOf(server) <= last || !this.#mayHave(server, first)) continue
      this.#ask(environment, server, 'compare', { start: first, count: last - first + 1 })
    }
  }

  #searchOn(environment: Environment): void {
    for (const server of environment.candidates('updates')) {
      const asked = this.#asked.get(server)
      const period = asked?.search?.period
      if (asked === undefined || period === undefined || asked.isCompared) continue
      this.#ask(environment, server, 'search', { start: period, count: 1 })
    }
  }

  #ask(environment: Environment, server: ServerHandle, purpose: UpdatePurpose, range: PeriodRange): void {
    const id = environment.send(server, 'updates', { startPeriod: range.start, count: range.count })
    const release = purpose === 'extend' ? this.#lock.lock(range) : this.#asked.beginComparison(server)
    this.#sent.set(id, { purpose, askedIn: this.#reach.currentPeriod(), release })
  }

  #mayHave(server: ServerHandle, period: number): boolean {
    return this.#reach.isInWindow(server, period) && !this.#asked.lacks(server, period, this.#reach.epoch())
  }

  #target(chain: CommitteeChain): number {
    return this.#reach.target(chain, this.#asked.all())
  }
}

const rangeOf = ({ request }: SentRequest<'updates'>): PeriodRange => ({
  start: request.startPeriod,
  count: request.count,
})
