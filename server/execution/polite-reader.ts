/** Turns for others in this thread while a block executes. */
import type { FlatReader, MaybePromise } from '../../src/state/flat-reader.ts'

/** How a long piece of work shares its thread. */
export interface Turns {
  /** Milliseconds. */
  readonly now: () => number
  /** Lets everything else in this thread run; resolves when it is this one's turn again. */
  readonly yieldThread: () => Promise<void>
}

/** The same values; every few milliseconds one of them comes after others in this thread had their turn. */
export function politely(reader: FlatReader, { now, yieldThread }: Turns): FlatReader {
  let turnEnds = now() + TURN_MS
  const inTurn = <T>(read: () => MaybePromise<T>): MaybePromise<T> => {
    if (now() < turnEnds) return read()
    return yieldThread().then(() => {
      turnEnds = now() + TURN_MS
      return read()
    })
  }
  return {
    account: (address) => inTurn(() => reader.account(address)),
    storage: (address, slot) => inTurn(() => reader.storage(address, slot)),
    code: (hash, address) => inTurn(() => reader.code(hash, address)),
  }
}

/** Milliseconds of execution after which others get a turn: about half of what a frame or a quick answer may wait. */
const TURN_MS = 8
