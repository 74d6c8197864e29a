/** An account as EthereumJS's `runTx` gets it in a speculative run: it tells which of its fields are looked at. */
import { Account } from '@ethereumjs/util'
import { asHash } from '../../chain/bytes.ts'
import type { AccountValue } from '../../state/flat-reader.ts'
import type { AccountEntry } from './account-entry.ts'
import type { StateReads } from './state-reads.ts'

/**
 * Balances are told apart from here: `runTx` compares a sender's with what the transaction may cost, which whoever runs it
 * knows beforehand, and only adds to all others.
 */
class ObservedAccount extends Account {
  private observer: { readonly entry: AccountEntry; readonly reads: StateReads } | undefined

  /** From here on reads are told; the constructor's own are not. */
  observe(entry: AccountEntry, reads: StateReads): this {
    this.observer = { entry, reads }
    return this
  }

  override get nonce(): bigint {
    this.observer?.reads.nonce(this.observer.entry)
    return super.nonce
  }

  override set nonce(nonce: bigint) {
    super.nonce = nonce
  }

  override get codeHash(): Uint8Array {
    this.observer?.reads.codeHash(this.observer.entry)
    return super.codeHash
  }

  override set codeHash(codeHash: Uint8Array) {
    super.codeHash = codeHash
  }

  override isContract(): boolean {
    this.observer?.reads.codeHash(this.observer.entry)
    return super.isContract()
  }
}

/** Undefined for an account that does not exist. */
export function observedAccount(entry: AccountEntry, reads: StateReads): Account | undefined {
  const { current } = entry
  reads.existence(entry)
  if (current === undefined) return undefined
  const { nonce, balance, storageRoot, codeHash } = current
  return new ObservedAccount(nonce, balance, storageRoot, codeHash).observe(entry, reads)
}

/** What a caller has left in the account, which is no look at it. */
export function accountFields(account: Account): Pick<AccountValue, 'nonce' | 'balance' | 'codeHash'> {
  const { _nonce: nonce, _balance: balance, _codeHash: codeHash } = account
  if (nonce === null || balance === null || codeHash === null) throw new TypeError('an account is only partly loaded')
  return { nonce, balance, codeHash: asHash(codeHash) }
}
