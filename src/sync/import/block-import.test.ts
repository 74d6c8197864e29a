import { bytesToHex } from '@ethereumjs/util'
import { describe, expect, test } from 'vitest'
import { loadKeccak } from '../../chain/keccak.ts'
import type { RawBlock } from '../../execution/block/raw-block.ts'
import { SimulatedClock } from '../../testing/simulated-clock.ts'
import type { BlockImport } from './block-import.ts'
import { SimulatedWorld, type Conduct } from './simulated-world.fixtures.ts'

const keccak = await loadKeccak()

type Rule = (what: string, block: RawBlock) => Conduct

function world(rule: Rule = () => 'honest', delay = 100) {
  const clock = new SimulatedClock(1_700_000_000_000)
  return { clock, world: new SimulatedWorld({ clock, keccak, delay: () => delay, conduct: rule }) }
}

const signed = (block: RawBlock) => ({ hash: block.header.hash, standing: 'signed' as const })
const hashOf = (block: RawBlock) => bytesToHex(block.header.hash)
const number = (block: RawBlock) => block.header.number

async function sync(imports: BlockImport, clock: SimulatedClock, block: RawBlock, ms = 5_000) {
  imports.setHead(signed(block))
  await clock.advance(ms)
}

describe('at the head', () => {
  test('the first head is executed at once on the state of its parent, and the following ones on each other', async () => {
    const { clock, world: net } = world()
    const chain = net.chain(6)
    const imports = net.open()
    await sync(imports, clock, chain[2]!)
    expect(net.states(chain[2]!)).toEqual(['pending', 'executing', 'fetching', 'executing', 'verified'])
    expect(imports.status()).toMatchObject({
      verified: { number: number(chain[2]!) },
      anchor: { number: number(chain[1]!) },
      lag: { blocks: 0, seconds: 0 },
    })
    await sync(imports, clock, chain[3]!)
    await sync(imports, clock, chain[5]!)
    expect(net.executed.map(({ block, on }) => [number(block), on.number])).toEqual(
      [2, 3, 4, 5].map((at) => [1000 + at, 999 + at]),
    )
    expect(net.kept).toEqual(chain.slice(2))
    expect(imports.status()).toMatchObject({ anchor: { number: 1001 }, totals: { verified: 4 }, pivots: { count: 0 } })
    expect(net.events.filter(({ kind }) => kind === 'latest')).toHaveLength(4)
    imports.close()
    expect(clock.waiting).toBe(0)
  })

  test('children are prepared on the newest root known while their ancestors are executed', async () => {
    const { clock, world: net } = world(() => 'honest', 1_000)
    const chain = net.chain(12)
    const imports = net.open()
    await sync(imports, clock, chain[1]!, 10_000)
    await sync(imports, clock, chain[11]!, 60_000)
    expect(net.mostExecuting).toBe(1)
    expect(net.prepared.length).toBeGreaterThan(5)
    expect(net.prepared).toContainEqual({ number: 1003, ground: 1001 })
    expect(imports.status().verified?.number).toBe(1011)
  })

  test('what cannot be had is said, tried again, and verified when it is there', async () => {
    let isDown = true
    const { clock, world: net } = world((what) => (what === 'execute' && isDown ? 'fails' : 'honest'))
    const chain = net.chain(3)
    const imports = net.open()
    await sync(imports, clock, chain[2]!, 10_000)
    expect(imports.status().blocks[0]).toMatchObject({ state: 'unavailable', reason: 'execute failed' })
    expect(imports.status().totals.unavailable).toBeGreaterThan(2)
    isDown = false
    await clock.advance(20_000)
    expect(imports.status().verified?.number).toBe(1002)
  })

  test('wrong bodies and wrong headers are refused by their hashes', async () => {
    let isLying = true
    const { clock, world: net } = world((what) =>
      isLying && (what === 'block' || what === 'headers') ? 'lies' : 'honest',
    )
    const chain = net.chain(5)
    const imports = net.open()
    await sync(imports, clock, chain[4]!, 10_000)
    expect(imports.status().stopped).toMatch(/asked for the block/)
    expect(net.executed).toEqual([])
    isLying = false
    await clock.advance(40_000)
    expect(imports.status()).toMatchObject({ verified: { number: 1004 }, stopped: undefined })
  })

  test('a server that hangs holds nothing for ever', async () => {
    let hangs: string | undefined = 'block'
    const { clock, world: net } = world((what) => (what === hangs ? 'hangs' : 'honest'))
    const chain = net.chain(5)
    const imports = net.open()
    await sync(imports, clock, chain[3]!, 40_000)
    hangs = 'headers'
    await clock.advance(70_000)
    hangs = 'keep'
    await clock.advance(60_000)
    expect(imports.status()).toMatchObject({ verified: { number: 1003 }, waiting: { records: 1 } })
    hangs = undefined
    await sync(imports, clock, chain[4]!, 130_000)
    expect(imports.status()).toMatchObject({ verified: { number: 1004 }, waiting: { records: 0 } })
  })

  test('a disk that cannot follow holds execution, and a record that is not kept is said', async () => {
    let isSlow = true
    const { clock, world: net } = world((what) => (what === 'keep' && isSlow ? 'hangs' : 'honest'))
    const chain = net.chain(12)
    const imports = net.open()
    await sync(imports, clock, chain[1]!)
    await sync(imports, clock, chain[11]!, 30_000)
    expect(imports.status()).toMatchObject({ verified: { number: 1004 }, waiting: { records: 4 } })
    isSlow = false
    await clock.advance(130_000)
    expect(imports.status()).toMatchObject({ verified: { number: 1011 }, waiting: { records: 0 } })
    const first = net.events.findLast((event) => event.kind === 'block' && event.block.number === 1001)
    expect(first).toMatchObject({ block: { state: 'verified', record: { kind: 'not-kept' } } })
  })
})

