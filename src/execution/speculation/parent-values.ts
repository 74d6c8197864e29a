/** What is known of the parent state so far, by hashed keys: it came with a job or was learned while it ran. */
import type { AddressBytes, Hash } from '../../chain/bytes.ts'
import type { AccountValue } from '../../state/flat-reader.ts'
import { hashKey } from '../../state/hash-key.ts'
import type { HashedKeys } from '../../state/hashed-keys.ts'
import type { CodeCache } from '../remote/code-cache.ts'
import type { KnownValues } from '../remote/evm-messages.ts'

/** Values that were asked for and have come; what is absent is proven to be. */
export type LearnedValue =
  | { readonly kind: 'account'; readonly address: AddressBytes; readonly value: AccountValue | undefined }
  /** Big-endian without leading zeros; empty is zero. */
  | { readonly kind: 'storage'; readonly address: AddressBytes; readonly slot: Uint8Array; readonly value: Uint8Array }
  | { readonly kind: 'code'; readonly codeHash: Hash; readonly bytes: Uint8Array }

/**
 * Accounts and slots that are learned besides those that came with the job: eight times what a 60 Mgas block can read cold
 * (28,571 at 2,100 gas), as speculation strays. What comes on top is let go, and stays missing.
 */
const MAX_LEARNED = 262_144

/** Always: a value that was known stays what it was; a state does not change. */
export class ParentValues implements KnownValues {
  readonly accounts: Map<string, AccountValue | undefined>
  readonly slots: Map<string, Uint8Array>
  private left = MAX_LEARNED

  constructor(
    known: KnownValues,
    private readonly keys: HashedKeys,
  ) {
    this.accounts = new Map(known.accounts)
    this.slots = new Map(known.slots)
  }

  accountKey(address: AddressBytes): string {
    return hashKey(this.keys.hash(address))
  }

  slotKey(address: AddressBytes, slot: Uint8Array): string {
    return this.accountKey(address) + hashKey(this.keys.hash(slot))
  }

  learnAccount(address: AddressBytes, value: AccountValue | undefined): void {
    this.add(this.accounts, this.accountKey(address), value)
  }

  learnSlot(address: AddressBytes, slot: Uint8Array, value: Uint8Array): void {
    this.add(this.slots, this.slotKey(address, slot), value)
  }

  private add<T>(values: Map<string, T>, key: string, value: T): void {
    if (this.left === 0 || values.has(key)) return
    this.left--
    values.set(key, value)
  }
}

export function learnValues(
  { values, codes }: { readonly values: ParentValues; readonly codes: CodeCache },
  learned: readonly LearnedValue[],
): void {
  for (const value of learned) {
    if (value.kind === 'account') values.learnAccount(value.address, value.value)
    else if (value.kind === 'storage') values.learnSlot(value.address, value.slot, value.value)
    else codes.add(value.codeHash, value.bytes)
  }
}
