/** The state against a model whose root another implementation computes. */
import { RLP } from '@ethereumjs/rlp'
import { bigIntToUnpaddedBytes } from '@ethereumjs/util'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { asAddress, asHash } from '../chain/bytes.ts'
import type { AddressBytes, Hash, Keccak } from '../chain/bytes.ts'
import { loadKeccak } from '../chain/keccak.ts'
import { CodeBag, NodeBag } from './content-bag.ts'
import { DataFaultError } from './data-fault.ts'
import type { DataFault } from './data-fault.ts'
import { flatValues } from './flat-values.ts'
import { EMPTY_CODE_HASH, StateTrie, WrongCodeError } from './state-trie.ts'
import type { AccountWrite, StateWrites } from './state-writes.ts'
import { bytesOf, hexOf, judge, sparseSource } from './trie/trie.fixtures.ts'
import type { SparseSource } from './trie/trie.fixtures.ts'
import { EMPTY_ROOT } from './trie/partial-trie.ts'

let keccak: Keccak

beforeAll(async () => {
  keccak = await loadKeccak()
})

interface ModelAccount {
  readonly nonce: bigint
  readonly balance: bigint
  readonly codeHash: string
  /** Slot to trimmed value. */
  readonly storage: Map<string, string>
}
/** By address. */
type ModelState = Map<string, ModelAccount>

const addresses = Array.from({ length: 24 }, (_, i) => (i + 1).toString(16).padStart(2, '0').repeat(20))
const slots = Array.from({ length: 12 }, (_, i) => i.toString(16).padStart(64, '0'))
const addressOf = (hex: string): AddressBytes => asAddress(bytesOf(hex))
const hashedHex = (hex: string): string => hexOf(keccak(bytesOf(hex)))

const slotValue = fc
  .bigInt(0n, 2n ** 256n - 1n)
  .chain((big) => fc.constantFrom(0n, 1n, big))
  .map(bigIntToUnpaddedBytes)
const updated: fc.Arbitrary<AccountWrite> = fc.record({
  kind: fc.constant('updated'),
  nonce: fc.bigInt(0n, 5n),
  balance: fc.bigInt(0n, 2n ** 100n),
  codeHash: fc.constant(EMPTY_CODE_HASH),
  storage: fc.record({
    kind: fc.constantFrom('kept', 'kept', 'kept', 'cleared'),
    slots: fc.array(fc.tuple(fc.constantFrom(...slots), slotValue), { maxLength: 6 }).map((pairs) => new Map(pairs)),
  }),
})
const write = fc.oneof(
  { weight: 3, arbitrary: updated },
  { weight: 1, arbitrary: fc.constant<AccountWrite>({ kind: 'deleted' }) },
)
const writesOfBlock: fc.Arbitrary<StateWrites> = fc
  .array(fc.tuple(fc.constantFrom(...addresses), write), { maxLength: 12 })
  .map((pairs) => ({ accounts: new Map(pairs), codes: new Map<string, Uint8Array>() }))
const blocks = fc.array(writesOfBlock, { minLength: 1, maxLength: 5 })

function applyToModel(state: ModelState, { accounts }: StateWrites): ModelState {
  const after = new Map(state)
  for (const [address, change] of accounts) {
    if (change.kind === 'deleted') {
      after.delete(address)
      continue
    }
    const storage = new Map(change.storage.kind === 'kept' ? state.get(address)?.storage : [])
    for (const [slot, value] of change.storage.slots) {
      if (value.length === 0) storage.delete(slot)
      else storage.set(slot, hexOf(value))
    }
    after.set(address, { nonce: change.nonce, balance: change.balance, codeHash: hexOf(change.codeHash), storage })
  }
  return after
}

