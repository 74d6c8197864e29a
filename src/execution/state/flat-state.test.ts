/** The flat state against a model that copies everything at each checkpoint. */
import { bytesToUnprefixedHex } from '@ethereumjs/util'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { asHash, type Keccak } from '../../chain/bytes.ts'
import { loadKeccak } from '../../chain/keccak.ts'
import type { StateWrites } from '../../state/state-writes.ts'
import { bytesToWord } from '../words.ts'
import { memoryReader, plain, type TestAccount, type TestState } from '../execution.fixtures.ts'
import { EMPTY_CODE_HASH, EMPTY_TRIE_ROOT } from './account-entry.ts'
import { FlatState } from './flat-state.ts'
import { takeWrites } from './take-writes.ts'

let keccak: Keccak
beforeAll(async () => {
  keccak = await loadKeccak()
})

const RIPEMD160 = 3n
const KEYS = [RIPEMD160, 0xaan, 0xbbn, 0xccn]
const SLOTS = [0n, 1n, 2n]
const CODES = [Uint8Array.of(1), Uint8Array.of(2, 2), new Uint8Array(0)]

const PARENT: TestState = new Map<bigint, TestAccount>([
  [
    0xaan,
    {
      nonce: 1n,
      balance: 5n,
      code: Uint8Array.of(9, 9),
      storage: new Map([
        [0n, 10n],
        [1n, 11n],
      ]),
    },
  ],
  [0xbbn, { balance: 7n }],
  [RIPEMD160, {}],
])

interface ModelAccount {
  nonce: bigint
  balance: bigint
  code: Uint8Array
  storage: Map<bigint, bigint>
}

interface Model {
  accounts: Map<bigint, ModelAccount>
  warm: Set<bigint>
  warmSlots: Set<string>
  touched: Set<bigint>
  transient: Map<string, bigint>
}

type Account = { readonly key: bigint }
type Slot = Account & { readonly slot: bigint }
type Command =
  | ({ readonly kind: 'balance' | 'nonce'; readonly value: bigint } & Account)
  | ({ readonly kind: 'delete' | 'create' | 'clear' | 'warm' | 'touch' } & Account)
  | ({ readonly kind: 'code'; readonly code: Uint8Array } & Account)
  | ({ readonly kind: 'slot' | 'transient'; readonly value: bigint } & Slot)
  | ({ readonly kind: 'warmSlot' } & Slot)
  | { readonly kind: 'checkpoint' | 'commit' | 'revert' | 'endTransaction' }

const key = fc.constantFrom(...KEYS)
const slot = fc.constantFrom(...SLOTS)
const value = fc.bigInt(0n, 3n)
const simple = (...kinds: ('delete' | 'create' | 'clear' | 'warm' | 'touch')[]): fc.Arbitrary<Command> =>
  fc.record({ kind: fc.constantFrom(...kinds), key })
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('balance', 'nonce'), key, value }) },
  { weight: 4, arbitrary: simple('delete', 'create', 'clear', 'warm', 'touch') },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('code'), key, code: fc.constantFrom(...CODES) }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constantFrom('slot', 'transient'), key, slot, value }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('warmSlot'), key, slot }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('checkpoint') }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('commit', 'revert') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('endTransaction') }) },
)

test('whatever is done, reverted and committed, it shows what the model shows', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 60 }), async (commands) => {
      const reader = await memoryReader(PARENT)
      const state = new FlatState(reader)
      let model = parentModel()
      const saved: Model[] = []
      for (const step of commands) {
        if (!mayHappen(step, model)) continue
        if ((step.kind === 'commit' || step.kind === 'revert') && saved.length === 0) continue
        if (step.kind === 'endTransaction' && saved.length > 0) continue
        applyToState(state, step)
        if (step.kind === 'checkpoint') saved.push(copy(model))
        else if (step.kind === 'commit') saved.pop()
        else if (step.kind === 'revert') model = reverted(saved.pop()!, model)
        else applyToModel(model, step)
        expect(shownByState(state)).toEqual(plain(shownByModel(model)))
      }
      for (; saved.length > 0; saved.pop()) state.commit()
      expect(applied(takeWrites(state))).toEqual(plain(finalAccounts(model)))
      const again = takeWrites(state)
      expect(again.accounts.size + again.codes.size).toBe(0)
    }),
    { numRuns: Number(process.env['BEAMTAB_STATE_RUNS'] ?? 400) },
  )
})

/** All but RIPEMD-160's touch comes back. */
function reverted(before: Model, after: Model): Model {
  if (after.touched.has(RIPEMD160)) before.touched.add(RIPEMD160)
  return before
}

function applyToState(state: FlatState, step: Command): void {
  if (!('key' in step)) {
    if (step.kind !== 'endTransaction') return state[step.kind]()
    state.deleteTouchedEmpty()
    return state.resetTransaction()
  }
  const entry = state.entry(step.key)
  void state.load(entry)
  switch (step.kind) {
    case 'balance':
      return state.setBalance(entry, step.value)
    case 'nonce':
      return state.setNonce(entry, step.value)
    case 'delete':
      return state.deleteAccount(entry)
    case 'create':
      state.clearStorage(entry)
      return state.setAccount(entry, {
        nonce: 1n,
        balance: 0n,
        storageRoot: EMPTY_TRIE_ROOT,
        codeHash: EMPTY_CODE_HASH,
      })
    case 'clear':
      return state.clearStorage(entry)
    case 'warm':
      return state.warm(entry)
    case 'touch':
      return state.touch(entry)
    case 'code':
      return state.setCode(entry, step.code, asHash(keccak(step.code)))
    case 'slot':
      return state.setSlot(entry, step.slot, state.slot(entry, step.slot) as bigint, step.value)
    case 'transient':
      return state.setTransientSlot(entry, step.slot, step.value)
    case 'warmSlot':
      return state.warmSlot(entry, step.slot)
  }
}

