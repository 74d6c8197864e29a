import { quantity } from '../../../../src/network/json-rpc/hex.ts'
import { method } from '../method.ts'
import { latestOr, type BlockSelector } from '../../../../src/network/json-rpc/params/block-selector.ts'
import { address } from '../../../../src/network/json-rpc/params/hex.ts'
import type { Param } from '../../../../src/network/json-rpc/params/param.ts'

/** The nonce of the account; with `pending` the one after those of its transactions that wait, where a pool is known. */
export const eth_getTransactionCount = method({
  params: [address, pendingOr(latestOr)],
  run: async ({ chain, source }, [address, { isPending, selector }]) => {
    const pending = isPending ? await source.pendingNonce?.(address) : undefined
    if (pending !== undefined) return quantity(pending)
    return quantity((await source.accountProof(await chain.getHeader(selector), address, [])).nonce)
  },
})

interface Asked {
  readonly isPending: boolean
  /** Of the state; the head's for `pending`. */
  readonly selector: BlockSelector
}

function pendingOr({ read, fallback }: typeof latestOr): Param<Asked> {
  return {
    read: (value) => ({ isPending: value === 'pending', selector: read(value) }),
    ...(fallback && { fallback: { value: { isPending: false, selector: fallback.value } } }),
  }
}
