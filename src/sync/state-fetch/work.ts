/** What a selector is given to do: items to be had by requests of one kind, from whichever servers. */
import type { BlockPlace } from './rated-server.ts'
import type { AnswerOf, AskKind, AskOf } from './state-server.ts'
import type { Received, TripCounter } from './trip-counter.ts'

/**
 * `sync`: following the chain waits for it, which nobody's questions may hold up. `sync-ahead`: predictions for that.
 * `urgent`: a question waits for it. `ahead`: what a question is expected to read. Served in this order; what is ahead leaves
 * room for what is urgent, and questions leave room for `sync`.
 */
export type Urgency = (typeof URGENCIES)[number]
export const URGENCIES = ['sync', 'sync-ahead', 'urgent', 'ahead'] as const

/** What something is fetched for: to follow the chain, or to answer somebody. */
export type Purpose = 'sync' | 'request'

/** `must`: somebody waits for it. `try`: somebody may. */
export const urgencyOf = (purpose: Purpose, effort: 'must' | 'try'): Urgency =>
  purpose === 'sync' ? (effort === 'must' ? 'sync' : 'sync-ahead') : effort === 'must' ? 'urgent' : 'ahead'

export const isAhead = (urgency: Urgency): boolean => urgency === 'sync-ahead' || urgency === 'ahead'

export interface Work<K extends AskKind, Item> {
  readonly kind: K
  readonly items: readonly Item[]
  /** Items of one request; a slow server gets fewer. */
  readonly most: number
  readonly request: (items: readonly Item[]) => AskOf<K>
  /** Checks an answer, and keeps what is good of it. Called once for each answer that came before its items were had. */
  readonly accept: (answer: AnswerOf<K>, items: readonly Item[], server: string) => Verdict<Item>
  readonly urgency: Urgency
  /** Undefined where the block does not matter: contents by hash. */
  readonly place: BlockPlace | undefined
  /** The key of the account that an item tells of, where it is one of the visit's own: such items go to the server that knows of it. */
  readonly own?: (item: Item) => string | undefined
  readonly counter: TripCounter
  /** Ends it: what is not had by then is missing. */
  readonly signal: AbortSignal
}

export interface Verdict<Item> {
  /** The server does not have them: others are asked. */
  readonly lacking: readonly Item[]
  /** The answer was full before them: they are asked for again, of anyone. */
  readonly left: readonly Item[]
  /** What came, useless contents too. */
  readonly received: Received
  /** What is false about the answer, where it is: excludes the server. Its items are among {@link lacking}. */
  readonly falsehood?: string | undefined
}

export interface Shortfall<Item> {
  readonly missing: readonly Item[]
  /** What servers said, for people; at most {@link MAX_REASONS}. */
  readonly reasons: readonly string[]
}

/** As many servers as a message can name. */
export const MAX_REASONS = 8
