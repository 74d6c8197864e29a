/** What of a run's reads was only guessed. */
import type { AddressBytes, Hash } from '../../chain/bytes.ts'
import { asAddress } from '../../chain/bytes.ts'
import { bytesToWord, wordToAddress, wordToBytes32 } from '../words.ts'
import type { GuessingReader } from './guessing-reader.ts'
import type { StateRead } from './transaction-result.ts'

/** A value of the parent state that a run lacked. */
export type MissingValue =
  | { readonly kind: 'account'; readonly address: AddressBytes }
  | { readonly kind: 'storage'; readonly address: AddressBytes; readonly slot: Uint8Array }
  /** The hash is not known before the account is; whoever gives code by address can give both in one trip. */
  | { readonly kind: 'code'; readonly address: AddressBytes; readonly codeHash: Hash | undefined }

/** By a name that tells it apart from all others. */
export type MissingValues = ReadonlyMap<string, MissingValue>

/** Slots are left out until their account is known: it may have none. */
export function missingValues(reads: readonly StateRead[], reader: GuessingReader): MissingValues {
  const missing = new Map<string, MissingValue>()
  for (const read of reads) {
    if (read.kind !== 'account' && read.kind !== 'code' && read.kind !== 'slot') continue
    const address = asAddress(wordToAddress(read.key))
    if (read.kind === 'account') {
      if (!reader.knowsAccount(address)) missing.set(`account ${read.key}`, { kind: 'account', address })
    } else if (read.kind === 'code') {
      const codeHash = reader.missingCode(address)
      if (codeHash === undefined) continue
      missing.set(`code ${read.key}`, {
        kind: 'code',
        address,
        codeHash: codeHash === 'unknown' ? undefined : codeHash,
      })
    } else if (reader.knowsAccount(address) && !reader.knowsSlot(address, read.slot)) {
      missing.set(`slot ${read.key} ${read.slot}`, { kind: 'storage', address, slot: wordToBytes32(read.slot) })
    }
  }
  return missing
}

/** Whether any of them has come by now, or is known to be another thing than it was taken for. */
export function hasCome(missing: MissingValues, reader: GuessingReader): boolean {
  for (const value of missing.values()) if (isKnown(value, reader)) return true
  return false
}

function isKnown(value: MissingValue, reader: GuessingReader): boolean {
  switch (value.kind) {
    case 'account':
      return reader.knowsAccount(value.address)
    case 'storage':
      return reader.knowsSlot(value.address, bytesToWord(value.slot))
    case 'code': {
      const codeHash = reader.missingCode(value.address)
      return codeHash === undefined || (codeHash !== 'unknown' && value.codeHash === undefined)
    }
  }
}
