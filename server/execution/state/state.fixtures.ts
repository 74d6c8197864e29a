/** Small states that change at random, with a plain model beside them as the judge. */
import { bytesToUnprefixedHex, setLengthLeft } from '@ethereumjs/util'
import fc from 'fast-check'
import { asAddress, asHash, type AddressBytes, type Hash, type Keccak } from '../../../src/chain/bytes.ts'
import { decodeAccount } from '../../../src/state/account-codec.ts'
import type { CodeSource } from '../../../src/state/content-bag.ts'
import { hashKey } from '../../../src/state/hash-key.ts'
import { EMPTY_CODE_HASH, StateTrie } from '../../../src/state/state-trie.ts'
import type { AccountWrite, StateWrites } from '../../../src/state/state-writes.ts'
import type { HashedBytes, NodeSource } from '../../../src/state/trie/node-source.ts'
import { EMPTY_ROOT } from '../../../src/state/trie/partial-trie.ts'
import { diffTries } from './trie-diff.ts'

/** So few accounts and slots that edits meet, delete and restore each other's. */
const ACCOUNTS = 12
const SLOTS = 10

export interface AccountEdit {
  readonly account: number
  readonly edit:
    | { readonly kind: 'delete' }
    | {
        readonly kind: 'write'
        readonly balance: number
        /** Index of one of three codes; 0 is none. */
        readonly code: number
        readonly storage: 'kept' | 'cleared'
        /** Zero deletes. */
        readonly slots: readonly (readonly [slot: number, value: number])[]
      }
}

export const accountEdit: fc.Arbitrary<AccountEdit> = fc.record({
  account: fc.nat(ACCOUNTS - 1),
  edit: fc.oneof(
    { weight: 1, arbitrary: fc.constant({ kind: 'delete' as const }) },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('write' as const),
        balance: fc.nat(3),
        code: fc.nat(2),
        storage: fc.constantFrom('kept' as const, 'kept' as const, 'cleared' as const),
        slots: fc.array(fc.tuple(fc.nat(SLOTS - 1), fc.nat(2)), { maxLength: 4 }),
      }),
    },
  ),
})

export function addressOf(account: number): AddressBytes {
  return asAddress(new Uint8Array(20).fill(account + 1))
}

export function slotOf(slot: number): Hash {
  return asHash(setLengthLeft(Uint8Array.of(slot), 32))
}

function codeOf(code: number): Uint8Array {
  return new Uint8Array(code * 7).fill(code)
}

export function writesOf(edits: readonly AccountEdit[], keccak: Keccak): StateWrites {
  const writes: StateWrites = { accounts: new Map(), codes: new Map() }
  for (const { account, edit } of edits) {
    const code = edit.kind === 'delete' ? new Uint8Array(0) : codeOf(edit.code)
    const codeHash = code.length === 0 ? EMPTY_CODE_HASH : (keccak(code) as Hash)
    if (code.length > 0) writes.codes.set(bytesToUnprefixedHex(codeHash), code)
    writes.accounts.set(bytesToUnprefixedHex(addressOf(account)), writeOf(edit, codeHash))
  }
  return writes
}

function writeOf(edit: AccountEdit['edit'], codeHash: Hash): AccountWrite {
  if (edit.kind === 'delete') return { kind: 'deleted' }
  const slots = edit.slots.map(([slot, value]) => {
    return [bytesToUnprefixedHex(slotOf(slot)), value === 0 ? new Uint8Array(0) : Uint8Array.of(value)] as const
  })
  return {
    kind: 'updated',
    nonce: 0n,
    balance: BigInt(edit.balance),
    codeHash,
    storage: { kind: edit.storage, slots: new Map(slots) },
  }
}

/** What an execution hands over: the new root, and only what it made. */
export interface MadeState {
  readonly root: Hash
  readonly nodes: NodeSource
  readonly codes: CodeSource
}

export function makeState(
  from: Hash,
  source: NodeSource & CodeSource,
  edits: readonly AccountEdit[],
  keccak: Keccak,
): MadeState {
  const trie = new StateTrie({ root: from, nodes: source, codes: source, keccak })
  trie.applyWrites(writesOf(edits, keccak))
  const { root, nodes, codes } = trie.commit()
  return { root, nodes: { node: keyed(nodes) }, codes: { code: keyed(codes) } }
}

function keyed(items: readonly HashedBytes[]): (hash: Hash) => Uint8Array | undefined {
  const byHash = new Map(items.map(({ hash, bytes }) => [hashKey(hash), bytes]))
  return (hash) => byHash.get(hashKey(hash))
}

/** Everything of a state, found by walking all of it. */
export interface WholeState {
  /** By `hashKey`. */
  readonly nodes: ReadonlySet<string>
  readonly codes: ReadonlySet<string>
  /** Hexadecimal, in order; storages by hex of the hashed address. */
  readonly accounts: readonly string[]
  readonly storages: ReadonlyMap<string, readonly string[]>
}

export function wholeState(root: Hash, source: NodeSource): WholeState {
  const nodes = new Set<string>()
  const codes = new Set<string>()
  const accounts: string[] = []
  const storages = new Map<string, string[]>()
  const nothing = (): void => undefined
  const added = (hash: Hash): void => void nodes.add(hashKey(hash))
  diffTries({ from: EMPTY_ROOT, to: root }, source, {
    added,
    removed: nothing,
    leaf(key, _, value) {
      accounts.push(shownLeaf(key, value!))
      const { storageRoot, codeHash } = decodeAccount(value!)
      if (hashKey(codeHash) !== hashKey(EMPTY_CODE_HASH)) codes.add(hashKey(codeHash))
      const slots: string[] = []
      const leaf = (slot: Hash, _: unknown, bytes: Uint8Array | undefined): void =>
        void slots.push(shownLeaf(slot, bytes!))
      diffTries({ from: EMPTY_ROOT, to: storageRoot }, source, { added, removed: nothing, leaf })
      if (slots.length > 0) storages.set(bytesToUnprefixedHex(key), slots)
    },
  })
  return { nodes, codes, accounts, storages }
}

export function shownLeaf(key: Uint8Array, value: Uint8Array): string {
  return `${bytesToUnprefixedHex(key)}=${bytesToUnprefixedHex(value)}`
}