describe('pivots', () => {
  test('too far behind, it goes on at the head, keeps what is of use and says what is not verified', async () => {
    const { clock, world: net } = world(() => 'honest', 1_000)
    const chain = net.chain(60)
    const imports = net.open({ maxLag: 30 })
    await sync(imports, clock, chain[1]!, 10_000)
    await sync(imports, clock, chain[40]!, 20_000)
    expect(imports.status()).toMatchObject({
      verified: { number: 1040 },
      anchor: { number: 1039 },
      pivots: { count: 1, latest: [{ kind: 'start' }, { kind: 'lag', skipped: 38, to: { number: 1039 } }] },
      skipped: { count: 38, marks: [{ from: 1002, to: 1039, reason: '39 blocks behind the head, more than 30' }] },
    })
    expect(net.marks).toMatchObject({ pivots: 1, skippedBlocks: 38 })
    expect(net.states(chain[20]!).at(-1)).toBe('skipped')
  })

  test('a head that descends from nothing known near is a gap', async () => {
    const { clock, world: net } = world()
    const chain = net.chain(400)
    const imports = net.open()
    await sync(imports, clock, chain[1]!)
    await sync(imports, clock, chain[399]!)
    expect(imports.status()).toMatchObject({
      verified: { number: 1399 },
      skipped: { count: 397 },
      pivots: { latest: [{ kind: 'start' }, { kind: 'gap', from: { number: 1001 }, to: { number: 1398 } }] },
    })
  })

  test('over a cap a block is skipped, not verified, and the next is executed on its header’s root', async () => {
    const { clock, world: net } = world((what, block) =>
      what === 'execute' && block.header.number === 1003 ? 'huge' : 'honest',
    )
    const chain = net.chain(6)
    const imports = net.open()
    await sync(imports, clock, chain[2]!)
    await sync(imports, clock, chain[5]!)
    expect(net.executed.map(({ block }) => number(block))).toEqual([1002, 1004, 1005])
    expect(net.states(chain[3]!).at(-1)).toBe('skipped')
    expect(imports.status()).toMatchObject({
      anchor: { number: 1003 },
      skipped: { count: 1, marks: [{ from: 1003, to: 1003, hash: bytesToHex(chain[3]!.header.hash) }] },
    })
  })

  test('a block that is not done in time is skipped', async () => {
    const { clock, world: net } = world((what, block) =>
      what === 'execute' && block.header.number === 1002 ? 'hangs' : 'honest',
    )
    const chain = net.chain(4)
    const imports = net.open()
    await sync(imports, clock, chain[2]!, 61_000)
    expect(imports.status().skipped.count).toBe(1)
    await sync(imports, clock, chain[3]!)
    expect(imports.status()).toMatchObject({ verified: { number: 1003 }, anchor: { number: 1002 } })
  })

  test('where the state is gone it goes on at the head; at the head itself it asks again', async () => {
    let gone = 1003
    const { clock, world: net } = world((what, block) =>
      what === 'execute' && block.header.number <= gone && block.header.number > 1001 ? 'state-gone' : 'honest',
    )
    const chain = net.chain(8)
    const imports = net.open()
    await sync(imports, clock, chain[1]!)
    await sync(imports, clock, chain[6]!)
    expect(imports.status()).toMatchObject({ verified: { number: 1006 }, anchor: { number: 1005 } })
    gone = 1007
    await sync(imports, clock, chain[7]!)
    expect(imports.status().blocks[0]).toMatchObject({ number: 1007, state: 'unavailable' })
    gone = 0
    await clock.advance(20_000)
    expect(imports.status().verified?.number).toBe(1007)
  })
})

