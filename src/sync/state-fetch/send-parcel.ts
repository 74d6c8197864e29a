/** One request of a parcel to one server: its limits of time, what it costs, and how it ended. */
import type { Clock } from '../../chain/clock.ts'
import { HARD_TIMEOUT_MS, SOFT_TIMEOUT_MS } from '../constants.ts'
import { OWN_LATE_MS, URGENT_LATE_MS } from './constants.ts'
import { isQuick, type Attempt, type Judge, type Parcel } from './parcel.ts'
import type { RatedServer } from './rated-server.ts'
import { NOTHING_RECEIVED, type Received } from './trip-counter.ts'
import type { Verdict } from './work.ts'

export interface Sender {
  readonly clock: Clock
  /** Whether anybody still waits for it: what comes for nobody is not looked at. */
  isWanted(parcel: Parcel): boolean
  /** Another server should be asked too. */
  late(parcel: Parcel): void
  /** @param verdict undefined where nobody waits for it any more */
  answered(parcel: Parcel, attempt: Attempt, verdict: Verdict<unknown> | undefined): void
  failed(parcel: Parcel, rated: RatedServer, error: unknown): void
  /** What was to check the answer threw: a defect of ours, whatever came. */
  broke(parcel: Parcel, error: unknown): void
}

/** The sender is told once how it ended, after the parcel has one attempt less. */
export function sendParcel(parcel: Parcel, rated: RatedServer, sender: Sender): void {
  const { clock } = sender
  const { task, items } = parcel
  const abort = new AbortController()
  const attempt: Attempt = { rated, abort, startedAt: clock.now(), late: false }
  parcel.attempts.add(attempt)
  const over = rated.begin(task.urgency)
  const account = task.counter.begin({ kind: task.kind, server: rated.name, items: items.length })
  const isSmall = isQuick(parcel)
  const silent = (): void => {
    rated.silent(task.kind)
    sender.late(parcel)
  }
  const timers = [
    clock.after(HARD_TIMEOUT_MS, () => abort.abort(new Error(`no answer in ${HARD_TIMEOUT_MS / 1000} s`))),
    clock.after(SOFT_TIMEOUT_MS, () => {
      attempt.late = true
      rated.load.late()
      if (!isSmall && !parcel.isOwn) sender.late(parcel)
    }),
    ...(parcel.isOwn ? [clock.after(OWN_LATE_MS, silent)] : []),
    ...(isSmall ? [clock.after(URGENT_LATE_MS, () => sender.late(parcel))] : []),
  ]
  const end = (received: Received, isAnswered: boolean): void => {
    for (const cancel of timers) cancel()
    parcel.attempts.delete(attempt)
    over({ late: attempt.late, answered: isAnswered })
    account(received)
  }
  unlessAborted(task.send(rated.server.answers, items, abort.signal), abort.signal).then(
    (judge) => {
      let verdict: Verdict<unknown> | undefined
      try {
        verdict = sender.isWanted(parcel) ? judge(rated.name) : undefined
      } catch (error) {
        end(NOTHING_RECEIVED, true)
        return sender.broke(parcel, error)
      }
      end(verdict?.received ?? NOTHING_RECEIVED, true)
      sender.answered(parcel, attempt, verdict)
    },
    (error: unknown) => {
      end(NOTHING_RECEIVED, false)
      sender.failed(parcel, rated, error)
    },
  )
}

/** Settles when the signal aborts, whatever the server's own promise does. */
function unlessAborted(answer: Promise<Judge>, signal: AbortSignal): Promise<Judge> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
