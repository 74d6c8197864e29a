/** Sends a signed transaction: checked first, then handed to several servers, then kept in sight. */
import type { Hash } from '../../chain/bytes.ts'
import { rejected } from '../../network/json-rpc/rpc-error.ts'
import { SourceUnavailableError } from '../../sync/chain-view/chain-view-error.ts'
import type { RpcContext } from '../method.ts'
import { checkTransaction } from './check-transaction.ts'
import { handOver } from './hand-over.ts'

/**
 * Resolves once one server has taken it.
 * @returns keccak256 of its bytes, whatever servers call it
 * @throws {RpcError} -32000 where it is refused, here or by all servers that were asked @throws {SourceUnavailableError}
 */
export async function sendTransaction(raw: Uint8Array, context: RpcContext): Promise<Hash> {
  const { view, sent, ask } = context
  const head = view.heads.latest()
  const checked = await checkTransaction(raw, head, context)
  ask.signal.throwIfAborted()
  const outcome = await handOver(view, raw, sent.signal)
  if (outcome.kind === 'taken') {
    sent.add(checked, head)
    ask.evidence.from(outcome.by)
    ask.evidence.remark(`checked on the state of block ${head.number}; that it will be in a block is nobody's promise`)
    return checked.hash
  }
  if (outcome.words.length === 0)
    throw new SourceUnavailableError('no server takes transactions; add one that offers eth_sendRawTransaction')
  throw rejected(`no server took the transaction, though nothing is wrong with it here: ${outcome.words.join('; ')}`)
}
