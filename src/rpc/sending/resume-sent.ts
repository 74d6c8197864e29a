/** Takes over what another node sent for a provider: its tab has moved on to this one. */
import { hexToBytes, type PrefixedHexString } from '@ethereumjs/util'
import { RpcError } from '../../network/json-rpc/rpc-error.ts'
import type { RpcSetting } from '../rpc-setting.ts'
import type { SessionCall } from '../session-messages.ts'
import { readTransaction } from './check-transaction.ts'

export type SentCall = Extract<SessionCall, { readonly kind: 'sent' }>

/**
 * Nothing is sent now: it is out, and handed over again with the others if it stays in no block. Passed over where there is no
 * head, which the provider is told, and where this chain takes no such transaction.
 */
export function resumeSent({ raw, sentAt }: SentCall, setting: RpcSetting): void {
  const { view, sent, network, clock } = setting
  if (view.heads.reason() !== undefined) return
  const head = view.heads.latest()
  const seconds = Math.max(0, clock.now() - sentAt) / 1_000
  const since = head.number - Math.floor(seconds / network.slotSeconds)
  try {
    sent.resume(readTransaction(hexToBytes(raw as PrefixedHexString), head, setting), head, since)
  } catch (error) {
    if (!(error instanceof RpcError)) throw error
  }
}
