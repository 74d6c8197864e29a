/** The same request to several servers at once: for what is to reach more than one of them. */
import type { Clock } from '../../chain/clock.ts'
import { boundedSignal, untilAborted } from '../../network/http/bounded-signal.ts'
import { RequestError } from '../../network/request-server.ts'
import { HARD_TIMEOUT_MS } from '../constants.ts'
import type { RatedServer } from './rated-server.ts'
import type { AnswerOf, AskKind, AskOf } from './state-server.ts'

export interface SeveralAnswer<K extends AskKind> {
  readonly server: string
  /** Rejects with what the server failed at, the hard timeout or the signal's reason. */
  readonly answer: Promise<AnswerOf<K>>
}

export interface Asking<K extends AskKind> {
  readonly kind: K
  readonly request: AskOf<K>
  readonly clock: Clock
  readonly signal: AbortSignal
}

export const askSeveral = <K extends AskKind>(
  servers: readonly RatedServer[],
  asking: Asking<K>,
): readonly SeveralAnswer<K>[] => servers.map((rated) => ({ server: rated.name, answer: askOne(rated, asking) }))

/** That it answered says nothing of how true it is: only a failure is held against it. */
async function askOne<K extends AskKind>(
  rated: RatedServer,
  { kind, request, clock, signal }: Asking<K>,
): Promise<AnswerOf<K>> {
  const bounded = boundedSignal(signal, clock, HARD_TIMEOUT_MS)
  rated.load.begin()
  let isAnswered = false
  try {
    const answer = await untilAborted(rated.server.answers[kind]!(request, bounded.signal), bounded.signal)
    isAnswered = true
    rated.pause.succeed()
    return answer
  } catch (error) {
    if (!signal.aborted) noteFailure(rated, kind, error)
    throw error
  } finally {
    rated.load.end({ late: false, answered: isAnswered })
    bounded.end()
  }
}

function noteFailure(rated: RatedServer, kind: AskKind, error: unknown): void {
  const fault = error instanceof RequestError ? error.fault : { code: 'unreachable' as const }
  switch (fault.code) {
    case 'absent':
      return rated.empty(kind)
    case 'malformed':
      return rated.malformed(kind, error as Error)
    case 'busy':
      return rated.busy(fault.retryAfterMs, error as Error)
    case 'unreachable':
      return rated.failed(kind, error as Error)
  }
}
