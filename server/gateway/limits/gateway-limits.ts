/** Bounds of what one gateway takes and gives, each with its default. Services are handed those that concern them. */
import type { HttpLimits } from '../../http/http-limits.ts'
import { DEFAULT_HTTP_LIMITS } from '../../http/http-limits.ts'

export interface GatewayLimits extends HttpLimits {
  /** Bytes of an answer's body. Services keep below it by giving less; what is larger all the same fails with 500. */
  readonly responseBytes: number
  /** Requests of one client that are answered at a time; more are refused with 429. Event streams count apart. */
  readonly concurrentRequests: number
  /** Requests of one client in a second, over some seconds; more are refused with 429. */
  readonly requestsPerSecond: number
  /** Connections of one client that are open; WebSockets and event streams included. */
  readonly connectionsPerClient: number
  /** Bytes of one client's bodies that are on their way, or being answered; more are refused with 429. */
  readonly bodyBytesPerClient: number
  /** Bytes of answers that wait for one client to read them; more are refused with 429. */
  readonly answerBytesPerClient: number
  /** ms that requests under way get when the gateway is told to end. */
  readonly drainTime: number
}

export const DEFAULT_LIMITS: GatewayLimits = {
  ...DEFAULT_HTTP_LIMITS,
  // A witness of a 50 Mgas block is 15 MB, as hex in JSON twice that.
  responseBytes: 64 << 20,
  // A browser opens six connections to an origin, so that this is some dozens of tabs.
  concurrentRequests: 256,
  // A tab that heals a state asks some hundred times a second. What one core can answer is a few thousand.
  requestsPerSecond: 2_000,
  connectionsPerClient: 512,
  // A few of the largest; ordinary ones are a thousand times smaller.
  bodyBytesPerClient: 32 << 20,
  // One of the largest and half of another, or dozens of ordinary witnesses.
  answerBytesPerClient: 96 << 20,
  drainTime: 3_000,
}
