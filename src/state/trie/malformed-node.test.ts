/** Nodes that no Ethereum trie contains, and nodes whose bytes were tampered with. */
import { RLP } from '@ethereumjs/rlp'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Hash, Keccak } from '../../chain/bytes.ts'
import { loadKeccak } from '../../chain/keccak.ts'
import { NodeBag } from '../content-bag.ts'
import { DataFaultError } from '../data-fault.ts'
import { MalformedNodeError } from './malformed-node-error.ts'
import { PartialTrie } from './partial-trie.ts'
import { anyCase, bytesOf, entries, hexOf, judge } from './trie.fixtures.ts'

let keccak: Keccak

beforeAll(async () => {
  keccak = await loadKeccak()
})

/** A trie whose root is the hash of these bytes, whatever they are. */
function rootedAt(...nodes: Uint8Array[]): PartialTrie {
  return new PartialTrie({ root: keccak(nodes[0]!) as Hash, source: NodeBag.from(nodes, keccak), keccak })
}

const list = (...items: Parameters<typeof RLP.encode>[0][]): Uint8Array => RLP.encode(items)
const hash = (fill: number): Uint8Array => new Uint8Array(32).fill(fill)
const nothing = new Uint8Array(0)
const branchOf = (children: Parameters<typeof RLP.encode>[0][], value: Uint8Array = nothing): Uint8Array =>
  list(...children, ...new Array<Uint8Array>(16 - children.length).fill(nothing), value)

describe('refused, with hash, path and reason', () => {
  const leafNode = [bytesOf('20aa'), bytesOf('01')]
  const cases: [name: string, bytes: () => Uint8Array, reason: RegExp][] = [
    ['no bytes', () => nothing, /no bytes/],
    ['a string', () => bytesOf('8180'), /expected a list/],
    ['an empty list', () => bytesOf('c0'), /cut off|1 item|past/],
    ['a list of one', () => list(hash(1)), /1 item/],
    ['a list of three', () => list(hash(1), hash(2), hash(3)), /3 items/],
    ['a list of sixteen', () => list(...new Array<Uint8Array>(16).fill(hash(1))), /16 items/],
    ['a list of eighteen', () => list(...new Array<Uint8Array>(16).fill(hash(1)), nothing, nothing), /more than 17/],
    ['bytes after the list', () => Uint8Array.from([...list(bytesOf('20'), hash(1)), 0]), /after the end/],
    ['a list cut short', () => list(bytesOf('20'), hash(1)).subarray(0, 20), /past its container/],
    ['a long length for a short list', () => Uint8Array.from([0xf8, 2, 0x20, 1]), /not canonical/],
    ['a length with a leading zero', () => Uint8Array.from([0xf9, 0, 60, ...new Uint8Array(60)]), /not canonical/],
    ['a length of eight bytes', () => Uint8Array.from([0xff, 1, 1, 1, 1, 1, 1, 1, 1]), /length of 8 bytes/],
    ['a prefixed single byte', () => Uint8Array.from([0xc4, 0x81, 0x20, 0x81, 0x80]), /below 0x80/],
    ['flags beyond 3', () => list(bytesOf('40'), hash(1)), /flags 0x4/],
    ['padding that is not zero', () => list(bytesOf('25'), hash(1)), /padding/],
    ['a path without flags', () => list(nothing, hash(1)), /without flags/],
    ['a path that is a list', () => list([bytesOf('20')], hash(1)), /list where a path/],
    ['a leaf without value', () => list(bytesOf('20'), nothing), /without a value/],
    ['a leaf whose value is a list', () => list(bytesOf('20'), [hash(1)]), /list where the value/],
    ['an extension that goes nowhere', () => list(bytesOf('00'), hash(1)), /empty path/],
    ['an extension to a value', () => list(bytesOf('11'), bytesOf('aabb')), /neither a hash nor a node/],
    ['an extension to an embedded leaf', () => list(bytesOf('11'), leafNode), /leads to a leaf/],
    ['a branch with a short child', () => branchOf([bytesOf('aabb'), hash(1)]), /child 0/],
    ['a branch with one child', () => branchOf([hash(1)]), /1 children/],
    ['a branch with a value only', () => branchOf([], hash(1)), /0 children/],
    ['a branch whose value is a list', () => list(...new Array<Uint8Array>(16).fill(hash(1)), [hash(1)]), /list where/],
    [
      'an embedded node of 32 bytes and more',
      () => branchOf([[bytesOf('20aa'), hash(1)], hash(1)]),
      /embedded node of/,
    ],
    ['a malformed embedded node', () => branchOf([[bytesOf('40'), bytesOf('01')], hash(1)]), /flags/],
  ]
  test.each(cases)('%s', (_, bytes, reason) => {
    const trie = rootedAt(bytes())
    const error = (run: () => unknown): unknown => {
      try {
        return run()
      } catch (thrown) {
        return thrown
      }
    }
    for (const thrown of [
      error(() => trie.get(bytesOf('aa'))),
      error(() => trie.put(bytesOf('aa'), bytesOf('01'))),
      error(() => trie.delete(bytesOf('aa'))),
    ]) {
      expect(thrown).toBeInstanceOf(MalformedNodeError)
      expect(thrown).toMatchObject({ hash: trie.root(), path: nothing })
      expect((thrown as MalformedNodeError).reason).toMatch(reason)
    }
  })

  test('below the root: a node that a parent would embed, and what is not a branch under an extension', () => {
    const empty = bytesOf('80')
    expect(() => rootedAt(branchOf([keccak(empty), hash(1)]), empty).get(bytesOf('0a'))).toThrow(/path \[0\].*embeds/)
    const short = list(bytesOf('20'), bytesOf('01'))
    expect(() => rootedAt(branchOf([keccak(short), hash(1)]), short).get(bytesOf('0a'))).toThrow(/path \[0\].*embeds/)
    const long = list(bytesOf('3a'), hash(1))
    expect(() => rootedAt(list(bytesOf('11'), keccak(long)), long).get(bytesOf('1a'))).toThrow(
      /path \[1\].*a leaf below an extension/,
    )
  })
})

