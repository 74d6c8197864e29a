import 'fake-indexeddb/auto'
import { equalsBytes } from '@ethereumjs/util'
import fc from 'fast-check'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { asHash, type Keccak } from '../../chain/bytes.ts'
import { loadKeccak } from '../../chain/keccak.ts'
import {
  collect,
  content,
  hashesOf,
  missing,
  someBlock,
  someBootstrap,
  someBytes,
  someConflict,
  someContents,
  someHeader,
  someHeads,
  someUpdate,
} from './fixtures.ts'
import type { AccountWrite } from '../state-writes.ts'
import { openIndexedDbStore } from './indexeddb-store.ts'
import { MAX_ACCESS_PATTERNS_BYTES, MAX_BLOCKS, MAX_CONTENT_BYTES, MAX_READ_HASHES, MAX_UPDATES } from './limits.ts'
import { createMemoryStore } from './memory-store.ts'
import { openDiskStore } from './node-disk-store.ts'
import type { Store, StoreOptions, UnverifiedHeads } from './store.ts'
import { StoreError } from './store-error.ts'

const keccak: Keccak = await loadKeccak()

interface Kind {
  readonly name: string
  readonly persistent: boolean
  readonly open: (options: StoreOptions) => Promise<Store>
}

const kinds: readonly Kind[] = [
  { name: 'memory', persistent: false, open: async (options) => createMemoryStore(options) },
  { name: 'IndexedDB', persistent: true, open: openIndexedDbStore },
  { name: 'disk', persistent: true, open: (options) => openDiskStore(folder, options) },
]

let folder = ''
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'beamtab-store-'))))
afterAll(() => rm(folder, { recursive: true }))

let networks = 0
/** Every test has a database of its own. */
const freshNetwork = (): string => `contract-${networks++}`

