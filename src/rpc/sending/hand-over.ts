/** Hands a transaction to several servers: it is out once one of them has taken it. */
import { messageOf } from '../../chain/thrown.ts'
import type { ChainView } from '../../sync/chain-view/chain-view.ts'
import { RECIPIENTS } from './constants.ts'

export type HandedOver =
  /** By the server that said so first; the others are still being asked. */
  | { readonly kind: 'taken'; readonly by: string }
  /** What each server said, by its name. Empty: none takes transactions. */
  | { readonly kind: 'refused'; readonly words: readonly string[] }

/** Never rejects. */
export async function handOver(view: ChainView, raw: Uint8Array, signal: AbortSignal): Promise<HandedOver> {
  const words: string[] = []
  const asked = view.submit(raw, RECIPIENTS, signal).map(async ({ server, answer }) => {
    const said = await answer.catch((error: unknown) => ({ kind: 'refused', words: messageOf(error) }) as const)
    if (said.kind !== 'refused') return server
    words.push(`${server} says: ${said.words}`)
    throw new Error(said.words)
  })
  try {
    return { kind: 'taken', by: await Promise.any(asked) }
  } catch {
    return { kind: 'refused', words }
  }
}
