/** The tries of real blocks: what their witnesses hold, and, where the state after the block is recorded, its root. */
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { hexToBytes } from '@ethereumjs/util'
import { beforeAll, expect, test } from 'vitest'
import { asHash } from '../chain/bytes.ts'
import type { Hash, Hex, Keccak } from '../chain/bytes.ts'
import { loadKeccak } from '../chain/keccak.ts'
import { describeWithData } from '../testing/data.ts'
import { decodeAccount } from './account-codec.ts'
import { NodeBag } from './content-bag.ts'
import { flatValues } from './flat-values.ts'
import { RecordingNodeSource } from './recording-source.ts'
import { EMPTY_ROOT, PartialTrie } from './trie/partial-trie.ts'
import type { TrieEntry } from './trie/partial-trie.ts'
import type { NodeSource } from './trie/node-source.ts'
import { reachableLeaves } from './trie/reachable-leaves.ts'
import { bytesOf, hexOf } from './trie/trie.fixtures.ts'

interface BlockFile {
  readonly preStateRoot: Hex
  readonly postStateRoot: Hex
  readonly state: readonly Hex[]
  /** Proofs of all that the block touches, under the root after it. */
  readonly postStateProofNodes?: readonly Hex[]
}

let keccak: Keccak

beforeAll(async () => {
  keccak = await loadKeccak()
})

describeWithData('witnesses of real blocks', (data) => {
  const folder = join(data, 'witness-blocks')
  const files = readdirSync(folder).filter((file) => file.endsWith('.json.gz'))
  const load = (file: string): BlockFile =>
    JSON.parse(gunzipSync(readFileSync(join(folder, file))).toString()) as BlockFile
  const bagOf = (nodes: readonly Hex[]): NodeBag => NodeBag.from(nodes.map(hexToBytes), keccak)
  const rootOf = (hex: Hex): Hash => asHash(hexToBytes(hex))

  test.each(files)('%s: the nodes hang together below the root before the block', (file) => {
    const { preStateRoot, state } = load(file)
    const nodes = new RecordingNodeSource(bagOf(state))
    for (const flat of flatValues(rootOf(preStateRoot), nodes)) expect(flat.hashedAddress.length).toBe(32)
    expect(nodes.read().length).toBeGreaterThan(0)
  })

  const recorded = files.filter((file) => load(file).postStateProofNodes !== undefined)
  test.each(recorded)('%s: the changes on record lead to the root after the block', (file) => {
    const { preStateRoot, postStateRoot, state, postStateProofNodes = [] } = load(file)
    const [before, after] = [bagOf(state), bagOf(postStateProofNodes)]
    const accounts = changedTrie(rootOf(preStateRoot), before, rootOf(postStateRoot), after)
    expect(hexOf(accounts.trie.root())).toBe(postStateRoot.slice(2))
    for (const { key, value } of accounts.changes) {
      if (value === undefined) continue
      const old = accounts.before.get(key)
      const oldRoot = old === undefined ? EMPTY_ROOT : decodeAccount(old).storageRoot
      const { storageRoot } = decodeAccount(value)
      expect(hexOf(changedTrie(oldRoot, before, storageRoot, after).trie.root())).toBe(hexOf(storageRoot))
    }
  })

  function changedTrie(oldRoot: Hash, oldNodes: NodeSource, newRoot: Hash, newNodes: NodeSource): Changed {
    const before = new PartialTrie({ root: oldRoot, source: oldNodes, keccak })
    const after = new PartialTrie({ root: newRoot, source: newNodes, keccak })
    const leaves = [...reachableLeaves(oldRoot, oldNodes), ...reachableLeaves(newRoot, newNodes)]
    const keys = new Set(leaves.map(({ key }) => hexOf(key)))
    const changes = [...keys].flatMap((key) => change(before, after, bytesOf(key)))
    const trie = before.fork()
    trie.batch(changes)
    return { before, trie, changes }
  }
})

interface Changed {
  readonly before: PartialTrie
  readonly trie: PartialTrie
  readonly changes: TrieEntry[]
}

/** What is not proven on both sides is not touched by the block: the proofs after it are of all that it touches. */
function change(before: PartialTrie, after: PartialTrie, key: Uint8Array): TrieEntry[] {
  const [was, is] = [before.lookup(key), after.lookup(key)]
  if (was.kind === 'missing' || is.kind === 'missing') return []
  return [{ key, value: is.kind === 'found' ? is.value : undefined }]
}