/** Execution creates no account over code, and gives storage to none that does not exist. */
function mayHappen(step: Command, { accounts }: Model): boolean {
  if (step.kind === 'create') return (accounts.get(step.key)?.code.length ?? 0) === 0
  return step.kind !== 'slot' || accounts.has(step.key)
}

function parentModel(): Model {
  const accounts = new Map<bigint, ModelAccount>()
  for (const [
    of,
    { nonce = 0n, balance = 0n, code = new Uint8Array(0), storage = new Map<bigint, bigint>() },
  ] of PARENT)
    accounts.set(of, { nonce, balance, code, storage: new Map(storage) })
  return { accounts, warm: new Set(), warmSlots: new Set(), touched: new Set(), transient: new Map() }
}

function copy(model: Model): Model {
  return structuredClone(model)
}

function applyToModel(model: Model, step: Command): void {
  const { accounts } = model
  const existing = (of: bigint): ModelAccount => {
    const account = accounts.get(of) ?? { nonce: 0n, balance: 0n, code: new Uint8Array(0), storage: new Map() }
    accounts.set(of, account)
    return account
  }
  switch (step.kind) {
    case 'balance':
    case 'nonce':
      existing(step.key)[step.kind] = step.value
      return
    case 'delete':
      accounts.delete(step.key)
      return
    case 'create':
      accounts.set(step.key, { nonce: 1n, balance: 0n, code: new Uint8Array(0), storage: new Map() })
      return
    case 'clear':
      accounts.get(step.key)?.storage.clear()
      return
    case 'code':
      existing(step.key).code = step.code
      return
    case 'slot':
      existing(step.key).storage.set(step.slot, step.value)
      return
    case 'transient':
      model.transient.set(`${step.key} ${step.slot}`, step.value)
      return
    case 'warm':
      model.warm.add(step.key)
      return
    case 'warmSlot':
      model.warmSlots.add(`${step.key} ${step.slot}`)
      return
    case 'touch':
      model.touched.add(step.key)
      return
    case 'endTransaction':
      for (const of of model.touched) {
        const account = accounts.get(of)
        if (account?.nonce === 0n && account.balance === 0n && account.code.length === 0) accounts.delete(of)
      }
      for (const set of [model.touched, model.warm, model.warmSlots, model.transient]) set.clear()
      return
    case 'checkpoint':
    case 'commit':
    case 'revert':
    // Of the whole model, by who holds the copies.
  }
}

function shownByState(state: FlatState): unknown {
  return plain(
    KEYS.map((of) => {
      const entry = state.entry(of)
      void state.load(entry)
      const { current, warm } = entry
      return {
        account: current && { nonce: current.nonce, balance: current.balance, code: state.code(entry) },
        slots: SLOTS.map((at) => state.slot(entry, at)),
        transient: SLOTS.map((at) => state.transientSlot(entry, at)),
        warm,
        warmSlots: SLOTS.filter((at) => entry.warmSlots.has(at)),
      }
    }),
  )
}

function shownByModel({ accounts, transient, warm, warmSlots }: Model): unknown {
  return KEYS.map((of) => {
    const account = accounts.get(of)
    return {
      account: account && { nonce: account.nonce, balance: account.balance, code: account.code },
      slots: SLOTS.map((at) => account?.storage.get(at) ?? 0n),
      transient: SLOTS.map((at) => transient.get(`${of} ${at}`) ?? 0n),
      warm: warm.has(of),
      warmSlots: SLOTS.filter((at) => warmSlots.has(`${of} ${at}`)),
    }
  })
}

/** The parent state with the writes applied. Fails for a write that changes nothing. */
function applied({ accounts, codes }: StateWrites): unknown {
  const model = parentModel()
  const codeOf = (hash: Uint8Array, before: Uint8Array | undefined): Uint8Array => {
    if (bytesToUnprefixedHex(hash) === bytesToUnprefixedHex(EMPTY_CODE_HASH)) return new Uint8Array(0)
    if (before !== undefined && bytesToUnprefixedHex(keccak(before)) === bytesToUnprefixedHex(hash)) return before
    return codes.get(bytesToUnprefixedHex(hash))!
  }
  for (const [hex, write] of accounts) {
    const of = BigInt(`0x${hex}`)
    const before = model.accounts.get(of)
    if (write.kind === 'deleted') {
      expect(before).toBeDefined()
      model.accounts.delete(of)
      continue
    }
    const { nonce, balance, codeHash, storage } = write
    const slots = new Map(storage.kind === 'kept' ? before?.storage : [])
    for (const [at, bytes] of storage.slots) {
      expect(bytesToWord(bytes)).not.toBe(slots.get(BigInt(`0x${at}`)) ?? 0n)
      slots.set(BigInt(`0x${at}`), bytesToWord(bytes))
    }
    const after = { nonce, balance, code: codeOf(codeHash, before?.code), storage: slots }
    // Clearing what was empty already is no change either, but nobody can tell before the trie does.
    if (storage.kind === 'kept') expect(plain(after)).not.toEqual(plain(before))
    model.accounts.set(of, after)
  }
  return plain(finalAccounts(model))
}

function finalAccounts({ accounts }: Model): unknown {
  return new Map(
    [...accounts].map(([of, account]) => [
      of,
      { ...account, storage: [...account.storage].filter(([, v]) => v !== 0n).sort() },
    ]),
  )
}
