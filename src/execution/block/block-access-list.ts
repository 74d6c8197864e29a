/** The block access list of EIP-7928 as its bytes, whose keccak256 the header holds. */
import { RLP, type Input } from '@ethereumjs/rlp'
import type { AccessRecorder, AccountAccess, Change } from '../state/access-recorder.ts'
import { wordToTrimmedBytes } from '../words.ts'

/** EIP-7928: an address or a slot in the list takes so much of the block's gas limit. */
const ITEM_GAS = 2000n

/** The list has more entries than the block's gas pays for. */
export class AccessListSizeError extends Error {
  override name = 'AccessListSizeError'
}

/**
 * RLP: by address, [address, slots with their changes, slots only read, balances, nonces, codes], each in ascending order.
 * Numbers are in their shortest form.
 * @throws {AccessListSizeError}
 */
export function encodeBlockAccessList(recorder: AccessRecorder, gasLimit: bigint): Uint8Array {
  const accounts = [...recorder.accounts()].sort((a, b) => compare(a.entry.key, b.entry.key))
  const items = accounts.reduce((sum, { slots }) => sum + 1 + slots.size, 0)
  if (BigInt(items) > gasLimit / ITEM_GAS) {
    throw new AccessListSizeError(
      `the block accesses ${items} accounts and slots; its gas limit of ${gasLimit} is for ${gasLimit / ITEM_GAS}`,
    )
  }
  return RLP.encode(accounts.map(encodeAccount))
}

function encodeAccount({ entry, slots, balances, nonces, codes }: AccountAccess): Input {
  const sorted = [...slots].sort(([a], [b]) => compare(a, b))
  return [
    entry.address,
    sorted
      .filter(([, changes]) => changes.length > 0)
      .map(([slot, changes]) => [wordToTrimmedBytes(slot), changes.map(encodeNumber)]),
    sorted.filter(([, changes]) => changes.length === 0).map(([slot]) => wordToTrimmedBytes(slot)),
    balances.map(encodeNumber),
    nonces.map(encodeNumber),
    codes.map(([step, code]) => [wordToTrimmedBytes(BigInt(step)), code]),
  ]
}

const encodeNumber = ([step, value]: Change<bigint>): Uint8Array[] => [
  wordToTrimmedBytes(BigInt(step)),
  wordToTrimmedBytes(value),
]

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}
