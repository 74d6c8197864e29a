/**
 * The parent state as speculative runs read it: what is known of it, and guesses for the rest, so that a run that lacks
 * a value goes on and finds what else it needs. A guess is always the same for the same key as long as the value is not
 * known; nothing that was read from here counts before {@link GuessingReader.knows} what was read.
 */
import { bigIntToBytes } from '@ethereumjs/util'
import { asHash, type AddressBytes, type Hash } from '../../chain/bytes.ts'
import type { AccountValue, FlatReader } from '../../state/flat-reader.ts'
import { hashKey } from '../../state/hash-key.ts'
import type { CodeCache } from '../remote/code-cache.ts'
import type { KnownValues } from '../remote/evm-messages.ts'
import { EMPTY_CODE_HASH, EMPTY_TRIE_ROOT, hasNoCode, hasNoStorage, type AccountEntry } from '../state/account-entry.ts'
import { bytesToWord, wordToBytes32 } from '../words.ts'
import type { ParentValues } from './parent-values.ts'

/** What is said of accounts that nobody knows yet. */
export interface AccountHints {
  /** Senders with the nonce of their first transaction: a block that is worth executing is not full of invalid ones. */
  readonly senders: ReadonlyMap<bigint, bigint>
  /** Who is paid and not called: they have no code as far as anyone can tell. */
  readonly payees: ReadonlySet<bigint>
}

/** Stands for the hash of code that cannot be known before its account is; the hash of nothing anybody has found. */
const UNKNOWN_CODE_HASH = asHash(new Uint8Array(32).fill(0xfe))
/** 2^100 wei, more than there is: a run that lacks ether ends early and finds nothing. As much of any token is plenty too. */
const PLENTY = 1n << 100n
/** Precompiled contracts end far below (RIP-7212 has 0x100); they have no code. */
const FIRST_ORDINARY_ADDRESS = 0x10000n

/**
 * What a slot is taken for that nobody knows. Most slots that are not listed anywhere are empty; where one is a balance, an
 * allowance or a switch, a run that finds it empty ends there, and one that finds plenty goes on.
 */
export type SlotGuess = 'empty' | 'plenty'

/** A run has used up what it was given. */
export class RunStoppedError extends Error {
  override name = 'RunStoppedError'
  constructor(readonly limit: 'guesses' | 'time') {
    super(`a speculative run has used up its ${limit}`)
  }
}

/** For one run. */
export interface RunBudget {
  /** Guesses it may make. */
  guesses: number
  /** Milliseconds of the session's clock. */
  readonly deadline: number
}

export class GuessingReader implements FlatReader {
  private readonly creations = new Set<bigint>()
  private budget: RunBudget = { guesses: 0, deadline: 0 }
  private readonly guessedCodes = new Set<string>()
  private slots: SlotGuess = 'empty'

  /**
   * Reads throw {@link RunStoppedError} when the budget is used up.
   * @param earlier values of an earlier state: better guesses than none
   */
  constructor(
    private readonly values: ParentValues,
    private readonly codes: CodeCache,
    private readonly earlier: KnownValues,
    private readonly hints: AccountHints,
    private readonly now: () => number,
  ) {}

  /** From here on reads are on this account. */
  allow(budget: RunBudget): void {
    this.budget = budget
  }

  /** From here on slots that nobody knows are taken for this. */
  assume(slots: SlotGuess): void {
    this.slots = slots
  }

  account(address: AddressBytes): AccountValue | undefined {
    const key = this.values.accountKey(address)
    if (this.values.accounts.has(key)) return this.values.accounts.get(key)
    this.countGuess()
    return this.guessedAccount(key, address)
  }

  storage(address: AddressBytes, slot: Uint8Array): Uint8Array {
    const key = this.values.slotKey(address, slot)
    const known = this.values.slots.get(key)
    if (known !== undefined) return known
    this.countGuess()
    return this.earlier.slots.get(key) ?? GUESSED_SLOTS[this.slots]
  }

  code(codeHash: Hash): Uint8Array {
    const known = this.codes.get(codeHash)
    if (known !== undefined) return known
    this.guessedCodes.add(hashKey(codeHash))
    return GUESSED_CODE
  }

  /**
   * Whether guessed code has been given for the hash since {@link startOver}: that the hash is right says nothing of what
   * ran. It is asked of the hash and not of the read, as a state keeps code for whoever runs on it later.
   */
  hasGuessedCode(codeHash: Hash): boolean {
    return this.guessedCodes.has(hashKey(codeHash))
  }

  /** With each new state that reads from here. */
  startOver(): void {
    this.guessedCodes.clear()
  }

  /** An account that is about to be created is best taken for one that does not exist. */
  expectCreation({ key }: AccountEntry): void {
    this.creations.add(key)
  }

  knowsAccount(address: AddressBytes): boolean {
    return this.values.accounts.has(this.values.accountKey(address))
  }

  knowsSlot(address: AddressBytes, slot: bigint): boolean {
    const account = this.values.accounts.get(this.values.accountKey(address))
    // Where there is no storage, each slot is known.
    if (account === undefined || hasNoStorage(account)) return true
    return this.values.slots.has(this.values.slotKey(address, wordToBytes32(slot)))
  }

  /** The code's hash where only its bytes are missing, `unknown` where the account is missing too, undefined where it is known. */
  missingCode(address: AddressBytes): Hash | 'unknown' | undefined {
    const key = this.values.accountKey(address)
    if (!this.values.accounts.has(key))
      return this.guessedAccount(key, address)?.codeHash === UNKNOWN_CODE_HASH ? 'unknown' : undefined
    const account = this.values.accounts.get(key)
    if (account === undefined || hasNoCode(account) || this.codes.get(account.codeHash) !== undefined) return undefined
    return account.codeHash
  }

  private guessedAccount(key: string, address: AddressBytes): AccountValue | undefined {
    if (this.earlier.accounts.has(key)) return this.earlier.accounts.get(key)
    return this.guess(bytesToWord(address))
  }

  private countGuess(): void {
    this.budget.guesses--
    if (this.budget.guesses < 0 || this.now() > this.budget.deadline)
      throw new RunStoppedError(this.budget.guesses < 0 ? 'guesses' : 'time')
  }

  private guess(key: bigint): AccountValue | undefined {
    if (this.creations.has(key)) return undefined
    const nonce = this.hints.senders.get(key)
    const isPlain = nonce !== undefined || this.hints.payees.has(key) || key < FIRST_ORDINARY_ADDRESS
    return {
      nonce: nonce ?? 1n,
      balance: PLENTY,
      storageRoot: EMPTY_TRIE_ROOT,
      codeHash: isPlain ? EMPTY_CODE_HASH : UNKNOWN_CODE_HASH,
    }
  }
}

const GUESSED_SLOTS: Readonly<Record<SlotGuess, Uint8Array>> = {
  empty: new Uint8Array(0),
  plenty: bigIntToBytes(PLENTY),
}

/**
 * Stands for code that is not there yet: answers the word 1, which callers take for success, a truth, or one of something.
 * MSTORE(0, 1), RETURN(0, 32).
 */
const GUESSED_CODE = Uint8Array.from([0x60, 1, 0x60, 0, 0x52, 0x60, 32, 0x60, 0, 0xf3])
