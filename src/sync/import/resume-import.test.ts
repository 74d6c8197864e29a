/** A kill at any write: what is resumed is what was finished, whole. */
import { equalsBytes } from '@ethereumjs/util'
import { expect, test } from 'vitest'
import type { Hash } from '../../chain/bytes.ts'
import { loadKeccak } from '../../chain/keccak.ts'
import type { RawBlock } from '../../execution/block/raw-block.ts'
import { content, someContents } from '../../state/store/fixtures.ts'
import { openLevelStore } from '../../state/store/level-store.ts'
import { type SimulatedDisk, simulatedLevel } from '../../state/store/simulated-level.fixtures.ts'
import type { Content, Store } from '../../state/store/store.ts'
import { NO_MARKS } from './import-marks.ts'
import { markKeeper, resumeImport } from './resume-import.ts'
import { madeUpBlock } from './simulated-world.fixtures.ts'

const keccak = await loadKeccak()

interface Made {
  readonly block: RawBlock
  readonly parent: RawBlock
  readonly nodes: readonly Content[]
}

/** Consecutive blocks with states of their own. */
function made(count: number): Made[] {
  const all: Made[] = []
  let parent = madeUpBlock(keccak, undefined, 1)
  for (let salt = 2; salt < count + 2; salt++) {
    const nodes = someContents(keccak, { from: salt * 1_000, count: 20 })
    const root = content(keccak, Uint8Array.of(salt, 1, 2, 3))
    const block = madeUpBlock(keccak, parent, salt, root.hash)
    all.push({ block, parent, nodes: [...nodes, root] })
    parent = block
  }
  return all
}

async function put(store: Store, { block, parent, nodes }: Made): Promise<void> {
  const witness = { nodes: nodes.map(({ hash }) => hash), codes: [] }
  const { hash } = block.header
  const ancestors = [{ number: parent.header.number, hash: parent.header.hash }]
  const record = { hash, network: 'testnet', block: block.rlp, parentHeader: parent.header.rlp, ancestors, witness }
  await store.putBlock(record, { nodes, codes: [], headers: [parent.header.rlp] })
}

const open = (disk: SimulatedDisk, most?: number) =>
  openLevelStore(simulatedLevel(disk, most), { network: 'testnet', keccak })

const resumed = async (store: Store) => (await resumeImport(store, keccak)).resumed

test('killed at any write, it goes on from the last block that was stored', async () => {
  const blocks = made(6)
  for (let most = 2; most < 12; most++) {
    const disk: SimulatedDisk = new Map()
    const doomed = await open(disk, most)
    const done: Hash[] = []
    for (const one of blocks) {
      await markKeeper(doomed)
        .keep({ ...NO_MARKS, pivots: done.length })
        .catch(() => undefined)
      await put(doomed, one).then(
        () => done.push(one.block.header.hash),
        () => undefined,
      )
    }
    // Not closed: it is killed. Another process opens what is on the disk.
    const store = await open(disk)
    expect((await resumed(store)).map(({ hash }) => hash)).toEqual(done)
    for (const hash of done) {
      const { witness } = (await store.getBlock(hash))!
      expect(await store.getNodes(witness.nodes)).not.toContain(undefined)
    }
    expect((await resumeImport(store, keccak)).marks.pivots).toBeLessThanOrEqual(done.length + 1)
    await store.close()
  }
})

test('branches off the chain of the block stored last are resumed with it, others are not', async () => {
  const [a, b, c] = made(3) as [Made, Made, Made]
  const side = { ...c, block: madeUpBlock(keccak, b.block, 77, c.nodes.at(-1)!.hash), parent: b.block }
  const other = made(5).at(-1)!
  const store = await open(new Map())
  for (const one of [
    { ...other, block: madeUpBlock(keccak, other.block, 99, other.nodes.at(-1)!.hash), parent: other.block },
    a,
    b,
    side,
    c,
  ])
    await put(store, one)
  const hashes = (await resumed(store)).map(({ hash }) => hash)
  expect(hashes).toHaveLength(4)
  expect(hashes.slice(0, 2)).toEqual([a.block.header.hash, b.block.header.hash])
  expect(hashes.some((hash) => equalsBytes(hash, side.block.header.hash))).toBe(true)
  await store.close()
})

test('a block whose state is gone is no ground', async () => {
  const [a, b] = made(2) as [Made, Made]
  const store = await open(new Map())
  await put(store, a)
  await put(store, { ...b, nodes: b.nodes.slice(0, -1) })
  expect((await resumed(store)).map(({ hash }) => hash)).toEqual([a.block.header.hash])
  await store.close()
})
