/** How the last answers were checked, for `beamtab_lastVerification`. */
import { dropOldest } from '../chain/drop-oldest.ts'
import type { JsonParams, Verification } from '../rpc/session-messages.ts'

/** A page shows the state of what it has just asked; more than this is on no screen. */
export const MAX_LOGGED = 256

/** Requests as long as a contract call with a few arguments are told apart; a longer one is known as the last answer only. */
const MAX_LENGTH = 4_096

export class VerificationLog {
  private readonly byRequest = new Map<string, Verification>()
  private last: Verification | null = null

  add(request: LoggedRequest, verification: Verification): void {
    this.last = verification
    if (request.characters > MAX_LENGTH) return
    const key = keyOf(request)
    // Deleted first, so that it counts as the newest.
    this.byRequest.delete(key)
    this.byRequest.set(key, verification)
    dropOldest(this.byRequest, MAX_LOGGED)
  }

  /** Of the last answer; null while there is none. */
  newest(): Verification | null {
    return this.last
  }

  /** Of the last answer to this very request; null where it is not known (any more). */
  of(request: LoggedRequest): Verification | null {
    return request.characters > MAX_LENGTH ? null : (this.byRequest.get(keyOf(request)) ?? null)
  }
}

export interface LoggedRequest {
  readonly method: string
  readonly params: JsonParams | undefined
  /** Of both together. */
  readonly characters: number
}

const keyOf = ({ method, params }: LoggedRequest): string => `${method} ${JSON.stringify(params ?? [])}`
