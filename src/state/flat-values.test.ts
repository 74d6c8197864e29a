/** The walk over values at hand is bounded by the nodes it looks into, whatever they say of each other. */
import { RLP } from '@ethereumjs/rlp'
import { beforeAll, expect, test } from 'vitest'
import { asHash, type Hash, type Keccak } from '../chain/bytes.ts'
import { loadKeccak } from '../chain/keccak.ts'
import { encodeAccount } from './account-codec.ts'
import { flatValues, type FlatValue } from './flat-values.ts'
import { hashKey } from './hash-key.ts'
import type { NodeSource } from './trie/node-source.ts'

let keccak: Keccak
beforeAll(async () => {
  keccak = await loadKeccak()
})

/** Nodes made to order, and how often one was asked for and there. */
class Nodes implements NodeSource {
  private readonly nodes = new Map<string, Uint8Array>()
  visits = 0

  add(items: readonly Uint8Array[]): Hash {
    const bytes = RLP.encode([...items])
    const hash = asHash(keccak(bytes))
    this.nodes.set(hashKey(hash), bytes)
    return hash
  }

  node(hash: Hash): Uint8Array | undefined {
    const node = this.nodes.get(hashKey(hash))
    if (node !== undefined) this.visits++
    return node
  }
}

const NOTHING = new Uint8Array(0)
const ABSENT = new Uint8Array(32).fill(0xab)

const branch = (children: readonly Uint8Array[]) => [
  ...Array.from({ length: 16 }, (_, i) => children[i] ?? NOTHING),
  NOTHING,
]

/** A leaf `depth` nibbles below its root: hex prefix (odd 3, even 2), then what is left of 64 zeros. */
function leaf(depth: number, value: Uint8Array): Uint8Array[] {
  const path = new Uint8Array(33 - (depth >> 1) - (depth & 1))
  path[0] = depth & 1 ? 0x30 : 0x20
  return [path, value]
}

/** 1 + 16 + 256 branches, all different, with no leaf below them. */
function barrenStorage(nodes: Nodes): Hash {
  let filler = 0
  const grow = (levels: number): Hash => {
    if (levels === 0) {
      const missing = ABSENT.slice()
      new DataView(missing.buffer).setUint32(0, ++filler)
      return nodes.add(branch([missing, ABSENT]))
    }
    return nodes.add(branch(Array.from({ length: 16 }, () => grow(levels - 1))))
  }
  return grow(2)
}

/** 16^levels accounts with that storage. */
function accounts(nodes: Nodes, storageRoot: Hash, levels: number): Hash {
  let balance = 0n
  const grow = (depth: number): Hash => {
    if (depth < levels) return nodes.add(branch(Array.from({ length: 16 }, () => grow(depth + 1))))
    return nodes.add(
      leaf(depth, encodeAccount({ nonce: 1n, balance: ++balance, storageRoot, codeHash: asHash(ABSENT) })),
    )
  }
  return grow(0)
}

test('4096 accounts that share a barren storage of 273 branches end after the nodes allowed', () => {
  const nodes = new Nodes()
  const root = accounts(nodes, barrenStorage(nodes), 3)
  const found = [...flatValues(root, nodes)]
  expect(nodes.visits).toBe(65_536)
  expect(found.length).toBeGreaterThan(200)
  expect(found.every(({ kind }) => kind === 'account')).toBe(true)
})

test('fewer visits give a first part of the values', () => {
  const nodes = new Nodes()
  const slot = nodes.add(leaf(0, RLP.encode(Uint8Array.of(7))))
  const root = accounts(nodes, slot, 1)
  const walk = (visits?: number): FlatValue[] => [...flatValues(root, nodes, visits)]
  const whole = walk()
  expect(whole.map(({ kind }) => kind)).toEqual(Array.from({ length: 16 }, () => ['account', 'slot']).flat())
  expect(walk(0)).toEqual([])
  // The root, an account, its slot, and another account.
  expect(walk(4)).toEqual(whole.slice(0, 3))
})