test('a short root is hashed all the same, and is embedded once something is above it', async () => {
  const model = new Map([['aa', '01']])
  const { root, nodes } = await judge(model)
  const source = { node: (wanted: Hash) => nodes.get(hexOf(wanted)) }
  const trie = new PartialTrie({ root, source, keccak })
  trie.put(bytesOf('bb'), bytesOf('02'))
  expect(hexOf(trie.root())).toBe(hexOf((await judge(new Map([...model, ['bb', '02']]))).root))
})

test('a tampered node under its new hash is a fault; what is read is right or refused', async () => {
  await fc.assert(
    fc.asyncProperty(
      anyCase,
      fc.nat(),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      async (tries, which, where, flip) => {
        const { model, batches } = tries
        const { root, nodes } = await judge(model)
        const bytes = [...nodes.values()]
        if (bytes.length === 0) return
        const victim = bytes[which % bytes.length]!
        victim[where % victim.length]! ^= flip
        const trie = new PartialTrie({ root, source: NodeBag.from(bytes, keccak), keccak })
        for (const key of new Set([...model.keys(), ...batches.flat().map((edit) => edit.key)])) {
          const found = trie.lookup(bytesOf(key))
          if (found.kind !== 'missing')
            expect(found.kind === 'found' ? hexOf(found.value) : undefined).toBe(model.get(key))
        }
      },
    ),
    { numRuns: 300 },
  )
})

test('a source that breaks its contract causes refusals, faults or another root, never a crash or a hang', async () => {
  await fc.assert(
    fc.asyncProperty(
      anyCase,
      fc.nat(),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      async (tries, which, where, flip) => {
        const { model, batches } = tries
        const { root, nodes } = await judge(model)
        const hashes = [...nodes.keys()]
        const victim = nodes.get(hashes[which % hashes.length] ?? '')
        if (victim === undefined) return
        victim[where % victim.length]! ^= flip
        const trie = new PartialTrie({ root, source: { node: (wanted) => nodes.get(hexOf(wanted)) }, keccak })
        const attempt = (run: () => unknown): void => {
          try {
            run()
          } catch (error) {
            if (!(error instanceof MalformedNodeError || error instanceof DataFaultError)) throw error
          }
        }
        for (const key of model.keys()) attempt(() => trie.get(bytesOf(key)))
        for (const edits of batches) attempt(() => trie.batch(entries(edits)))
        trie.commit()
      },
    ),
    { numRuns: 500 },
  )
})