describe.each(kinds)('the contract of every store: $name', ({ open, persistent }) => {
  const fresh = (options: Partial<StoreOptions> = {}) => open({ network: freshNetwork(), keccak, ...options })

  test('gives back contents by hash, in the order asked, undefined where there is none', async () => {
    const store = await fresh()
    const nodes = someContents(keccak, { count: 3 })
    const codes = someContents(keccak, { from: 100, count: 2, length: 24_576 })
    await Promise.all([store.putNodes(nodes), store.putCodes(codes)])
    const unknown = asHash(someBytes(1, 32))
    expect(await store.getNodes([nodes[2]!.hash, unknown, nodes[0]!.hash])).toEqual([
      nodes[2]!.bytes,
      undefined,
      nodes[0]!.bytes,
    ])
    expect(await store.getCodes(codes.map(({ hash }) => hash))).toEqual(codes.map(({ bytes }) => bytes))
    expect(store.stats()).toMatchObject({ nodes: 3, codes: 2, headers: 0, state: 'open' })
    await store.close()
  })

  test('keeps the empty content and the largest', async () => {
    const store = await fresh({ maxBytes: 16 * 1024 * 1024 })
    const extremes = [content(keccak, new Uint8Array()), content(keccak, someBytes(3, MAX_CONTENT_BYTES))]
    const between = someContents(keccak, { count: 2 })
    await store.putNodes([between[0]!, ...extremes, between[1]!])
    const all = [...extremes, ...between]
    const found = await store.getNodes(all.map(({ hash }) => hash))
    expect(found.map((bytes, at) => bytes !== undefined && equalsBytes(bytes, all[at]!.bytes))).not.toContain(false)
    await store.close()
  })

  test('stores a content once', async () => {
    const store = await fresh()
    const nodes = someContents(keccak, { count: 4 })
    await Promise.all([store.putNodes([...nodes, ...nodes]), store.putNodes(nodes)])
    const { bytes } = store.stats()
    await store.putNodes(nodes)
    expect(store.stats()).toMatchObject({ nodes: 4, bytes })
    await store.close()
  })

  test('hands out copies', async () => {
    const store = await fresh()
    const [node] = someContents(keccak, { count: 1 })
    const { record, contents } = someBlock(keccak, { network: store.network })
    await store.putNodes([node!])
    await store.putBlock(record, contents)
    const [handed] = await store.getNodes([node!.hash])
    handed!.fill(0)
    ;(await store.getBlock(record.hash))!.block.fill(0)
    expect(await store.getNodes([node!.hash])).toEqual([node!.bytes])
    expect(await store.getBlock(record.hash)).toEqual(record)
    await store.close()
  })

  test('never gives bytes under a hash that is not theirs, whatever was put', async () => {
    const store = await fresh()
    const [honest, other] = someContents(keccak, { count: 2 })
    await store.putNodes([{ hash: honest!.hash, bytes: other!.bytes }])
    expect(await store.getNodes([honest!.hash])).toEqual([undefined])
    expect(store.stats()).toMatchObject({ nodes: 0, damagedContents: 1 })
    await store.putNodes([honest!])
    expect(await store.getNodes([honest!.hash])).toEqual([honest!.bytes])
    await store.close()
  })

  test('keeps headers by their hash', async () => {
    const store = await fresh()
    const header = someHeader(12, someBytes(0, 32))
    const hash = await store.putHeader(header)
    expect(hash).toEqual(keccak(header))
    expect(await store.getHeader(hash)).toEqual(header)
    expect(await store.getHeader(asHash(someBytes(5, 32)))).toBeUndefined()
    await store.close()
  })

  test('keeps a block with its contents and lists it', async () => {
    const store = await fresh()
    const { record, contents, header } = someBlock(keccak, { number: 300, nodes: 20, network: store.network })
    const parentHash = asHash(keccak(record.parentHeader!))
    await store.putBlock(record, { ...contents, headers: [record.parentHeader!] })
    expect(await store.getBlock(record.hash)).toEqual(record)
    expect(await store.getHeader(record.hash)).toEqual(header)
    expect(await store.getHeader(parentHash)).toEqual(record.parentHeader)
    expect(await store.getNodes(record.witness.nodes)).toEqual(contents.nodes.map(({ bytes }) => bytes))
    expect(await store.listBlocks()).toEqual([
      {
        hash: record.hash,
        number: 300,
        gasUsed: 21_000n,
        timestamp: 1_700_000_300,
        transactions: 1,
        nodes: 20,
        codes: 1,
      },
    ])
    expect(await store.getBlock(parentHash)).toBeUndefined()
    await store.close()
  })

  test('keeps a block without its parent, ancestors and witness', async () => {
    const store = await fresh()
    const { record } = someBlock(keccak, { network: store.network })
    const bare = { ...record, parentHeader: undefined, ancestors: [], witness: { nodes: [], codes: [] } }
    await store.putBlock(bare, { nodes: [], codes: [] })
    expect(await store.getBlock(record.hash)).toEqual(bare)
    await store.close()
  })

  test(`keeps the ${MAX_BLOCKS} blocks stored last; storing one again renews it`, async () => {
    const store = await fresh()
    const blocks = Array.from({ length: MAX_BLOCKS + 3 }, (_, at) =>
      someBlock(keccak, { number: 1000 - at, nodes: 1, network: store.network }),
    )
    for (const { record, contents } of blocks.slice(0, MAX_BLOCKS)) await store.putBlock(record, contents)
    await store.putBlock(blocks[0]!.record, blocks[0]!.contents)
    await Promise.all(blocks.slice(MAX_BLOCKS).map(({ record, contents }) => store.putBlock(record, contents)))
    const listed = (await store.listBlocks()).map(({ number }) => number)
    expect(listed).toHaveLength(MAX_BLOCKS)
    expect(listed.slice(0, 4)).toEqual([870, 871, 872, 1000])
    expect(listed.at(-1)).toBe(996)
    expect(await store.getBlock(blocks[1]!.record.hash)).toBeUndefined()
    expect(await store.getBlock(blocks[0]!.record.hash)).toEqual(blocks[0]!.record)
    await store.close()
  })

  test('keeps the bootstrap and the updates in order of period', async () => {
    const store = await fresh()
    expect(await store.bootstrap()).toBeUndefined()
    expect(await collect(store.updates())).toEqual([])
    await store.putBootstrap(someBootstrap(1))
    await store.putBootstrap(someBootstrap(2))
    await Promise.all([300, 7, 256, 8].map((period) => store.putUpdate(someUpdate(period))))
    await store.putUpdate({ ...someUpdate(7), ssz: someBytes(99, 50) })
    expect(await store.bootstrap()).toEqual(someBootstrap(2))
    expect(await collect(store.updates())).toEqual([
      { ...someUpdate(7), ssz: someBytes(99, 50) },
      someUpdate(8),
      someUpdate(256),
      someUpdate(300),
    ])
    await store.deleteUpdatesFrom(256)
    expect((await collect(store.updates())).map(({ period }) => period)).toEqual([7, 8])
    expect(store.stats()).toMatchObject({ updates: 2 })
    await store.close()
  })

  test('keeps the newest heads, with what they lack as lacking, and the evidence of an attack', async () => {
    const store = await fresh()
    expect(await store.heads()).toBeUndefined()
    expect(await store.conflict()).toBeUndefined()
    const { optimistic, summary } = someHeads(100)
    const lacking: UnverifiedHeads[] = [
      someHeads(164),
      { optimistic, finality: undefined, summary: { ...summary, finalizedSlot: undefined, execution: undefined } },
      {
        optimistic,
        finality: undefined,
        summary: { ...summary, optimisticSlot: 0, finalizedSlot: 0, execution: { ...summary.execution!, number: 0 } },
      },
      { ...someHeads(200), summary: { ...summary, execution: { ...summary.execution!, number: undefined } } },
    ]
    for (const heads of lacking) {
      await store.putHeads(heads)
      expect(await store.heads()).toEqual(heads)
    }
    await store.putConflict(someConflict(7))
    await store.putConflict(someConflict(8))
    expect(await store.conflict()).toEqual(someConflict(8))
    await store.close()
  })

  test('a bootstrap begins a chain: what belonged to the one before is gone', async () => {
    const store = await fresh()
    await store.putBootstrap(someBootstrap(1))
    await Promise.all([
      store.putUpdate(someUpdate(5)),
      store.putHeads(someHeads(9)),
      store.putConflict(someConflict(5)),
    ])
    await Promise.all([store.putBootstrap(someBootstrap(2)), store.putUpdate(someUpdate(6))])
    expect(await store.bootstrap()).toEqual(someBootstrap(2))
    expect(await collect(store.updates())).toEqual([someUpdate(6)])
    expect(await store.heads()).toBeUndefined()
    expect(await store.conflict()).toBeUndefined()
    expect(store.stats().bytes).toBeLessThan(2_100)
    await store.close()
  })

  test(`keeps at most ${MAX_UPDATES} updates, the highest periods`, async () => {
    const store = await fresh()
    await Promise.all(Array.from({ length: MAX_UPDATES + 2 }, (_, period) => store.putUpdate(someUpdate(period))))
    const periods = (await collect(store.updates())).map(({ period }) => period)
    expect(periods).toHaveLength(MAX_UPDATES)
    expect(periods[0]).toBe(2)
    await store.close()
  })

  test('removes the oldest contents over its bound, and says how large it is', async () => {
    const maxBytes = 2 * 1024 * 1024
    const store = await fresh({ maxBytes })
    const batches = Array.from({ length: 30 }, (_, at) =>
      someContents(keccak, { from: at * 300, count: 300, length: 400 }),
    )
    for (const batch of batches) {
      await store.putNodes(batch)
      expect(store.stats().bytes).toBeLessThanOrEqual(maxBytes)
    }
    const has = async (at: number) =>
      (await store.getNodes(batches[at]!.map(({ hash }) => hash))).filter(Boolean).length
    expect(await has(29)).toBe(300)
    expect(await has(0)).toBe(0)
    expect(store.stats().nodes).toBe((await Promise.all(batches.map((_, at) => has(at)))).reduce((a, b) => a + b))
    expect(store.stats().damagedContents).toBe(0)
    await store.close()
  })

  test('what a listed block needs stays while everything else goes, also where it lies among the oldest', async () => {
    const store = await fresh({ maxBytes: 2 * 1024 * 1024 })
    // One content of every page belongs to the block, and was there long before it.
    const old = Array.from({ length: 4 }, (_, at) => someContents(keccak, { from: at * 700, count: 700 }))
    for (const batch of old) await store.putNodes(batch)
    const { record, contents } = someBlock(keccak, { number: 99, seed: 900, network: store.network })
    const shared = old.map((batch) => batch[350]!)
    const witness = { ...record.witness, nodes: [...record.witness.nodes, ...hashesOf(shared)] }
    await store.putBlock({ ...record, witness }, contents)
    for (let at = 0; at < 20; at++) {
      await store.putNodes(someContents(keccak, { from: 100_000 + at * 700, count: 700 }))
      expect(store.stats().bytes).toBeLessThanOrEqual(2 * 1024 * 1024)
    }
    expect(await missing(store, old[0]!)).not.toEqual([])
    expect((await store.listBlocks()).map(({ number }) => number)).toEqual([99])
    expect(await store.getNodes(witness.nodes)).not.toContain(undefined)
    expect(await store.getCodes(witness.codes)).not.toContain(undefined)
    await store.close()
  })

  test('where blocks need more than there is room for, the oldest go as blocks, not in part', async () => {
    const store = await fresh({ maxBytes: 2 * 1024 * 1024 })
    for (let number = 10; number < 40; number++) {
      const { record, contents } = someBlock(keccak, { number, nodes: 300, network: store.network })
      await store.putBlock(record, contents)
    }
    const listed = await store.listBlocks()
    expect(listed.length).toBeGreaterThan(3)
    expect(listed.length).toBeLessThan(30)
    expect(listed.map(({ number }) => number)).toEqual(listed.map((_, at) => 39 - at))
    for (const { hash } of listed) {
      const { witness } = (await store.getBlock(hash))!
      expect(await store.getNodes([...witness.nodes, ...witness.codes])).not.toContain(undefined)
    }
    await store.close()
  })

  test('keeps receipts and writes with a block', async () => {
    const store = await fresh()
    const { record, contents } = someBlock(keccak, { network: store.network })
    const slots = new Map([
      ['01'.repeat(32), someBytes(1, 7)],
      ['02'.repeat(32), new Uint8Array()],
    ])
    const executed = {
      receipts: [someBytes(5, 300), someBytes(6, 9)],
      writes: {
        accounts: new Map<string, AccountWrite>([
          ['aa'.repeat(20), { kind: 'deleted' }],
          [
            'bb'.repeat(20),
            {
              kind: 'updated',
              nonce: 3n,
              balance: 0n,
              codeHash: asHash(someBytes(4, 32)),
              storage: { kind: 'cleared', slots },
            },
          ],
        ]),
        codes: new Map([['cc'.repeat(32), someBytes(8, 40)]]),
      },
    }
    await store.putBlock({ ...record, executed }, contents)
    expect(await store.getBlock(record.hash)).toEqual({ ...record, executed })
    await store.putBlock({ ...record, executed: { ...executed, writes: undefined } }, contents)
    expect((await store.getBlock(record.hash))?.executed).toEqual({ receipts: executed.receipts, writes: undefined })
    await store.close()
  })

  test('keeps what importing remembers, and counts where reads were answered from', async () => {
    const store = await fresh()
    expect(await store.importMarks()).toBeUndefined()
    await store.putImportMarks(someBytes(1, 100))
    await store.putImportMarks(someBytes(2, 100))
    expect(await store.importMarks()).toEqual(someBytes(2, 100))
    await expect(store.putImportMarks(new Uint8Array(300_000))).rejects.toMatchObject({ kind: 'invalid-input' })
    const [node] = someContents(keccak, { count: 1 })
    await store.putNodes([node!])
    await store.getNodes([node!.hash, asHash(someBytes(1, 32))])
    expect(store.stats().reads).toEqual({ memory: 1, disk: 0, missing: 1 })
    await store.close()
  })

  test('keeps what was learned of accesses, beside what importing remembers, and counts its bytes', async () => {
    const options = { network: freshNetwork(), keccak, maxBytes: 8 * 1024 * 1024 }
    let store = await open(options)
    expect(await store.accessPatterns()).toBeUndefined()
    await store.putImportMarks(someBytes(1, 100))
    const { bytes } = store.stats()
    await store.putAccessPatterns(someBytes(3, MAX_ACCESS_PATTERNS_BYTES))
    expect(store.stats().bytes).toBe(bytes + MAX_ACCESS_PATTERNS_BYTES)
    const { record, contents } = someBlock(keccak, { network: store.network })
    await Promise.all([store.putBlock(record, contents), store.putAccessPatterns(someBytes(4, 1_000))])
    await expect(store.putAccessPatterns(new Uint8Array(MAX_ACCESS_PATTERNS_BYTES + 1))).rejects.toMatchObject({
      kind: 'invalid-input',
    })
    const size = store.stats().bytes
    if (persistent) {
      await store.close()
      store = await open(options)
    }
    expect(await store.accessPatterns()).toEqual(someBytes(4, 1_000))
    expect(await store.importMarks()).toEqual(someBytes(1, 100))
    expect(store.stats()).toMatchObject({ bytes: size, damagedRecords: 0 })
    const [handed] = [await store.accessPatterns()]
    handed!.fill(0)
    expect(await store.accessPatterns()).toEqual(someBytes(4, 1_000))
    await store.close()
    await expect(store.accessPatterns()).rejects.toMatchObject({ kind: 'closed' })
    await expect(store.putAccessPatterns(someBytes(1, 9))).rejects.toMatchObject({ kind: 'closed' })
  })

  test('refuses what breaks the contract, and stores nothing of it', async () => {
    const store = await fresh({ maxBytes: 4 * 1024 * 1024 })
    const { record, contents } = someBlock(keccak, { network: store.network })
    const good = someContents(keccak, { count: 1 })[0]!
    const short = someBytes(1, 31) as typeof good.hash
    const flipped = record.block.slice()
    flipped[60]! ^= 1
    const broken: [string, string, () => Promise<unknown>][] = [
      ['invalid-input', 'a short hash', () => store.putNodes([good, { hash: short, bytes: good.bytes }])],
      [
        'invalid-input',
        'no bytes',
        () => store.putNodes([{ hash: good.hash, bytes: '0x00' as unknown as Uint8Array }]),
      ],
      ['invalid-input', 'a huge node', () => store.putCodes([content(keccak, new Uint8Array(MAX_CONTENT_BYTES + 1))])],
      ['invalid-input', 'a short hash to read', () => store.getNodes([short])],
      ['invalid-input', 'too many', () => store.getNodes(Array.from({ length: MAX_READ_HASHES + 1 }, () => good.hash))],
      ['invalid-input', 'an empty header', () => store.putHeader(new Uint8Array())],
      ['invalid-input', 'other network', () => store.putBlock({ ...record, network: 'other' }, contents)],
      ['invalid-input', 'a changed header', () => store.putBlock({ ...record, block: flipped }, contents)],
      ['invalid-input', 'no block', () => store.putBlock({ ...record, block: someBytes(1, 90) }, contents)],
      [
        'invalid-input',
        'wrong parent',
        () => store.putBlock({ ...record, parentHeader: someHeader(1, short) }, contents),
      ],
      [
        'invalid-input',
        'too many ancestors',
        () =>
          store.putBlock({ ...record, ancestors: Array.from({ length: 257 }, () => record.ancestors[0]!) }, contents),
      ],
      ['invalid-input', 'a half period', () => store.putUpdate({ ...someUpdate(1), period: 1.5 })],
      ['invalid-input', 'a long digest', () => store.putUpdate({ ...someUpdate(1), forkDigest: someBytes(1, 5) })],
      ['invalid-input', 'no update', () => store.putUpdate({ ...someUpdate(1), ssz: new Uint8Array() })],
      ['invalid-input', 'a negative period', () => store.deleteUpdatesFrom(-1)],
      ['invalid-input', 'a short root', () => store.putBootstrap({ ...someBootstrap(1), trustedRoot: short as never })],
      [
        'invalid-input',
        'heads without bytes',
        () => store.putHeads({ ...someHeads(1), optimistic: { forkDigest: someBytes(1, 4), ssz: new Uint8Array() } }),
      ],
      [
        'invalid-input',
        'a head of a slot before the first',
        () => store.putHeads({ ...someHeads(9), summary: { ...someHeads(9).summary, optimisticSlot: -1 } }),
      ],
      [
        'invalid-input',
        'half a conflict',
        () => store.putConflict({ known: someUpdate(1), other: { ...someUpdate(1), forkDigest: short } }),
      ],
      ['too-large', 'more than a quarter', () => store.putNodes(someContents(keccak, { count: 4000 }))],
    ]
    for (const [kind, what, attempt] of broken) {
      await expect(attempt(), what).rejects.toMatchObject({ name: 'StoreError', kind })
    }
    expect(store.stats()).toMatchObject({ nodes: 0, codes: 0, headers: 0, blocks: 0, updates: 0 })
    expect(await store.bootstrap()).toBeUndefined()
    await store.close()
  })

  test.each(['', 'a/b', 'x'.repeat(65)])('is not opened for the network %j', async (network) => {
    await expect(open({ network, keccak })).rejects.toThrow(StoreError)
  })

  test('after close every method says so, twice closed is closed', async () => {
    const store = await fresh()
    const { record, contents } = someBlock(keccak, { network: store.network })
    const pending = store.putBlock(record, contents)
    await store.close()
    await store.close()
    await pending
    const attempts = [
      () => store.getNodes([]),
      () => store.putNodes([]),
      () => store.putHeader(someHeader(1, someBytes(1, 32))),
      () => store.putBlock(record, contents),
      () => store.getBlock(record.hash),
      () => store.listBlocks(),
      () => store.bootstrap(),
      () => store.putUpdate(someUpdate(1)),
      () => collect(store.updates()),
      () => store.putHeads(someHeads(1)),
      () => store.heads(),
      () => store.putConflict(someConflict(1)),
      () => store.conflict(),
    ]
    for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject({ kind: 'closed' })
    expect(store.stats().state).toBe('closed')
  })

  test('concurrent puts of overlapping contents all land', async () => {
    const store = await fresh()
    const all = someContents(keccak, { count: 400, length: 90 })
    await Promise.all(
      Array.from({ length: 40 }, async (_, at) => {
        const slice = all.slice(at * 9, at * 9 + 40)
        await store.putNodes(slice)
        expect(await store.getNodes(slice.map(({ hash }) => hash))).toEqual(slice.map(({ bytes }) => bytes))
      }),
    )
    const stored = await store.getNodes(all.map(({ hash }) => hash))
    expect(stored.filter(Boolean)).toHaveLength(40 * 9 + 31)
    expect(store.stats().nodes).toBe(40 * 9 + 31)
    await store.close()
  })

  test('any sequence of puts and reopens gives back what was put, or nothing, and never other bytes', async () => {
    const operation = fc.oneof(
      fc.record({
        kind: fc.constant('nodes' as const),
        items: fc.array(fc.tuple(fc.nat(400), fc.integer({ min: 1, max: 60_000 })), { maxLength: 12 }),
      }),
      fc.record({ kind: fc.constant('block' as const), number: fc.integer({ min: 2, max: 12 }) }),
      fc.record({ kind: fc.constant('update' as const), period: fc.nat(9) }),
      fc.record({ kind: fc.constant('reopen' as const) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 20 }), async (operations) => {
        const options = { network: freshNetwork(), keccak, maxBytes: 4 * 1024 * 1024, cacheBytes: 300_000 }
        let store = await open(options)
        const put = new Map<string, Uint8Array>()
        const blocks = new Map<number, ReturnType<typeof someBlock>>()
        const periods = new Set<number>()
        for (const step of operations) {
          if (step.kind === 'nodes') {
            const nodes = step.items.map(([seed, length]) => content(keccak, someBytes(seed, length)))
            await store.putNodes(nodes)
            for (const { hash, bytes } of nodes) put.set(hash.join(), bytes)
          } else if (step.kind === 'block') {
            const block = someBlock(keccak, { number: step.number, network: options.network })
            await store.putBlock(block.record, block.contents)
            blocks.set(step.number, block)
            for (const { hash, bytes } of block.contents.nodes) put.set(hash.join(), bytes)
          } else if (step.kind === 'update') {
            await store.putUpdate(someUpdate(step.period))
            periods.add(step.period)
          } else if (persistent) {
            await store.close()
            store = await open(options)
          }
        }
        const hashes = [...put.keys()].map((hash) => asHash(Uint8Array.from(hash.split(',').map(Number))))
        const found = await store.getNodes(hashes)
        const expected = [...put.values()]
        expect(found.filter((bytes, at) => bytes !== undefined && !equalsBytes(bytes, expected[at]!))).toEqual([])
        const { bytes, maxBytes, evictedPages, damagedContents } = store.stats()
        if (persistent && evictedPages === 0 && sumOf(expected) < maxBytes / 2) expect(found).not.toContain(undefined)
        expect(bytes).toBeLessThanOrEqual(maxBytes)
        expect(damagedContents).toBe(0)
        for (const { record } of blocks.values()) expect(await store.getBlock(record.hash)).toEqual(record)
        expect((await collect(store.updates())).map(({ period }) => period)).toEqual([...periods].sort((a, b) => a - b))
        await store.close()
      }),
      { numRuns: 100 },
    )
  })
})

function sumOf(arrays: readonly Uint8Array[]): number {
  return arrays.reduce((sum, { length }) => sum + length, 0)
}
