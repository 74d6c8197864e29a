import { quantity } from '../../network/json-rpc/hex.ts'
import { blockSelector, LATEST, type BlockSelector } from '../../network/json-rpc/params/block-selector.ts'
import { address } from '../../network/json-rpc/params/hex.ts'
import { optional, type Param } from '../../network/json-rpc/params/param.ts'
import { method } from '../method.ts'
import { nextNonce } from '../sending/next-nonce.ts'

/**
 * The account's nonce at a block; proven as {@link eth_getBalance}. `pending` is the head, and after it what was sent from here
 * and follows without a gap, so that a second transaction does not replace the first: nobody's pool can be proven.
 */
export const eth_getTransactionCount = method({
  class: 'state',
  params: [address, optional(pendingOrBlock(), { selector: LATEST, isPending: false })],
  run: async (context, [address, { selector, isPending }]) => {
    const { blocks, view, ask } = context
    const header = await blocks.header(selector, ask)
    if (isPending) return quantity(await nextNonce(address, header, context))
    return quantity((await view.state(header).account(address, ask))?.nonce ?? 0n)
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
