import { quantity } from '../../network/json-rpc/hex.ts'
import { blockSelector, LATEST, type BlockSelector } from '../../network/json-rpc/params/block-selector.ts'
import { address } from '../../network/json-rpc/params/hex.ts'
import { optional, type Param } from '../../network/json-rpc/params/param.ts'
import { method } from '../method.ts'

/**
 * The account's nonce at a block; proven as {@link eth_getBalance}. `pending` is the head, and after it what was sent from here
 * and follows without a gap, so that a second transaction does not replace the first: nobody's pool can be proven.
 */
export const eth_getTransactionCount = method({
  class: 'state',
  params: [address, optional(pendingOrBlock(), { selector: LATEST, isPending: false })],
  run: async ({ blocks, view, sent, ask }, [address, { selector, isPending }]) => {
    const header = await blocks.header(selector, ask)
    const nonce = (await view.state(header).account(address, ask))?.nonce ?? 0n
    if (!isPending) return quantity(nonce)
    const next = sent.nextNonce(address, nonce, header)
    if (next > nonce) ask.evidence.remark(`of these, ${next - nonce} were sent from here and are in no block yet`)
    return quantity(next)
  },
})

interface Counted {
  readonly selector: BlockSelector
  readonly isPending: boolean
}

/** Elsewhere `pending` is no more than the head. */
function pendingOrBlock(): Param<Counted> {
  const read = (value: unknown): Counted => ({ selector: blockSelector.read(value), isPending: isPending(value) })
  return { read }
}

const isPending = (value: unknown): boolean =>
  value === 'pending' ||
  (typeof value === 'object' && (value as { readonly blockNumber?: unknown }).blockNumber === 'pending')
