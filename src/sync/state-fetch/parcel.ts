/** A part of a work that is asked for in one request, and what has become of it so far. */
import { URGENT_ITEMS } from './constants.ts'
import type { RatedServer } from './rated-server.ts'
import type { AskKind, StateAnswers } from './state-server.ts'
import type { TripCounter } from './trip-counter.ts'
import { isAhead, MAX_REASONS, type Urgency, type Verdict, type Work } from './work.ts'

/** A work whose types are sealed in: kinds and items differ from one to the next. */
export interface Task {
  readonly kind: AskKind
  readonly most: number
  /** Raised where following the chain comes to wait for it too. */
  urgency: Urgency
  readonly place: Work<AskKind, unknown>['place']
  readonly own: (item: unknown) => string | undefined
  readonly counter: TripCounter
  readonly signal: AbortSignal
  readonly reasons: Set<string>
  /** Sends one request; `judge` checks what came. */
  send(answers: StateAnswers, items: readonly unknown[], signal: AbortSignal): Promise<Judge>
  /** So many items need nothing more. */
  done(count: number): void
  /** They cannot be had. */
  missing(items: readonly unknown[]): void
  /** Ends it at once with a defect of ours. */
  broke(error: unknown): void
}

export type Judge = (server: string) => Verdict<unknown>

export interface Attempt {
  readonly rated: RatedServer
  readonly abort: AbortController
  readonly startedAt: number
  late: boolean
}

export interface Parcel {
  readonly task: Task
  readonly items: readonly unknown[]
  /** All of it tells of accounts of the visit's own, or none. */
  readonly isOwn: boolean
  /** Servers that do not have it. */
  readonly lacked: Set<RatedServer>
  /** Under way. */
  readonly attempts: Set<Attempt>
  failures: number
  /** The one that it waits for, where that alone knows of its accounts. */
  home: RatedServer | undefined
  /** More servers that it is to be sent to, beside those it is under way with. */
  copiesWanted: number
}

/** Small, and somebody waits for it: it goes to the fastest, and to more of them where such answers were late. */
export function isQuick({ task, items, isOwn }: Pick<Parcel, 'task' | 'items' | 'isOwn'>): boolean {
  return !isOwn && !isAhead(task.urgency) && items.length <= URGENT_ITEMS
}

export function noteReason({ reasons }: Task, reason: string): void {
  if (reasons.size < MAX_REASONS) reasons.add(reason)
}
