/** Accounts and slots that steps name, as geth's access-list tracer collects them. */
import { asAddress, asHash } from '../../chain/bytes.ts'
import { bytesToWord, MASK_160, wordToAddress, wordToBytes32 } from '../words.ts'
import type { Step } from './step-table.ts'
import type { AccessListEntry } from './transaction-call.ts'

const [SLOAD, SSTORE] = [0x54, 0x55] as const
/** BALANCE, EXTCODESIZE, EXTCODECOPY, EXTCODEHASH, SELFDESTRUCT: the account on top of the stack. */
const ACCOUNT_ON_TOP = new Set([0x31, 0x3b, 0x3c, 0x3f, 0xff])
/** CALL, CALLCODE, DELEGATECALL, STATICCALL: the account below the gas. */
const CALLS = new Set([0xf1, 0xf2, 0xf4, 0xfa])

/** All that name an account or a slot. */
export const NAMING_OPCODES: ReadonlySet<number> = new Set([SLOAD, SSTORE, ...ACCOUNT_ON_TOP, ...CALLS])

/** Slots are listed whosever they are; accounts that are warm anyway only with slots. */
export class TouchedKeys {
  private readonly slots = new Map<bigint, Set<bigint>>()

  constructor(
    private readonly excluded: ReadonlySet<bigint>,
    given: readonly AccessListEntry[],
  ) {
    for (const { address, slots } of given) {
      const account = bytesToWord(address)
      this.account(account)
      for (const slot of slots) this.slot(account, bytesToWord(slot))
    }
  }

  note({ opcode, frame }: Step): void {
    const { stack, height, message } = frame
    if (opcode === SLOAD || opcode === SSTORE) {
      if (height > 0) this.slot(message.target.key, stack[height - 1]!)
    } else if (ACCOUNT_ON_TOP.has(opcode)) {
      if (height > 0) this.account(stack[height - 1]! & MASK_160)
    } else if (CALLS.has(opcode) && height > 1) this.account(stack[height - 2]! & MASK_160)
  }

  /** In order, so that equal lists look equal. */
  list(): AccessListEntry[] {
    return sorted(this.slots.keys()).map((account) => ({
      address: asAddress(wordToAddress(account)),
      slots: sorted(this.slots.get(account)!).map((slot) => asHash(wordToBytes32(slot))),
    }))
  }

  isSame(other: TouchedKeys): boolean {
    if (this.slots.size !== other.slots.size) return false
    return [...this.slots].every(([account, slots]) => isSameSet(slots, other.slots.get(account)))
  }

  private account(account: bigint): void {
    if (!this.excluded.has(account) && !this.slots.has(account)) this.slots.set(account, new Set())
  }

  private slot(account: bigint, slot: bigint): void {
    const known = this.slots.get(account)
    if (known === undefined) this.slots.set(account, new Set([slot]))
    else known.add(slot)
  }
}

function isSameSet(a: ReadonlySet<bigint>, b: ReadonlySet<bigint> | undefined): boolean {
  return b !== undefined && a.size === b.size && [...a].every((item) => b.has(item))
}

function sorted(words: Iterable<bigint>): bigint[] {
  return [...words].sort((a, b) => (a < b ? -1 : 1))
}
