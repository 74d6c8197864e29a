/** What a selector is given to do: items to be had by requests of one kind, from whichever servers. */
import type { BlockPlace } from './rated-server.ts'
import type { AnswerOf, AskKind, AskOf } from './state-server.ts'
import type { Received, TripCounter } from './trip-counter.ts'

/** `urgent`: execution waits for it. `ahead`: prediction, which is to leave room for what is urgent. */
export type Urgency = 'urgent' | 'ahead'

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
