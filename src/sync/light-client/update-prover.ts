/** Proves the updates that servers sent, in order, and says of each server what follows for it. */
import { periodAtSlot } from '../../chain/beacon-preset.ts'
import type { CommitteeChain } from '../../consensus/committee-chain.ts'
import type { LightClientUpdate } from '../../consensus/containers/light-client-objects.ts'
import type { InvalidUpdateError } from '../../consensus/protocol/light-client-error.ts'
import type { Environment, ServerHandle } from '../environment.ts'
import type { AskedServers } from './asked-servers.ts'
import { DivergenceSearch } from './divergence-search.ts'
import type { LightClientState } from './light-client-state.ts'
import type { ServerViews } from './server-views.ts'
import { RefusedUpdateError, type UpdateBatch } from './update-batch.ts'
import { UpdateQueue, type NextUpdates, type QueuedBatch } from './update-queue.ts'
import type { UpdateReach } from './update-reach.ts'

/** Updates proven without a pause for the thread: together some 35 ms on mainnet, and no head waits longer. */
export const UPDATES_PER_TURN = 8

/** Newest links whose bringers are remembered: the current committee and the next, which heads can show to be unsound. */
const SUPPLIERS = 2

/** Two thirds of a committee signed for a committee whose aggregate key is not its members' sum. */
export class WithdrawnUpdateError extends Error {
  override name = 'WithdrawnUpdateError'
  constructor(server: string, period: number) {
    super(
      `the update of period ${period} from ${server} is withdrawn: the aggregate key of the committee that it teaches is not the sum of its members; others are asked`,
    )
  }
}

export interface UpdateProverOptions {
  readonly state: LightClientState
  readonly views: ServerViews
  readonly reach: UpdateReach
  readonly asked: AskedServers
}

interface NextUpdate {
  readonly batch: QueuedBatch
  readonly period: number
  readonly update: LightClientUpdate
}

export class UpdateProver {
  readonly #options: UpdateProverOptions
  readonly #queue = new UpdateQueue()
  /** Who brought the newest links, by period. */
  readonly #suppliers = new Map<number, ServerHandle>()
  #isFull = false

  constructor(options: UpdateProverOptions) {
    this.#options = options
  }

  /** The chain holds as many links as it may. */
  get isFull(): boolean {
    return this.#isFull
  }

  put(batch: QueuedBatch, updates: UpdateBatch): void {
    this.#queue.put(batch, updates)
  }

  /** Forgets what waits. */
  clear(): void {
    this.#queue.clear()
  }

  /** Another chain is followed. */
  reset(): void {
    this.clear()
    this.#suppliers.clear()
    this.#isFull = false
  }

  /** At most {@link UPDATES_PER_TURN}. @returns whether there is more to prove */
  prove(environment: Environment, chain: CommitteeChain): 'done' | 'more' {
    let room = UPDATES_PER_TURN
    while (room > 0 && this.#options.state.dispute === undefined) {
      const next = this.#queue.take(chain.period, room)
      if (next === undefined) return 'done'
      room -= this.#proveInOrder(environment, chain, next)
    }
    return this.#queue.has(chain.period) ? 'more' : 'done'
  }

  /** Heads showed that the committee taught by the link of this period carries a wrong aggregate key. */
  noteWithdrawn(environment: Environment, period: number): void {
    const server = this.#suppliers.get(period)
    if (server === undefined) return
    this.#noteLacking(server, period)
    this.blame(environment, server, new WithdrawnUpdateError(server.name, period))
  }

  blame(environment: Environment, server: ServerHandle, error: Error): void {
    const asked = this.#options.asked.get(server)
    if (asked !== undefined) asked.search = undefined
    environment.reportFalse(server, error)
  }

  /** What is known now of the server's update of a period that its {@link DivergenceSearch} asked for. */
  noteSearched(environment: Environment, server: ServerHandle, period: number, found: 'agrees' | 'differs'): void {
    const search = this.#options.asked.get(server)?.search
    if (search === undefined) return
    if (found === 'agrees') search.agreesAt(period)
    else search.differsAt(period)
    if (search.period === undefined) this.blame(environment, server, search.refused)
  }