async function judgeState(state: ModelState): Promise<{ root: Hash; nodes: Map<string, Uint8Array> }> {
  const nodes = new Map<string, Uint8Array>()
  const leaves = new Map<string, string>()
  for (const [address, { nonce, balance, codeHash, storage }] of state) {
    const trie = await judge(
      new Map(Array.from(storage, ([slot, value]) => [hashedHex(slot), hexOf(RLP.encode(bytesOf(value)))])),
    )
    for (const [hash, bytes] of trie.nodes) nodes.set(hash, bytes)
    const fields = [bigIntToUnpaddedBytes(nonce), bigIntToUnpaddedBytes(balance), trie.root, bytesOf(codeHash)]
    leaves.set(hashedHex(address), hexOf(RLP.encode(fields)))
  }
  const accounts = await judge(leaves)
  for (const [hash, bytes] of accounts.nodes) nodes.set(hash, bytes)
  return { root: accounts.root, nodes }
}

function stateAt(root: Hash, nodes: SparseSource): StateTrie {
  return new StateTrie({ root, nodes, codes: CodeBag.from([], keccak), keccak })
}

function faultsOf(run: () => unknown): DataFault[] {
  try {
    run()
    return []
  } catch (error) {
    if (!(error instanceof DataFaultError)) throw error
    return [error.fault, ...error.others]
  }
}

function supplying(run: () => unknown, source: SparseSource, full: ReadonlyMap<string, Uint8Array>): number {
  for (let rounds = 0; ; rounds++) {
    const faults = faultsOf(run)
    if (faults.length === 0) return rounds
    const hashes = faults.map((fault) => (fault.kind === 'node' ? hexOf(fault.hash) : fault.kind))
    expect(new Set(hashes).size).toBe(hashes.length)
    for (const hash of hashes) {
      expect(source.nodes.has(hash)).toBe(false)
      source.nodes.set(hash, full.get(hash)!)
    }
  }
}

test('block after block, from nothing but what is missed, roots and values are those of the reference', async () => {
  await fc.assert(
    fc.asyncProperty(writesOfBlock, blocks, async (genesis, rest) => {
      let model = applyToModel(new Map(), genesis)
      const start = await judgeState(model)
      const source = sparseSource([])
      const state = stateAt(start.root, source)
      for (const writes of rest) {
        const before = hexOf(state.root())
        // Writes cross from a worker.
        expect(structuredClone(writes)).toEqual(writes)
        if (faultsOf(() => state.applyWrites(writes)).length > 0) {
          expect(hexOf(state.root())).toBe(before)
          supplying(() => state.applyWrites(writes), source, start.nodes)
        }
        model = applyToModel(model, writes)
        expect(hexOf(state.root())).toBe(hexOf((await judgeState(model)).root))
      }
      for (const address of addresses) {
        const expected = model.get(address)
        supplying(() => state.account(addressOf(address)), source, start.nodes)
        const account = state.account(addressOf(address))
        expect(account?.balance).toBe(expected?.balance)
        expect(account?.nonce).toBe(expected?.nonce)
        for (const slot of slots) {
          supplying(() => state.storage(addressOf(address), bytesOf(slot)), source, start.nodes)
          expect(hexOf(state.storage(addressOf(address), bytesOf(slot)))).toBe(expected?.storage.get(slot) ?? '')
        }
      }
    }),
    { numRuns: 150 },
  )
})

test('commits carry a state from one reader to the next', async () => {
  await fc.assert(
    fc.asyncProperty(blocks, async (all) => {
      const stored = sparseSource([])
      let model: ModelState = new Map()
      let root = EMPTY_ROOT
      for (const writes of all) {
        const state = stateAt(root, stored)
        state.applyWrites(writes)
        model = applyToModel(model, writes)
        const commit = state.commit()
        for (const { hash, bytes } of commit.nodes) stored.nodes.set(hexOf(hash), bytes)
        root = commit.root
        expect(hexOf(root)).toBe(hexOf((await judgeState(model)).root))
        expect(state.commit()).toEqual({ root, nodes: [], codes: [] })
      }
    }),
    { numRuns: 100 },
  )
})

