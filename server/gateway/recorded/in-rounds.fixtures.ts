/** A server as far away for each question as for any other, by no clock: what trips are counted on. */
import type { AskKind, StateServer } from '../../../src/sync/state-fetch/state-server.ts'

/**
 * Turns of the event loop in which whoever computes on what came may ask for more, before that comes too. A whole block's
 * execution takes some hundred of them on this thread.
 */
const QUIET_TURNS = 1_000

type Answer = (request: never, signal: AbortSignal) => Promise<unknown>

/**
 * Answers come in rounds: all that is asked for while others are waited for comes with these. On real connections the
 * machine's load would decide which questions wait for which answers.
 */
export function inRounds(server: StateServer): StateServer {
  let underWay = 0
  let asked = 0
  let held: (() => void)[] = []

  async function release(): Promise<void> {
    const before = asked
    for (let turn = 0; turn < QUIET_TURNS; turn++) {
      await new Promise<void>((resolve) => setImmediate(resolve))
      // Its own end is what this waits for now.
      if (asked !== before) return
    }
    const round = held
    held = []
    for (const hand of round) hand()
  }

  const inRound = (answer: Answer): Answer => {
    return async (request, signal) => {
      asked++
      underWay++
      try {
        return await answer(request, signal)
      } finally {
        const handed = new Promise<void>((resolve) => held.push(resolve))
        if (--underWay === 0) void release()
        await handed
      }
    }
  }
  const answers = Object.entries(server.answers as Record<AskKind, Answer>).map(([kind, answer]) => [
    kind,
    inRound(answer),
  ])
  return { ...server, answers: Object.fromEntries(answers) as StateServer['answers'] }
}