  /** @returns how many were checked */
  #proveInOrder(environment: Environment, chain: CommitteeChain, { batch, start, updates, rest }: NextUpdates): number {
    const next = updates
      .map((update, place) => ({ batch, update, period: start + place }))
      // Meanwhile another server brought some: proving them again would cost as much as the first time.
      .filter(({ period }) => batch.purpose !== 'extend' || period >= chain.period)
    const { preset } = chain.network
    if (next.every(({ update, period }) => periodAtSlot(preset, update.signatureSlot) === period)) {
      chain.anticipate(next.map(({ update }) => update))
    }
    for (const [place, each] of next.entries()) {
      if (this.#insert(environment, chain, each) === 'stop') return place + 1
    }
    if (rest === 'none' && next.length > 0) environment.reportProven(batch.server)
    return next.length
  }

  /** @returns whether those after it may follow */
  #insert(environment: Environment, chain: CommitteeChain, next: NextUpdate): 'go on' | 'stop' {
    const { batch, period, update } = next
    const { server } = batch
    const outcome = this.#options.state.insert(update)
    switch (outcome?.kind) {
      case 'extended':
        this.#options.views.noteAgrees(server, period)
        this.#suppliers.set(period, server)
        this.#suppliers.delete(period - SUPPLIERS)
        return 'go on'
      case 'replaced':
      case 'reorganised':
      case 'notBetter':
        this.#options.views.noteAgrees(server, period)
        if (batch.purpose === 'search') this.noteSearched(environment, server, period, 'agrees')
        return 'go on'
      case 'refused':
        this.#queue.drop(batch)
        this.#refuse(environment, chain, next, outcome.error)
        return 'stop'
      case 'full':
        this.#isFull = true
        this.#queue.clear()
        return 'stop'
      case 'halted':
      case undefined:
        this.#queue.clear()
        return 'stop'
    }
  }

  #refuse(environment: Environment, chain: CommitteeChain, next: NextUpdate, error: InvalidUpdateError): void {
    const { batch, period } = next
    const { server } = batch
    const refused = new RefusedUpdateError(server.name, period, error)
    if (error.fault.code === 'badSignature') {
      if (batch.purpose === 'search') return this.noteSearched(environment, server, period, 'differs')
      if (this.#beginSearch(chain, server, refused)) return
    }
    const { search } = this.#options.asked.get(server) ?? {}
    if (batch.purpose === 'search' && search !== undefined) return this.blame(environment, server, search.refused)
    if (this.#isServersFault(error, period)) return this.blame(environment, server, refused)
    this.#options.views.noteProblem(server, 'update', refused)
    this.#noteLacking(server, period)
  }

  /** Once an epoch for each server, so that a liar cannot keep us searching. @returns whether it begins */
  #beginSearch(chain: CommitteeChain, server: ServerHandle, refused: RefusedUpdateError): boolean {
    const asked = this.#options.asked.get(server)
    const epoch = this.#options.reach.epoch()
    if (asked === undefined || asked.searchedIn === epoch) return false
    const search = new DivergenceSearch(chain.checkpoint.period, refused)
    if (search.period === undefined) return false
    asked.search = search
    asked.searchedIn = epoch
    return true
  }

  #isServersFault({ fault }: InvalidUpdateError, period: number): boolean {
    // Our clock may be wrong; and another committee, validly signed, is worse than what we have, but no lie.
    if (fault.code === 'futureSlot' || fault.code === 'otherCommittee') return false
    // While its period lasts the best update may still be a weak one; over a whole period, that is no chain's best.
    return fault.code !== 'tooFewSigners' || period < this.#options.reach.currentPeriod()
  }

  #noteLacking(server: ServerHandle, period: number): void {
    this.#options.asked.noteLacking(server, period, this.#options.reach.epoch())
  }
}
