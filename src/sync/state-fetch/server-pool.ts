/**
 * The servers there are, and which of them a parcel goes to: one that an execution waits for to the fastest, any other by
 * chance, weighted by quality, over all that have room.
 */
import type { Clock } from '../../chain/clock.ts'
import type { CapabilityWindow } from '../../network/request-server.ts'
import { byChance, type ServerQuality } from '../../network/server-quality.ts'
import { MAX_SERVERS } from '../constants.ts'
import { OwnAccounts } from './own-accounts.ts'
import { isQuick, type Parcel } from './parcel.ts'
import { RatedServer, type BlockPlace } from './rated-server.ts'
import { SelectorFullError } from './selector-full-error.ts'
import type { AskKind, StateServer } from './state-server.ts'
import type { Urgency } from './work.ts'

export interface SelectorOptions {
  readonly clock: Clock
  /** Uniform in 0..1, 1 excluded; seeded where runs should repeat. */
  readonly random: () => number
}

export interface ServerView {
  readonly name: string
  readonly kinds: readonly AskKind[]
  readonly quality: Readonly<Partial<Record<AskKind, ServerQuality>>>
  readonly lastError: Error | undefined
  /** ms since 1970 since when it has refused all that was asked, as too much. */
  readonly busySince: number | undefined
}

export type Choice =
  /** Of the parcel's items, those that may be asked of it. */
  | { readonly kind: 'server'; readonly rated: RatedServer; readonly items: readonly unknown[] }
  /** Those that could be asked have no room, or are left alone for a while. Items that wait for the same one, and which that is where it is one alone. */
  | { readonly kind: 'later'; readonly items: readonly unknown[]; readonly home?: RatedServer }
  | { readonly kind: 'never' }

/** Always: at most {@link MAX_SERVERS}; nobody is chosen for what it lacked, or is being asked for already. */
export class ServerPool {
  readonly own: OwnAccounts
  readonly #servers = new Set<RatedServer>()

  /** @param onFree called when a server may be asked again */
  constructor(
    private readonly options: SelectorOptions,
    private readonly onFree: () => void,
  ) {
    this.own = new OwnAccounts(options.random)
  }

