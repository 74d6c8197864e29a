/** The nonce that an account's next transaction takes. */
import type { AddressBytes } from '../../chain/bytes.ts'
import type { RawHeader } from '../../execution/block/raw-block.ts'
import type { RpcContext } from '../method.ts'

/**
 * The proven nonce at `header`, and after it what was sent from here and follows without a gap, so that a second transaction
 * does not replace the first: what others have out, nobody can prove. The evidence says how many.
 * @throws what the chain's view throws
 */
export async function nextNonce(
  sender: AddressBytes,
  header: RawHeader,
  { view, sent, ask }: RpcContext,
): Promise<bigint> {
  const nonce = (await view.state(header).account(sender, ask))?.nonce ?? 0n
  const next = sent.nextNonce(sender, nonce, header)
  if (next > nonce) ask.evidence.remark(`the nonce follows on ${next - nonce} sent from here that are in no block yet`)
  return next
}
