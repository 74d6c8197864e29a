/** A work under way: what of it is still to come, and until when it is waited for. */
import type { Clock } from '../../chain/clock.ts'
import { onAbort } from '../../network/http/bounded-signal.ts'
import { WORK_LIMIT_MS } from './constants.ts'
import type { Task } from './parcel.ts'
import type { AskKind } from './state-server.ts'
import type { Shortfall, Work } from './work.ts'

export interface TaskEnds<Item> {
  /** The signal aborted, or nothing came for long: all that is left of the task is to be told missing. */
  readonly giveUp: (task: Task) => void
  /** Each item was told done or missing. */
  readonly ended: (shortfall: Shortfall<Item>) => void
  /** A defect of whoever asks ended it: nothing more comes of it. */
  readonly broke: (error: unknown) => void
}

export function openTask<K extends AskKind, Item>(
  work: Work<K, Item>,
  clock: Clock,
  { giveUp, ended, broke }: TaskEnds<Item>,
): Task {
  const { kind, items, most, urgency, place, counter, signal, own } = work
  const missing: Item[] = []
  const reasons = new Set<string>()
  let left = items.length
  const end = (reason: string): void => {
    reasons.add(reason)
    giveUp(task)
  }
  const abort = (): void => end('it was cancelled')
  const limit = (): (() => void) => clock.after(WORK_LIMIT_MS, () => end('it took too long'))
  let cancelLimit = limit()
  const close = (): void => {
    cancelLimit()
    letGo()
  }
  const settle = (count: number): void => {
    left -= count
    if (left > 0) {
      cancelLimit()
      cancelLimit = limit()
      return
    }
    close()
    ended({ missing, reasons: [...reasons] })
  }
  const task: Task = {
    ...{ kind, most, urgency, place, counter, signal, reasons },
    own: (item) => own?.(item as Item),
    send: async (answers, part, until) => {
      const own = part as readonly Item[]
      const answer = await answers[kind]!(work.request(own), until)
      return (server) => work.accept(answer, own, server)
    },
    done: settle,
    missing: (lost) => {
      missing.push(...(lost as readonly Item[]))
      settle(lost.length)
    },
    broke: (error) => {
      close()
      broke(error)
    },
  }
  const letGo = onAbort(signal, abort)
  return task
}
