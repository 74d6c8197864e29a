/** What the page that is killed tells of itself while it lives. */
import type { Hex } from '../../src/chain/bytes.ts'

export type PageReport =
  /** Its script runs; workers are about to start. */
  | { readonly kind: 'loaded' }
  | { readonly kind: 'started'; readonly kept: number; readonly store: string }
  | { readonly kind: 'verified'; readonly number: number; readonly hash: Hex }
  /** The record of a verified block is in the store. */
  | { readonly kind: 'kept'; readonly number: number; readonly hash: Hex }
  | { readonly kind: 'pivot'; readonly pivot: string; readonly reason: string }
  /** What the store still has, executed again from the store alone at the run's end. */
  | { readonly kind: 'checked'; readonly blocks: number }
  /** What must not happen. */
  | { readonly kind: 'bad'; readonly what: string }

/** What the page asks for when it is loaded. */
export interface PageOrders {
  /** A network file. */
  readonly network: object
  /** Whether it is not killed any more, and has time to execute again what it kept. */
  readonly isLast: boolean
}

export const ORDERS_PATH = '/orders.json'
export const REPORT_PATH = '/report'
