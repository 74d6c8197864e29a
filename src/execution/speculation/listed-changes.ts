/**
 * What a block access list (EIP-7928) says the block changes, and at which step: 0 is what comes before the transactions,
 * then one for each of them, and a last one for what comes after. Nothing here is true because it is listed.
 */
import { RLP } from '@ethereumjs/rlp'
import { asHash, type Hash, type Keccak } from '../../chain/bytes.ts'
import { hashKey } from '../../state/hash-key.ts'
import { RlpError } from '../../state/rlp.ts'
import { rlpBytes, rlpList, type RlpItem } from '../../state/rlp-items.ts'
import type { AccountValue } from '../../state/flat-reader.ts'
import { EMPTY_CODE_HASH, hasNoStorage, isEmptyAccount, NEW_ACCOUNT } from '../state/account-entry.ts'
import { bytesToWord } from '../words.ts'

/** A value after the step with that number; ascending. */
type Change<T> = readonly [step: number, value: T]

interface AccountChanges {
  readonly balances: readonly Change<bigint>[]
  readonly nonces: readonly Change<bigint>[]
  readonly codes: readonly Change<Hash>[]
  /** Those without changes are only read. */
  readonly slots: ReadonlyMap<bigint, readonly Change<bigint>[]>
}

/**
 * Stands for the root of storage that began in this block: another than the empty one is all that matters of it, as what
 * is in there is listed.
 */
const SOME_STORAGE_ROOT = asHash(new Uint8Array(32).fill(0x57))

export class ListedChanges {
  private readonly accounts = new Map<bigint, AccountChanges>()
  private readonly codes = new Map<string, Uint8Array>()

  private constructor(private readonly keccak: Keccak) {}

  /** Undefined for what is no such list, and could only mislead. */
  static decode(rlp: Uint8Array, keccak: Keccak): ListedChanges | undefined {
    const changes = new ListedChanges(keccak)
    try {
      for (const entry of rlpList(RLP.decode(rlp))) changes.add(rlpList(entry))
    } catch {
      // RLP's own errors have no class.
      return undefined
    }
    return changes
  }

  /** All that is in the list, whether it changes or not. */
  *keys(): Iterable<{ readonly key: bigint; readonly slots: Iterable<bigint> }> {
    for (const [key, { slots }] of this.accounts) yield { key, slots: slots.keys() }
  }

  /**
   * The account as steps before this one leave it.
   * @param parent as the parent state has it
   */
  account(key: bigint, step: number, parent: AccountValue | undefined): AccountValue | undefined {
    const listed = this.accounts.get(key)
    if (listed === undefined) return parent
    const balance = before(listed.balances, step)
    const nonce = before(listed.nonces, step)
    const codeHash = before(listed.codes, step)
    const hasChanged = balance !== undefined || nonce !== undefined || codeHash !== undefined
    const start = parent ?? NEW_ACCOUNT
    const beginsStorage = hasNoStorage(start) && hasSlots(listed, step)
    if (!hasChanged && !beginsStorage) return parent
    const storageRoot = beginsStorage ? SOME_STORAGE_ROOT : start.storageRoot
    const value: AccountValue = {
      nonce: nonce ?? start.nonce,
      balance: balance ?? start.balance,
      codeHash: codeHash ?? start.codeHash,
      storageRoot,
    }
    // Whoever changes an account touches it, and what is left empty by that is deleted (EIP-161).
    return isEmptyAccount(value) ? undefined : value
  }

  /** A slot as steps before this one leave it; undefined where none of them changes it. */
  slot(key: bigint, slot: bigint, step: number): bigint | undefined {
    const changes = this.accounts.get(key)?.slots.get(slot)
    return changes && before(changes, step)
  }

  /** Code that some step sets. */
  code(hash: Hash): Uint8Array | undefined {
    return this.codes.get(hashKey(hash))
  }

  private add(entry: readonly RlpItem[]): void {
    const [address, changes, reads, balances, nonces, codes] = entry
    const slots = new Map<bigint, Change<bigint>[]>()
    for (const slot of rlpList(reads)) slots.set(wordOf(slot, 32), [])
    for (const change of rlpList(changes)) {
      const [slot, values] = rlpList(change)
      slots.set(
        wordOf(slot, 32),
        changesOf(values, (value) => wordOf(value, 32)),
      )
    }
    this.accounts.set(wordOf(address, 20), {
      balances: changesOf(balances, (value) => wordOf(value, 32)),
      nonces: changesOf(nonces, (value) => wordOf(value, 8)),
      codes: changesOf(codes, (value) => this.addCode(rlpBytes(value))),
      slots,
    })
  }

  private addCode(code: Uint8Array): Hash {
    if (code.length === 0) return EMPTY_CODE_HASH
    const hash = asHash(this.keccak(code))
    this.codes.set(hashKey(hash), code)
    return hash
  }
}

function before<T>(changes: readonly Change<T>[], step: number): T | undefined {
  return changes.findLast(([at]) => at < step)?.[1]
}

function hasSlots({ slots }: AccountChanges, step: number): boolean {
  for (const changes of slots.values()) if (before(changes, step) !== undefined) return true
  return false
}

function changesOf<T>(item: RlpItem | undefined, valueOf: (value: RlpItem | undefined) => T): Change<T>[] {
  return rlpList(item).map((change) => {
    const [step, value] = rlpList(change)
    return [Number(wordOf(step, 4)), valueOf(value)]
  })
}

function wordOf(item: RlpItem | undefined, size: number): bigint {
  const bytes = rlpBytes(item)
  if (bytes.length > size) throw new RlpError(`a number of ${bytes.length} bytes, at most ${size} are one`)
  return bytesToWord(bytes)
}
