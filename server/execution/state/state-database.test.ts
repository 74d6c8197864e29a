import { hexToBytes } from '@ethereumjs/util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { asHash, type Hash } from '../../../src/chain/bytes.ts'
import { loadKeccak } from '../../../src/chain/keccak.ts'
import { DataFaultError } from '../../../src/state/data-fault.ts'
import { hashKey, hashOfKey } from '../../../src/state/hash-key.ts'
import { EMPTY_ROOT } from '../../../src/state/trie/partial-trie.ts'
import { StateDatabase, UnknownStateError } from './state-database.ts'
import { WrongNodeError } from './state-change.ts'
import { accountEdit, makeState, shownLeaf, wholeState, type AccountEdit } from './state.fixtures.ts'

const keccak = await loadKeccak()
const NOTHING = { node: () => undefined, code: () => undefined }
const FIRST_KEY = asHash(new Uint8Array(32))

function blockId(number: number): Hash {
  return keccak(Uint8Array.of(number >> 8, number & 0xff)) as Hash
}

function openDatabase(edits: readonly AccountEdit[]): StateDatabase {
  const made = makeState(EMPTY_ROOT, NOTHING, edits, keccak)
  return new StateDatabase(blockId(0), made, keccak)
}

/** Adds a state on a held one, as a block does. */
function addBlock(database: StateDatabase, parent: Hash, id: Hash, edits: readonly AccountEdit[]): void {
  const made = makeState(database.state(parent)!.root, database, edits, keccak)
  database.add({ id, parent, ...made })
}

/** Every node and code of every state held is here, and nothing else; the ordered leaves are those of the tries. */
function expectExact(database: StateDatabase, held: readonly Hash[]): void {
  const nodes = new Set<string>()
  const codes = new Set<string>()
  for (const id of held) {
    const whole = wholeState(database.state(id)!.root, database)
    for (const node of whole.nodes) nodes.add(node)
    for (const code of whole.codes) codes.add(code)
    expect(shown(database, id, undefined)).toEqual(whole.accounts)
    for (const account of whole.accounts.map((leaf) => leaf.split('=')[0]!)) {
      const key = asHash(hexToBytes(`0x${account}`))
      expect(shown(database, id, key)).toEqual(whole.storages.get(account) ?? [])
    }
  }
  for (const node of nodes) expect(hashKey(keccak(database.node(hashOfKey(node))!) as Hash)).toBe(node)
  for (const code of codes) expect(hashKey(keccak(database.code(hashOfKey(code))!) as Hash)).toBe(code)
  expect(database.size).toMatchObject({ states: held.length, nodes: nodes.size, codes: codes.size })
}

function shown(database: StateDatabase, id: Hash, account: Hash | undefined): string[] {
  return Array.from(database.leaves(id, account, FIRST_KEY), ({ key, value }) => shownLeaf(key, value))
}

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('block' as const),
      parent: fc.nat(),
      edits: fc.array(accountEdit, { maxLength: 5 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('prune' as const), to: fc.nat() }) },
)

describe('a state database', () => {
  test('holds exactly what its states have, after any blocks, forks and pruning', () => {
    const history = fc.array(step, { maxLength: 25 })
    fc.assert(
      fc.property(fc.array(accountEdit, { maxLength: 12 }), history, (genesis, steps) => {
        const database = openDatabase(genesis)
        let held = [blockId(0)]
        const parents = new Map<string, Hash>()
        for (const [index, action] of steps.entries()) {
          if (action.kind === 'block') {
            const parent = held[action.parent % held.length]!
            const id = blockId(index + 1)
            addBlock(database, parent, id, action.edits)
            parents.set(name(id), parent)
            held.push(id)
          } else {
            const oldest = held[action.to % held.length]!
            database.makeOldest(oldest)
            held = held.filter((id) => leadsTo(id, oldest, parents))
          }
        }
        expectExact(database, held)
      }),
      { numRuns: 150 },
    )
  })

  test('takes nothing of a state that is not whole', () => {
    const database = openDatabase([write(1, 1)])
    const before = database.size
    const made = makeState(database.state(blockId(0))!.root, database, [write(2, 2), write(3, 3, 1)], keccak)
    const parent = blockId(0)
    expect(() => database.add({ id: blockId(1), parent, ...made, nodes: NOTHING })).toThrow(DataFaultError)
    expect(() => database.add({ id: blockId(1), parent, ...made, codes: NOTHING })).toThrow(DataFaultError)
    const lying = { node: (hash: Hash) => made.nodes.node(hash)?.map((byte, at) => (at === 9 ? byte ^ 1 : byte)) }
    expect(() => database.add({ id: blockId(1), parent, ...made, nodes: lying })).toThrow(WrongNodeError)
    expect(() => database.add({ id: blockId(1), ...made, parent: blockId(9) })).toThrow(UnknownStateError)
    expect(database.size).toEqual(before)
  })

  test('gives copies of nodes: what a reader holds outlives the state', () => {
    const database = openDatabase([write(1, 1), write(2, 2)])
    const { root } = database.oldest
    const bytes = database.node(root)!
    addBlock(database, blockId(0), blockId(1), [write(1, 3), write(4, 4), write(5, 5)])
    database.makeOldest(blockId(1))
    addBlock(database, blockId(1), blockId(2), [write(1, 2), write(6, 6)])
    expect(database.node(root)).toBeUndefined()
    expect(keccak(bytes)).toEqual(root)
  })

  test('stays as small as its states over a long chain', () => {
    const database = openDatabase(Array.from({ length: 12 }, (_, account) => write(account, 1)))
    let bytes = 0
    for (let number = 1; number <= 2000; number++) {
      addBlock(database, blockId(number - 1), blockId(number), [
        write(number % 12, number % 4),
        write(3, 1, number % 3),
      ])
      if (number > 16) database.makeOldest(blockId(number - 16))
      if (number === 200) bytes = database.size.bytes
    }
    expect(database.size.bytes).toBe(bytes)
    expectExact(
      database,
      Array.from({ length: 17 }, (_, index) => blockId(1984 + index)),
    )
  })
})

function write(account: number, balance: number, code = 0): AccountEdit {
  return { account, edit: { kind: 'write', balance, code, storage: 'kept', slots: [[balance, 1]] } }
}

function name(id: Hash): string {
  return id.join()
}

function leadsTo(id: Hash, oldest: Hash, parents: ReadonlyMap<string, Hash>): boolean {
  for (let at: Hash | undefined = id; at !== undefined; at = parents.get(name(at))) {
    if (name(at) === name(oldest)) return true
  }
  return false
}
