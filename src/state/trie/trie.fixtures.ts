/** What the tests of the trie share: another implementation as the judge, a source that can lack nodes, generators. */
import { MerklePatriciaTrie } from '@ethereumjs/mpt'
import { MapDB, ValueEncoding, bytesToHex, hexToBytes } from '@ethereumjs/util'
import fc from 'fast-check'
import type { Hash } from '../../chain/bytes.ts'
import type { NodeSource } from './node-source.ts'
import type { TrieEntry } from './partial-trie.ts'

/** Key and value as hexadecimal, so that equality is plain, a digit is a nibble, and a failing example can be read. */
export type Model = Map<string, string>

export function bytesOf(hex: string): Uint8Array {
  return hexToBytes(`0x${hex}`)
}

export function hexOf(bytes: Uint8Array): string {
  return bytesToHex(bytes).slice(2)
}

/** What `@ethereumjs/mpt` makes of a model: the root, and every node by hash. */
export async function judge(model: Model): Promise<{ root: Hash; nodes: Map<string, Uint8Array> }> {
  const nodes = new Map<string, Uint8Array>()
  const trie = new MerklePatriciaTrie({
    db: new MapDB<string, Uint8Array>(nodes),
    valueEncoding: ValueEncoding.Bytes,
    useNodePruning: true,
  })
  for (const [key, value] of model) await trie.put(bytesOf(key), bytesOf(value))
  return { root: trie.root() as Hash, nodes }
}

export interface SparseSource extends NodeSource {
  readonly nodes: Map<string, Uint8Array>
  /** Every hash asked for, in order. */
  readonly asked: string[]
}

export function sparseSource(nodes: Iterable<readonly [string, Uint8Array]>): SparseSource {
  const map = new Map(nodes)
  const asked: string[] = []
  return {
    nodes: map,
    asked,
    node(hash) {
      asked.push(hexOf(hash))
      return map.get(hexOf(hash))
    },
  }
}

export const NO_NODES: NodeSource = { node: () => undefined }

export interface Edit {
  readonly key: string
  /** Undefined deletes. */
  readonly value: string | undefined
}

export function apply(model: Model, edits: Iterable<Edit>): Model {
  const after = new Map(model)
  for (const { key, value } of edits) {
    if (value === undefined) after.delete(key)
    else after.set(key, value)
  }
  return after
}

export function entries(edits: Iterable<Edit>): TrieEntry[] {
  return Array.from(edits, ({ key, value }) => ({
    key: bytesOf(key),
    value: value === undefined ? undefined : bytesOf(value),
  }))
}

/** Few different bytes, so that prefixes are shared and keys are prefixes of others; values end up in branches. */
const mixedKey = fc
  .array(fc.constantFrom('00', '01', '10', '11', 'ff'), { minLength: 1, maxLength: 4 })
  .map((b) => b.join(''))
/** 32 bytes that differ early, as hashed keys do, and so few that deletions hit. */
const earlyKey = fc.integer({ min: 0, max: 60 }).map((n) => n.toString(16).padStart(2, '0').repeat(3) + '5a'.repeat(29))
/** Long common prefixes and differences at the very end: long extensions, embedded leaves and branches. */
const closeKey = fc.integer({ min: 0, max: 255 }).map((n) => 'ab'.repeat(31) + n.toString(16).padStart(2, '0'))
/** Two bytes of anything: wide, shallow tries. */
const wideKey = fc.integer({ min: 0, max: 0xffff }).map((n) => n.toString(16).padStart(4, '0'))

const hexBytes = (limits: { minLength: number; maxLength: number }): fc.Arbitrary<string> =>
  fc.uint8Array(limits).map(hexOf)

/** Below and above what is embedded, and past one length byte. */
const value = fc.oneof(
  { weight: 5, arbitrary: hexBytes({ minLength: 1, maxLength: 3 }) },
  { weight: 4, arbitrary: hexBytes({ minLength: 28, maxLength: 70 }) },
  { weight: 1, arbitrary: hexBytes({ minLength: 250, maxLength: 300 }) },
)

export interface Case {
  readonly model: Model
  readonly batches: readonly (readonly Edit[])[]
}

function caseOf(key: fc.Arbitrary<string>): fc.Arbitrary<Case> {
  const edit = fc.record({ key, value: fc.option(value, { nil: undefined, freq: 2 }) })
  return fc
    .array(fc.tuple(key, value), { maxLength: 40 })
    .map((pairs) => new Map(pairs))
    .chain((model) => {
      // Half of the edits aim at keys that are there: random ones would seldom delete anything.
      const aimed =
        model.size === 0
          ? edit
          : fc.record({ key: fc.constantFrom(...model.keys()), value: fc.option(value, { nil: undefined, freq: 1 }) })
      return fc.record({
        model: fc.constant(model),
        batches: fc.array(fc.array(fc.oneof(edit, aimed), { maxLength: 12 }), { maxLength: 6 }),
      })
    })
}

/** A trie and changes to it, over every kind of key. */
export const anyCase: fc.Arbitrary<Case> = fc.oneof(
  caseOf(mixedKey),
  caseOf(earlyKey),
  caseOf(closeKey),
  caseOf(wideKey),
)
