/** One account as execution sees it: what the parent state says, and what this block has made of it so far. */
import { KECCAK256_NULL, KECCAK256_RLP } from '@ethereumjs/util'
import { asHash, type AddressBytes } from '../../chain/bytes.ts'
import { equalBytes } from '../words.ts'
import type { AccountValue } from '../../state/flat-reader.ts'

export const EMPTY_CODE_HASH = asHash(KECCAK256_NULL)
export const EMPTY_TRIE_ROOT = asHash(KECCAK256_RLP)
export const NO_CODE = new Uint8Array(0)

/** What a not yet existing account starts from. Values are replaced, never changed in place, so that undo is an assignment. */
export const NEW_ACCOUNT: AccountValue = Object.freeze({
  nonce: 0n,
  balance: 0n,
  storageRoot: EMPTY_TRIE_ROOT,
  codeHash: EMPTY_CODE_HASH,
})

/**
 * An entry exists as soon as the address is mentioned (an access list warms addresses that nobody reads); its account is
 * known only when `loaded`. Then, always: `current` is `undefined` exactly when the account does not exist now; a slot's
 * value is the first of `written`, `baseSlots`, zero when `storageHidden`, else the parent state's; `original` holds what
 * the slots written in this transaction held when it began (EIP-2200).
 */
export interface AccountEntry {
  readonly address: AddressBytes
  /** The address as a number. */
  readonly key: bigint
  loaded: boolean
  /** The account in the state that writes were last taken against: the parent state until the first take. */
  base: AccountValue | undefined
  current: AccountValue | undefined
  /** Bytecode behind `current.codeHash`, once known. */
  code: Uint8Array | undefined
  /** Slot values read from, or handed over to, the state that writes are taken against. */
  baseSlots: Map<bigint, bigint>
  written: Map<bigint, bigint>
  original: Map<bigint, bigint>
  /** The parent state's storage no longer shows: the account was deleted or created anew in this block. */
  storageHidden: boolean
  /** As `storageHidden`, but since writes were last taken: the receiver must start from the empty trie. */
  storageCleared: boolean
  /** EIP-2929: accessed in this transaction. */
  warm: boolean
  warmSlots: Set<bigint>
}

export function newEntry(address: AddressBytes, key: bigint): AccountEntry {
  return {
    address,
    key,
    loaded: false,
    base: undefined,
    current: undefined,
    code: undefined,
    baseSlots: new Map(),
    written: new Map(),
    original: new Map(),
    storageHidden: false,
    storageCleared: false,
    warm: false,
    warmSlots: new Set(),
  }
}

/** EIP-161: nonce 0, balance 0, no code. A missing account is dead as well, but not empty. */
export function isEmptyAccount(value: AccountValue): boolean {
  return value.nonce === 0n && value.balance === 0n && hasNoCode(value)
}

export function hasNoCode(value: AccountValue): boolean {
  return value.codeHash === EMPTY_CODE_HASH || equalBytes(value.codeHash, EMPTY_CODE_HASH)
}

export function hasNoStorage(value: AccountValue): boolean {
  return value.storageRoot === EMPTY_TRIE_ROOT || equalBytes(value.storageRoot, EMPTY_TRIE_ROOT)
}
