/** Sends a signed transaction: checked first, then handed to several servers, then kept in sight. */
import { bytesToHex } from '@ethereumjs/util'
import type { Hash } from '../../chain/bytes.ts'
import type { RawHeader } from '../../execution/block/raw-block.ts'
import { boundedSignal, DeadlineError, untilAborted } from '../../network/http/bounded-signal.ts'
import { rejected, unavailable } from '../../network/json-rpc/rpc-error.ts'
import { SourceUnavailableError } from '../../sync/chain-view/chain-view-error.ts'
import type { RpcContext } from '../method.ts'
import { checkTransaction, type Checked } from './check-transaction.ts'
import { CHECK_LIMIT_MS, RESEND_AFTER, RESEND_UNTAKEN_AFTER } from './constants.ts'
import { handOver } from './hand-over.ts'
import { nonceUse } from './nonce-use.ts'

/**
 * Resolves once one server has taken it, or where it is in a block already: that comes of asking twice. Also where nobody
 * said to have taken it, but may have: an error would make whoever sends sign another one, and pay twice.
 * @returns keccak256 of its bytes, whatever servers call it
 * @throws {RpcError} -32000 where it is refused, here or by all servers that were asked; -32002 @throws {SourceUnavailableError}
 */
export async function sendTransaction(raw: Uint8Array, context: RpcContext): Promise<Hash> {
  const { view, sent, ask } = context
  const head = view.heads.latest()
  const outcome = await checkInTime(raw, head, context)
  if (outcome.kind === 'nonce-used') return inBlockOrReject(outcome, head, context)
  const { checked } = outcome
  ask.signal.throwIfAborted()
  const handed = await handOver(view, raw, sent.signal)
  switch (handed.kind) {
    case 'taken':
      sent.add(checked, head, RESEND_AFTER)
      ask.evidence.from(handed.by)
      ask.evidence.remark(
        `checked on the state of block ${head.number}; that it will be in a block is nobody's promise`,
      )
      return checked.hash
    case 'unknown':
      sent.add(checked, head, RESEND_UNTAKEN_AFTER)
      ask.evidence.remark(
        `no server said that it took it, but it may be out, and is sent again: ${handed.words.join('; ')}`,
      )
      return checked.hash
    case 'refused':
      return refuse(handed.words)
  }
}

/** What is handed over late would be out when the request has timed out already. */
async function checkInTime(raw: Uint8Array, head: RawHeader, context: RpcContext): Promise<Checked> {
  const { ask, clock } = context
  const bounded = boundedSignal(ask.signal, clock, CHECK_LIMIT_MS)
  const { signal } = bounded
  try {
    return await untilAborted(checkTransaction(raw, head, { ...context, ask: { ...ask, signal } }), signal)
  } catch (error) {
    if (!(error instanceof DeadlineError)) throw error
    throw unavailable(`the sender's account cannot be had within ${CHECK_LIMIT_MS / 1_000} s; nothing was sent now`)
  } finally {
    bounded.end()
  }
}

type NonceUsed = Extract<Checked, { readonly kind: 'nonce-used' }>

async function inBlockOrReject({ checked, next }: NonceUsed, head: RawHeader, context: RpcContext): Promise<Hash> {
  const use = await nonceUse(checked, head, context)
  const tooLow = `nonce too low: next nonce ${next}, tx nonce ${checked.transaction.nonce}`
  switch (use.kind) {
    case 'by-it':
      context.ask.evidence.remark(`it is in block ${use.header.number} already, and was not sent again`)
      return checked.hash
    case 'by-another':
      throw rejected(tooLow)
    case 'untold':
      throw rejected(
        `${tooLow}; it may be this transaction that is in a block: look for ${bytesToHex(checked.hash)} before another is signed`,
      )
  }
}

function refuse(words: readonly string[]): never {
  if (words.length === 0)
    throw new SourceUnavailableError('no server takes transactions; add one that offers eth_sendRawTransaction')
  throw rejected(`no server took the transaction, though nothing is wrong with it here: ${words.join('; ')}`)
}