describe('what is wrong', () => {
  const bad =
    (at: number, how: Conduct = 'contradicted'): Rule =>
    (what, block) =>
      what === 'execute' && block.header.number === at ? how : 'honest'

  test('signed by a committee, it is in dispute with all that descends from it, and nothing above is executed', async () => {
    const { clock, world: net } = world(bad(1003))
    const chain = net.chain(60)
    const imports = net.open()
    await sync(imports, clock, chain[2]!)
    await sync(imports, clock, chain[5]!)
    expect(net.states(chain[3]!).at(-1)).toBe('disputed')
    expect(net.states(chain[5]!).at(-1)).toBe('disputed')
    const refusals = net.events.filter((event) => event.kind === 'refused')
    expect(refusals.filter(({ bundle }) => bundle !== undefined).map(({ block }) => block.number)).toEqual([1003])
    const status = imports.status()
    expect(status.disputes).toMatchObject([{ number: 1003, reason: 'stateRoot is 0x02, not 0x01' }])
    expect(status.stopped).toMatch(/1003 is disputed/)
    // Neither time nor lag makes it good.
    await sync(imports, clock, chain[59]!, 60_000)
    expect(net.executed.map(({ block }) => number(block))).toEqual([1002])
    expect(imports.status()).toMatchObject({ verified: { number: 1002 }, pivots: { latest: [{ kind: 'start' }] } })
  })

  test('unsigned it is invalid, and in dispute from when a block above it is signed', async () => {
    const { clock, world: net } = world(bad(1002))
    const chain = net.chain(4)
    const imports = net.open()
    await sync(imports, clock, chain[1]!)
    imports.setHead({ hash: chain[2]!.header.hash, standing: 'unsigned' })
    await clock.advance(2_000)
    expect(net.states(chain[2]!).at(-1)).toBe('invalid')
    expect(imports.status()).toMatchObject({ disputes: [], totals: { invalid: 1, disputed: 0 } })
    await sync(imports, clock, chain[3]!)
    expect(net.states(chain[2]!).at(-1)).toBe('disputed')
    expect(imports.status().disputes).toMatchObject([{ number: 1002 }])
  })

  test('another branch is executed from the common ancestor, and finality ends the dispute', async () => {
    const { clock, world: net } = world((what, block) =>
      what === 'execute' && block.header.hash.join() === wrong ? 'contradicted' : 'honest',
    )
    const trunk = net.chain(3)
    const branch = net.chain(2, trunk[2])
    const other = net.chain(3, trunk[2])
    const wrong = branch[0]!.header.hash.join()
    const imports = net.open()
    await sync(imports, clock, trunk[2]!)
    await sync(imports, clock, branch[1]!)
    expect(imports.status().disputes).toHaveLength(1)
    await sync(imports, clock, other[2]!)
    expect(imports.status()).toMatchObject({ verified: { number: 1005 }, totals: { reorganizations: 1 } })
    expect(net.executed.at(-3)!.on.hash).toEqual(trunk[2]!.header.hash)
    imports.setFinalized(other[0]!.header.hash)
    expect(imports.status().disputes).toEqual([])
    expect(net.marks?.disputes).toEqual([])
  })

  test('a dispute outlives the session: the head above it is not followed, another branch is', async () => {
    const { clock, world: net } = world(bad(1003))
    const chain = net.chain(8)
    const other = net.chain(5, chain[2])
    const first = net.open()
    await sync(first, clock, chain[2]!)
    await sync(first, clock, chain[4]!)
    first.close()
    for (const resumed of [[], chain.slice(2, 3).map(({ header }) => header)]) {
      const second = net.open({ marks: net.marks!, resumed })
      await sync(second, clock, chain[7]!, 20_000)
      expect(second.status().verified).toBeUndefined()
      expect(second.status().stopped).toMatch(/disputed|in dispute/)
      expect(second.status().disputes).toHaveLength(1)
      second.close()
    }
    net.blocks.delete('')
    const third = net.open({ marks: net.marks!, resumed: [chain[1]!.header, chain[2]!.header] })
    await sync(third, clock, other[0]!)
    expect(third.status().verified).toBeUndefined()
    third.close()
  })

  test('what only the fast engine calls invalid is verified by the slow one, and said', async () => {
    const { clock, world: net } = world(bad(1002, 'wrongly-contradicted'))
    const chain = net.chain(3)
    const imports = net.open()
    await sync(imports, clock, chain[2]!)
    expect(net.states(chain[2]!).at(-1)).toBe('verified')
    expect(imports.status().totals).toMatchObject({ overturned: 1, verified: 1, invalid: 0 })
    expect(net.events.filter(({ kind }) => kind === 'overturned')).toHaveLength(1)
  })
})

