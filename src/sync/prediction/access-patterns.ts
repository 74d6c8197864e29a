/**
 * What calls of one kind (the same contract, the same function) touched in recent blocks, as forms from which the keys of
 * the next such call follow. A hint and nothing more: a wrong one costs a request.
 */
import { asAddress, type Keccak } from '../../chain/bytes.ts'
import type { MissingValue } from '../../execution/speculation/missing-values.ts'
import type { StateRead } from '../../execution/speculation/transaction-result.ts'
import { wordToAddress, wordToBytes32 } from '../../execution/words.ts'
import { kindOf, type Call } from './call.ts'
import { mappingPlaces, operandsOf, slotOf, valueOf, type AccountForm, type SlotForm } from './key-forms.ts'

/** Kinds of calls that are remembered: a mainnet block has some hundred, so the last thirty or so blocks. */
export const MAX_KINDS = 4_096
/** Keys of one kind. A swap over several pools touches a hundred. */
export const MAX_KEYS = 192
/** Uses of a kind in which a key was not touched before it is forgotten. */
export const MAX_IDLE_USES = 8
/** Keys that are predicted for one block: a third of what a block of 60 Mgas can read cold. */
const MAX_PREDICTED = 8_192

export interface LearnedKey {
  readonly what: 'account' | 'code' | 'slot'
  readonly account: AccountForm
  readonly slot: SlotForm | undefined
  seen: number
  lastUse: number
}

interface Pattern {
  uses: number
  /** By a name that tells forms apart. */
  readonly keys: Map<string, LearnedKey>
}

/** What was learned of one kind. Plain data. */
export interface LearnedPattern {
  /** Of `kindOf`. */
  readonly kind: string
  readonly uses: number
  readonly keys: readonly Readonly<LearnedKey>[]
}

/** Always: at most {@link MAX_KINDS} patterns of {@link MAX_KEYS}; those used last stay. */
export class AccessPatterns {
  private readonly patterns = new Map<string, Pattern>()

  /** @param learned before; the one used last stands last */
  constructor(
    private readonly keccak: Keccak,
    learned: readonly LearnedPattern[] = [],
  ) {
    for (const { kind, uses, keys } of learned.slice(-MAX_KINDS)) {
      const named = keys.map((key) => [nameOfKey(key), { ...key }] as const)
      this.patterns.set(kind, { uses, keys: new Map(named.slice(0, MAX_KEYS)) })
    }
  }

  get size(): number {
    return this.patterns.size
  }

  /** The one used last stands last. */
  learned(): LearnedPattern[] {
    return Array.from(this.patterns, ([kind, { uses, keys }]) => ({ kind, uses, keys: [...keys.values()] }))
  }

  /** @param reads what the call looked at, of a run that rests on known values */
  learn(call: Call, reads: readonly StateRead[]): void {
    const kind = kindOf(call)
    if (kind === undefined || call.selector === '') return
    const pattern = this.patterns.get(kind) ?? { uses: 0, keys: new Map() }
    this.patterns.delete(kind)
    this.patterns.set(kind, pattern)
    pattern.uses++
    const accounts = operandsOf(call)
    const places = mappingPlaces(call, this.keccak)
    for (const read of reads) {
      if (read.kind !== 'account' && read.kind !== 'code' && read.kind !== 'slot') continue
      const operand = accounts.get(read.key)
      const account: AccountForm =
        operand === undefined ? { kind: 'fixed', address: read.key } : { kind: 'operand', operand }
      const slot =
        read.kind === 'slot' ? (places.get(read.slot) ?? { kind: 'fixed' as const, slot: read.slot }) : undefined
      this.note(pattern, read.kind, account, slot)
    }
    this.forget(pattern)
    for (const oldest of this.patterns.keys()) {
      if (this.patterns.size <= MAX_KINDS) break
      this.patterns.delete(oldest)
    }
  }

  /** Values that these calls will probably look at, each once. */
  predict(calls: readonly Call[]): MissingValue[] {
    const values = new Map<string, MissingValue>()
    for (const call of calls) {
      const pattern = this.patterns.get(kindOf(call) ?? '')
      if (pattern === undefined) continue
      for (const key of pattern.keys.values()) {
        if (values.size >= MAX_PREDICTED) return [...values.values()]
        if (isLikely(key, pattern)) this.add(values, key, call)
      }
    }
    return [...values.values()]
  }

  private note(pattern: Pattern, what: LearnedKey['what'], account: AccountForm, slot: SlotForm | undefined): void {
    const name = nameOfKey({ what, account, slot })
    const known = pattern.keys.get(name)
    if (known !== undefined) {
      known.seen += known.lastUse === pattern.uses ? 0 : 1
      known.lastUse = pattern.uses
    } else if (pattern.keys.size < MAX_KEYS)
      pattern.keys.set(name, { what, account, slot, seen: 1, lastUse: pattern.uses })
  }

  private forget(pattern: Pattern): void {
    for (const [name, { lastUse }] of pattern.keys)
      if (pattern.uses - lastUse >= MAX_IDLE_USES) pattern.keys.delete(name)
  }

  private add(values: Map<string, MissingValue>, key: LearnedKey, call: Call): void {
    const { what, account, slot } = key
    const word = account.kind === 'fixed' ? account.address : valueOf(account.operand, call)
    if (word === undefined) return
    const address = asAddress(wordToAddress(word))
    if (what === 'account') values.set(`account ${word}`, { kind: 'account', address })
    else if (what === 'code') values.set(`code ${word}`, { kind: 'code', address, codeHash: undefined })
    else {
      const place = slotOf(slot!, call, this.keccak)
      if (place !== undefined)
        values.set(`slot ${word} ${place}`, { kind: 'storage', address, slot: wordToBytes32(place) })
    }
  }
}

/** A place that was touched once in several uses was most likely another mapping's: forms that follow from the call stay. */
function isLikely({ slot, seen }: LearnedKey, { uses }: Pattern): boolean {
  return uses === 1 || seen > 1 || slot?.kind === 'mapping'
}

function nameOfKey({ what, account, slot }: Pick<LearnedKey, 'what' | 'account' | 'slot'>): string {
  return `${what} ${nameOf(account)} ${slot === undefined ? '' : nameOf(slot)}`
}

function nameOf(form: AccountForm | SlotForm): string {
  switch (form.kind) {
    case 'fixed':
      return 'address' in form ? form.address.toString(16) : form.slot.toString(16)
    case 'operand':
      return `operand ${form.operand}`
    case 'mapping':
      return `${form.operands.join('.')} at ${form.position}`
  }
}
