/** A reader that asks another for each value once: for runs that read the same again and again. */
import { bytesToUnprefixedHex } from '@ethereumjs/util'
import type { AddressBytes, Hash } from '../../chain/bytes.ts'
import type { AccountValue, FlatReader, MaybePromise } from '../../state/flat-reader.ts'

/** Lives as long as one request, whose gas bounds what it reads. */
export class RememberingReader implements FlatReader {
  private readonly accounts = new Map<string, MaybePromise<AccountValue | undefined>>()
  private readonly slots = new Map<string, MaybePromise<Uint8Array>>()
  private readonly codes = new Map<string, MaybePromise<Uint8Array>>()

  constructor(private readonly reader: FlatReader) {}

  account(address: AddressBytes): MaybePromise<AccountValue | undefined> {
    return remember(this.accounts, bytesToUnprefixedHex(address), () => this.reader.account(address))
  }

  storage(address: AddressBytes, slot: Uint8Array): MaybePromise<Uint8Array> {
    const key = bytesToUnprefixedHex(address) + bytesToUnprefixedHex(slot)
    return remember(this.slots, key, () => this.reader.storage(address, slot))
  }

  code(codeHash: Hash, address: AddressBytes): MaybePromise<Uint8Array> {
    return remember(this.codes, bytesToUnprefixedHex(codeHash), () => this.reader.code(codeHash, address))
  }
}

/** A value that has come is answered at once from then on; one that could not be had is asked for again. */
function remember<T>(known: Map<string, MaybePromise<T>>, key: string, read: () => MaybePromise<T>): MaybePromise<T> {
  const before = known.get(key)
  if (before !== undefined || known.has(key)) return before as MaybePromise<T>
  const value = read()
  known.set(key, value)
  if (value instanceof Promise) {
    value.then(
      (come) => known.set(key, come),
      () => known.delete(key),
    )
  }
  return value
}