test('an unsigned head is no anchor: nothing is executed below it that no signed head proves', async () => {
  const { clock, world: net } = world()
  const chain = net.chain(40)
  const unsigned = (block: RawBlock) => ({ hash: block.header.hash, standing: 'unsigned' as const })
  const imports = net.open({ resumed: [chain[1]!.header] })
  imports.setHead(unsigned(chain[3]!))
  await clock.advance(5_000)
  expect(net.executed).toEqual([])
  await sync(imports, clock, chain[3]!)
  expect(imports.status()).toMatchObject({ verified: { number: 1003 }, anchor: { number: 1001 } })
  // Above what is verified it is executed, and neither passed nor taken for proven.
  imports.setHead(unsigned(chain[38]!))
  await clock.advance(30_000)
  expect(imports.status()).toMatchObject({ verified: { number: 1038 }, skipped: { count: 0 } })
  imports.close()
  const fresh = net.open()
  fresh.setHead(unsigned(chain[3]!))
  await clock.advance(5_000)
  expect(fresh.status()).toMatchObject({
    verified: undefined,
    stopped: 'the head is not signed, and descends from nothing known',
  })
  fresh.close()
})

describe('reorganizations', () => {
  test('the new branch is executed from the common ancestor; what was under way on the old one is ended', async () => {
    const { clock, world: net } = world(() => 'honest', 500)
    const trunk = net.chain(4)
    const old = net.chain(3, trunk[3])
    const young = net.chain(4, trunk[3])
    const imports = net.open()
    await sync(imports, clock, trunk[3]!)
    await sync(imports, clock, old[2]!, 1_200)
    await sync(imports, clock, young[3]!, 20_000)
    expect(imports.status()).toMatchObject({ verified: { number: 1007, hash: bytesToHex(young[3]!.header.hash) } })
    expect(net.executing).toBeLessThanOrEqual(1)
    expect(net.executed.find(({ block }) => hashOf(block) === hashOf(young[0]!))!.on.hash).toEqual(
      trunk[3]!.header.hash,
    )
    imports.setFinalized(young[1]!.header.hash)
    // And back is no way any more.
    await sync(imports, clock, old[2]!, 20_000)
    expect(imports.status().stopped).toMatch(/not above the finalized block/)
  })

  test('a branch from before everything kept starts over, and says so', async () => {
    const { clock, world: net } = world()
    const trunk = net.chain(5)
    const other = net.chain(9, trunk[1])
    const imports = net.open()
    await sync(imports, clock, trunk[4]!)
    await sync(imports, clock, other[4]!)
    expect(imports.status()).toMatchObject({
      verified: { hash: bytesToHex(other[4]!.header.hash) },
      pivots: { latest: [{ kind: 'start' }, { kind: 'reorganization' }] },
    })
  })

  test('128 verified blocks below the newest one stay to go back to', async () => {
    const { clock, world: net } = world(() => 'honest', 10)
    const chain = net.chain(200)
    const imports = net.open()
    for (let at = 1; at < 200; at += 10) await sync(imports, clock, chain[at]!, 1_000)
    await sync(imports, clock, chain[199]!, 1_000)
    const fork = net.chain(100, chain[110])
    const before = net.executed.length
    await sync(imports, clock, fork[20]!, 10_000)
    expect(net.executed.slice(before).map(({ block }) => hashOf(block))).toEqual(fork.slice(0, 21).map(hashOf))
  })
})
