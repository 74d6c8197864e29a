/** Hands a transaction to several servers: it is out once one of them has taken it. */
import { messageOf } from '../../chain/thrown.ts'
import { RequestError } from '../../network/request-server.ts'
import type { ChainView } from '../../sync/chain-view/chain-view.ts'
import { RECIPIENTS } from './constants.ts'

export type HandedOver =
  /** By the server that said so first; the others are still being asked. */
  | { readonly kind: 'taken'; readonly by: string }
  /** None said so, and one or more may have taken it all the same: the answer was lost, or speaks of something else. */
  | { readonly kind: 'unknown'; readonly words: readonly string[] }
  /** What each server said, by its name: all refused. Empty: none takes transactions. */
  | { readonly kind: 'refused'; readonly words: readonly string[] }

/** Never rejects. */
export async function handOver(view: ChainView, raw: Uint8Array, signal: AbortSignal): Promise<HandedOver> {
  const words: string[] = []
  let isRefused = true
  const asked = view.submit(raw, RECIPIENTS, signal).map(async ({ server, answer }) => {
    const said = await answer.catch(asSaid)
    if (said.kind === 'taken' || said.kind === 'known') return server
    words.push(`${server} says: ${said.words}`)
    isRefused &&= said.kind === 'refused' && !MAY_BE_OUT.test(said.words)
    throw new Error(said.words)
  })
  try {
    return { kind: 'taken', by: await Promise.any(asked) }
  } catch {
    return { kind: isRefused ? 'refused' : 'unknown', words }
  }
}

interface Unsaid {
  readonly kind: 'refused' | 'failed'
  readonly words: string
}

/** A server that lacks the method or asks to be left alone has not looked at it. What else fails may have been heard. */
function asSaid(error: unknown): Unsaid {
  const fault = error instanceof RequestError ? error.fault.code : 'unreachable'
  return { kind: fault === 'absent' || fault === 'busy' ? 'refused' : 'failed', words: messageOf(error) }
}

/**
 * Words of refusals that it may be out with all the same. Here its nonce is not used up: a server to which it is may be a
 * block ahead, with the transaction in it (Nethermind: "OldNonce"). A server that ran out of time, or failed within, or
 * stands before another that did, may have handed it on.
 */
const MAY_BE_OUT = /nonce (is )?too low|old ?nonce|time[ds]? ?out|deadline|internal (server )?error|gateway/i