test('the flat values of a whole state are that state; of a part, a part of it', async () => {
  await fc.assert(
    fc.asyncProperty(writesOfBlock, fc.infiniteStream(fc.boolean()), async (genesis, keep) => {
      const model = applyToModel(new Map(), genesis)
      const { root, nodes } = await judgeState(model)
      const expected = new Map<string, string>()
      for (const [address, { balance, storage }] of model) {
        expected.set(hashedHex(address), balance.toString())
        for (const [slot, value] of storage) expected.set(hashedHex(address) + hashedHex(slot), value)
      }
      const walk = (some: Iterable<Uint8Array>): [string, string][] =>
        Array.from(flatValues(root, NodeBag.from(some, keccak)), (flat) =>
          flat.kind === 'account'
            ? [hexOf(flat.hashedAddress), flat.account.balance.toString()]
            : [hexOf(flat.hashedAddress) + hexOf(flat.hashedSlot), hexOf(flat.value)],
        )
      const whole = walk(nodes.values())
      expect(new Map(whole)).toEqual(expected)
      expect(whole.length).toBe(expected.size)
      const owners = whole.map(([key]) => key.slice(0, 64))
      expect(owners).toEqual([...owners].sort())
      for (const [key, value] of walk([...nodes.values()].filter(() => keep.next().value)))
        expect(value).toBe(expected.get(key))
    }),
    { numRuns: 100 },
  )
})

test('a fault says which account and slot were wanted', async () => {
  const [address, slot] = [addresses[0]!, slots[3]!]
  const storage = new Map([[slot, '05']])
  const { root, nodes } = await judgeState(
    new Map([[address, { nonce: 1n, balance: 2n, codeHash: hexOf(EMPTY_CODE_HASH), storage }]]),
  )
  const source = sparseSource([])
  const state = stateAt(root, source)
  const read = (): unknown => state.storage(addressOf(address), bytesOf(slot))
  expect(faultsOf(read)).toEqual([{ kind: 'node', hash: root, path: new Uint8Array(0), account: addressOf(address) }])
  source.nodes.set(hexOf(root), nodes.get(hexOf(root))!)
  const { storageRoot } = state.account(addressOf(address))!
  expect(faultsOf(read)).toEqual([
    {
      kind: 'node',
      hash: storageRoot,
      owner: keccak(bytesOf(address)),
      path: new Uint8Array(0),
      account: addressOf(address),
      slot: bytesOf(slot),
    },
  ])
})

test('code: empty, deployed, committed once, missing, and never under a wrong hash', () => {
  const state = stateAt(EMPTY_ROOT, sparseSource([]))
  const someone = addressOf(addresses[0]!)
  const code = bytesOf('6001')
  const hash = asHash(keccak(code))
  expect(state.code(EMPTY_CODE_HASH, someone)).toEqual(new Uint8Array(0))
  expect(faultsOf(() => state.code(hash, someone))).toEqual([{ kind: 'code', hash, account: someone }])
  const wrong = { accounts: new Map(), codes: new Map([[hexOf(hash), bytesOf('6002')]]) }
  expect(() => state.applyWrites(wrong)).toThrow(WrongCodeError)
  state.applyWrites({ accounts: new Map(), codes: new Map([[hexOf(hash), code]]) })
  expect(state.code(hash, someone)).toEqual(code)
  expect(state.commit().codes).toEqual([{ hash, bytes: code }])
  expect(state.commit().codes).toEqual([])
  expect(state.code(hash, someone)).toEqual(code)
})

test('a root that names itself over and over is walked once', () => {
  // A branch whose children are all the same node, level below level: 16^64 paths, 64 nodes.
  const nodes: Uint8Array[] = []
  let below = keccak(new Uint8Array(40))
  for (let level = 0; level < 64; level++) {
    const branch = RLP.encode([...new Array<Uint8Array>(16).fill(below), new Uint8Array(0)])
    nodes.push(branch)
    below = keccak(branch)
  }
  expect([...flatValues(below as Hash, NodeBag.from(nodes, keccak))]).toEqual([])
})
