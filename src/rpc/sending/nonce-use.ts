/** Whether a transaction whose nonce is used up is in a block of the chain, or another one with its nonce. */
import { boundedSignal, untilAborted } from '../../network/http/bounded-signal.ts'
import type { RawHeader } from '../../execution/block/raw-block.ts'
import { equalBytes } from '../../execution/words.ts'
import { Evidence, type Ask } from '../../sync/chain-view/evidence.ts'
import type { RpcContext } from '../method.ts'
import type { CheckedTransaction } from './check-transaction.ts'
import { LOOK_LIMIT_MS, NONCE_LOOKBACK } from './constants.ts'

export type NonceUse =
  /** The transaction is in this block. */
  | { readonly kind: 'by-it'; readonly header: RawHeader }
  /** Proven: it can be in no block of this chain any more. */
  | { readonly kind: 'by-another' }
  /** Too long ago, or what would tell cannot be had. */
  | { readonly kind: 'untold' }

const UNTOLD: NonceUse = { kind: 'untold' }

/**
 * By what is known of it here, by the block that a server names, or by the block in which the nonce was used: whatever tells
 * first. The evidence is that of the way that told. @throws the signal's reason
 */
export async function nonceUse(checked: CheckedTransaction, head: RawHeader, context: RpcContext): Promise<NonceUse> {
  const { ask, clock } = context
  const bounded = boundedSignal(ask.signal, clock, LOOK_LIMIT_MS)
  try {
    for (const way of [ofSent, ofServers, ofStates]) {
      const aside: Ask = { signal: bounded.signal, evidence: new Evidence() }
      const use = await untilAborted(way(checked, head, { ...context, ask: aside }), bounded.signal).catch(() => UNTOLD)
      // Of a block that is in the chain no more it tells nothing.
      if (use.kind === 'untold' || aside.evidence.level === 'unverified') continue
      ask.evidence.join(aside.evidence)
      return use
    }
    ask.signal.throwIfAborted()
    return UNTOLD
  } finally {
    bounded.end()
  }
}

async function ofSent({ hash }: CheckedTransaction, _: RawHeader, { sent, ask }: RpcContext): Promise<NonceUse> {
  const fate = (await sent.find(hash, ask))?.fate
  if (fate?.kind === 'included') return { kind: 'by-it', header: fate.at }
  return fate?.kind === 'replaced' ? { kind: 'by-another' } : UNTOLD
}

async function ofServers({ hash }: CheckedTransaction, _: RawHeader, { blocks, ask }: RpcContext): Promise<NonceUse> {
  const place = await blocks.seek(hash, ask)
  return place === undefined ? UNTOLD : { kind: 'by-it', header: place.header }
}

/** A nonce only rises: what used it is in the first block after which it is past. Found by halves, by proofs of the sender's account. */
async function ofStates(
  { encoded, sender, transaction: { nonce } }: CheckedTransaction,
  head: RawHeader,
  { view, ask }: RpcContext,
): Promise<NonceUse> {
  const isUsedAfter = async (header: RawHeader): Promise<boolean> =>
    ((await view.state(header).account(sender, ask))?.nonce ?? 0n) > nonce
  // Newest first.
  const chain = [head, ...(await view.ancestors(head, NONCE_LOOKBACK, ask))]
  let used = 0
  let unused = chain.length - 1
  if (await isUsedAfter(chain[unused]!)) return UNTOLD
  while (unused - used > 1) {
    const middle = Math.floor((used + unused) / 2)
    if (await isUsedAfter(chain[middle]!)) used = middle
    else unused = middle
  }
  const header = chain[used]!
  const { transactions } = await view.block(header, ask)
  const isIt = transactions.some((transaction) => equalBytes(transaction, encoded))
  return isIt ? { kind: 'by-it', header } : { kind: 'by-another' }
}
