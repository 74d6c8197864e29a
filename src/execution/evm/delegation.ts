/** EIP-7702: code `0xef0100` + address means "run that account's code". */
import { bytesToWord } from '../words.ts'
import type { AccountEntry } from '../state/account-entry.ts'
import type { FlatState } from '../state/flat-state.ts'

const DELEGATION_LENGTH = 23

/** The entry that `code` delegates to, or undefined when it is ordinary code. */
export function delegate(state: FlatState, code: Uint8Array): AccountEntry | undefined {
  if (code.length !== DELEGATION_LENGTH || code[0] !== 0xef || code[1] !== 0x01 || code[2] !== 0x00) return undefined
  return state.entry(bytesToWord(code.subarray(3)))
}