  /** @throws {SelectorFullError} */
  add(server: StateServer): RatedServer {
    if (this.#servers.size >= MAX_SERVERS) throw new SelectorFullError(`there are ${MAX_SERVERS} servers already`)
    const rated = new RatedServer(server, this.options.clock, this.onFree)
    this.#servers.add(rated)
    return rated
  }

  remove(rated: RatedServer): void {
    this.#servers.delete(rated)
    rated.close()
  }

  /** How many could be asked for this. */
  countAble(kind: AskKind, place: BlockPlace | undefined): number {
    return [...this.#servers].filter((rated) => rated.isAble(kind, place)).length
  }

  /** What this server said turned out false, after it had been taken. */
  reportFalse(server: string, kind: AskKind, error: Error): void {
    for (const rated of this.#servers) if (rated.name === server) rated.lied(kind, error)
  }

  /** Of the whole witness that this server gave, a part was missing. */
  reportIncomplete(server: string, kind: AskKind): void {
    for (const rated of this.#servers) if (rated.name === server) rated.incomplete(kind)
  }

  /** Of those that may be asked; one that names none answers whatever the block. */
  windows(kind: AskKind): readonly CapabilityWindow[] {
    return [...this.#servers]
      .filter((rated) => rated.isAble(kind, undefined))
      .map(({ server }) => server.windows[kind] ?? { kind: 'all' })
  }

  views(): ServerView[] {
    return Array.from(this.#servers, (rated) => {
      const kinds = Object.keys(rated.server.answers) as AskKind[]
      const quality = Object.fromEntries(kinds.map((kind) => [kind, rated.quality(kind)]))
      return { name: rated.name, kinds, quality, lastError: rated.lastError, busySince: rated.busySince }
    })
  }

  /** At most so many, by chance, weighted by quality; those that are left alone for a while only where there are no others. */
  several(kind: AskKind, most: number): readonly RatedServer[] {
    const able = [...this.#servers].filter((rated) => rated.isAble(kind, undefined))
    const drawn = byChance(
      able.map((one) => ({ one, quality: one.quality(kind) })),
      this.options.random,
    ).map(({ one }) => one)
    const isFree = ({ pause }: RatedServer): boolean => !pause.active
    return [...drawn.filter(isFree), ...drawn.filter((rated) => !isFree(rated))].slice(0, most)
  }

  /** Whether any of them takes one more of these now, whatever it is about. */
  hasRoom(urgency: Urgency): boolean {
    for (const rated of this.#servers) {
      if (rated.pause.active) continue
      if (rated.hasRoom(urgency) || (urgency === 'sync' && rated.hasReserve)) return true
    }
    return false
  }

  /** The one that it waits for would still take it, were there room: nothing else can be chosen for it. */
  waitsOn({ home, task }: Parcel): boolean {
    return (
      home !== undefined &&
      !home.hasRoomAtHome &&
      !home.pause.active &&
      !home.isSilent(task.kind) &&
      home.isAble(task.kind, task.place) &&
      this.#servers.has(home)
    )
  }

  choose(parcel: Parcel): Choice {
    const { task, items, lacked, attempts } = parcel
    const asked = new Set(Array.from(attempts, ({ rated }) => rated))
    const able = [...this.#servers].filter(
      (rated) => rated.isAble(task.kind, task.place) && !lacked.has(rated) && !asked.has(rated),
    )
    if (able.length === 0) return { kind: 'never' }
    if (parcel.isOwn) return this.#chooseHome(parcel, able)
    const free = withRoom(
      able.filter(({ pause }) => !pause.active),
      task,
    )
    const full = free.filter((rated) => !rated.isEmpty(task.kind))
    const candidates = full.length > 0 ? full : free
    const rated = isQuick(parcel)
      ? fastest(candidates, task.kind)
      : byChance(
          candidates.map((one) => ({ one, quality: one.quality(task.kind) })),
          this.options.random,
        )[0]?.one
    return rated === undefined ? { kind: 'later', items } : { kind: 'server', rated, items }
  }

  /** Each account of the visit's own is asked about where it is known; what others learn, they learn since that one fails. */
  #chooseHome(parcel: Parcel, able: readonly RatedServer[]): Choice {
    const { task, items, attempts } = parcel
    const awake = able.filter(({ pause }) => !pause.active)
    const prompt = awake.filter((rated) => !rated.isSilent(task.kind))
    const working = prompt.length > 0 ? prompt : awake
    if (working.length === 0) return { kind: 'later', items }
    const names = working.map(({ name }) => name)
    const homeOf = (item: unknown): string => this.own.homeOf(task.own(item)!, names)
    const home = homeOf(items[0])
    const rated = working.find(({ name }) => name === home)!
    // What is under way elsewhere goes to one other as a whole.
    const here = attempts.size > 0 ? items : items.filter((item) => homeOf(item) === home)
    if (!rated.hasRoomAtHome) return { kind: 'later', items: here, home: rated }
    for (const item of here) this.own.tell(task.own(item)!, home)
    return { kind: 'server', rated, items: here }
  }
}

/** Following the chain waits for no place: where all are taken, those count that take one more on top. */
function withRoom(servers: readonly RatedServer[], { urgency }: Parcel['task']): RatedServer[] {
  const free = servers.filter((rated) => rated.hasRoom(urgency))
  return free.length === 0 && urgency === 'sync' ? servers.filter(({ hasReserve }) => hasReserve) : free
}

function fastest(candidates: readonly RatedServer[], kind: AskKind): RatedServer | undefined {
  return candidates.reduce<RatedServer | undefined>(
    (best, one) => (best === undefined || one.expectedMs(kind) < best.expectedMs(kind) ? one : best),
    undefined,
  )
}
