import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { RLP } from '@ethereumjs/rlp'
import { bytesToHex, hexToBytes, utf8ToBytes } from '@ethereumjs/util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { orderedRoot } from '../../execution/block/ordered-root.ts'
import { loadWasmCrypto } from '../../execution/crypto/wasm-crypto.ts'
import { blockchainTests } from './blockchain-tests.ts'
import type { Outcome } from './suite.ts'
import { chainMaker, FIELD, integer, invalid, SENDER, valid, WRITER, type MadeBlock } from './test-chain.fixtures.ts'
import { tarArchive } from './tar.fixtures.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'beamtab-blockchain-tests-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** The suite's outcomes by case, over an archive of one file with these tests. */
async function run(tests: Record<string, unknown>): Promise<Record<string, Outcome>> {
  const archive = tarArchive([{ name: 'Blocks/made.json', text: JSON.stringify(tests) }])
  await writeFile(join(folder, 'made.tar.gz'), gzipSync(archive))
  return outcomes()
}

async function outcomes(): Promise<Record<string, Outcome>> {
  const found: Record<string, Outcome> = {}
  for await (const each of blockchainTests.cases(folder)) {
    found[each.name.replace('made.tar.gz/Blocks/made.json/', '')] = await each.run()
  }
  return found
}

async function runOne(test: unknown): Promise<Outcome> {
  return (await run({ test }))['test']!
}

const passed = { kind: 'passed' }
const callWriter = { to: WRITER, nonce: 0 }

describe('a chain', () => {
  test.each(['Homestead', 'Istanbul', 'London', 'Shanghai', 'Cancun'] as const)('of %s passes', async (fork) => {
    const chain = await chainMaker(fork)
    const first = await chain.block(chain.genesis, { calls: [callWriter] })
    const second = await chain.block(first)
    expect(await runOne(chain.test([valid(first), valid(second)], second))).toEqual(passed)
  })

  test('fails where a block that should be refused is verified, and where a valid one is not', async () => {
    const chain = await chainMaker('Cancun')
    const first = await chain.block(chain.genesis)
    const spoiled = await chain.block(first, { spoil: (header) => (header[FIELD.stateRoot] = new Uint8Array(32)) })
    expect(
      await run({
        verified: chain.test([invalid(first, 'SomeRule')], first),
        refused: chain.test([valid(first), valid(spoiled)], spoiled),
        both: chain.test([valid(first), invalid(spoiled)], first),
      }),
    ).toEqual({
      verified: { kind: 'failed', error: 'block 0: verified, expected to be refused for SomeRule' },
      refused: { kind: 'failed', error: expect.stringContaining('block 1: mismatch of stateRoot') as string },
      both: passed,
    })
  })

  test('may hold garbage that is to be refused', async () => {
    const chain = await chainMaker('Cancun')
    const first = await chain.block(chain.genesis)
    const garbage = [
      invalid({ rlp: new Uint8Array(0) }),
      invalid({ rlp: hexToBytes('0xdeadbeef') }),
      invalid({ rlp: first.rlp.subarray(0, -1) }),
      { rlp: 'no hex at all', expectExceptionALL: 'RLP' },
      // The oldest tests say it by leaving the header out.
      { rlp: '0xc0' },
    ]
    expect(await runOne(chain.test([...garbage, valid(first)], first))).toEqual(passed)
  })

  test('fails at the block whose hash is not the one the test gives', async () => {
    const chain = await chainMaker('Cancun')
    const first = await chain.block(chain.genesis)
    const other = { rlp: bytesToHex(first.rlp), blockHeader: { hash: bytesToHex(chain.genesis.hash) } }
    expect(await runOne(chain.test([other], first))).toMatchObject({
      error: expect.stringContaining('blockHash') as string,
    })
  })

  test('is skipped, by name, where its fork is not supported', async () => {
    const chain = await chainMaker('Cancun')
    const reason = 'fork Atlantis is not supported'
    expect(await runOne(chain.test([], chain.genesis, { network: 'Atlantis' }))).toEqual({ kind: 'skipped', reason })
  })

  test('fails where its genesis is not the state or the header it says', async () => {
    const chain = await chainMaker('Cancun')
    const other = await chainMaker('Shanghai')
    const { genesisBlockHeader } = other.test([], other.genesis)
    const wrongHash = { ...(genesisBlockHeader as object), hash: bytesToHex(chain.genesis.hash) }
    const wrongHeader = chain.test([], chain.genesis, { genesisBlockHeader: wrongHash })
    await expect(runOne(wrongHeader)).rejects.toThrow('genesis: the hash of its header is')
    await expect(runOne(chain.test([], chain.genesis, { pre: {} }))).rejects.toThrow('the root of its accounts')
  })
})

describe('a chain that changes its fork', () => {
  test.each(['EIP158ToByzantiumAt5', 'ByzantiumToConstantinopleFixAt5', 'ConstantinopleFixToIstanbulAt5'])(
    'passes as %s',
    async (fork) => {
      const chain = await chainMaker(fork)
      const blocks = [chain.genesis]
      for (let nonce = 0; nonce < 6; nonce++)
        blocks.push(await chain.block(blocks.at(-1)!, { calls: [{ to: WRITER, nonce }] }))
      const last = blocks.at(-1)!
      expect(await runOne(chain.test(blocks.slice(1).map(valid), last))).toEqual(passed)
      const earlier = { network: fork.replace(/To.*/, '') }
      expect(await runOne(chain.test(blocks.slice(1).map(valid), last, earlier))).toMatchObject({
        error: expect.stringContaining('block 4: mismatch') as string,
      })
    },
  )

  test('needs the DAO’s ten blocks to say so', async () => {
    const chain = await chainMaker('HomesteadToDaoAt5')
    const says = { prepare: (header: Uint8Array[]) => (header[FIELD.extraData] = utf8ToBytes('dao-hard-fork')) }
    const told: object[] = []
    let last = chain.genesis
    for (let number = 1; number <= 15; number++) {
      const parent: MadeBlock = last
      const isForced = number >= 5 && number < 15
      last = await chain.block(parent, isForced ? says : {})
      if (isForced) told.push(invalid({ rlp: withExtraData(last, new Uint8Array(0)) }))
      told.push(valid(last))
    }
    expect(await runOne(chain.test(told, last))).toEqual(passed)
  })

  test('gets a base fee and twice the gas limit at London', async () => {
    const chain = await chainMaker('BerlinToLondonAt5')
    const blocks = [chain.genesis]
    for (let i = 0; i < 4; i++) blocks.push(await chain.block(blocks.at(-1)!))
    const berlin = blocks.at(-1)!
    const prepare = (header: Uint8Array[]) => {
      header[FIELD.gasLimit] = integer(16_000_000)
      header[FIELD.baseFee] = integer(1_000_000_000)
    }
    const london = await chain.block(berlin, { prepare })
    const cheap = await chain.block(berlin, { prepare, spoil: (header) => (header[FIELD.baseFee] = integer(7)) })
    const told = [...blocks.slice(1).map(valid), invalid(cheap), valid(london)]
    expect(await runOne(chain.test(told, london))).toEqual(passed)
  })

  test.each(['ParisToShanghaiAtTime15k', 'ShanghaiToCancunAtTime15k'])('needs the fields of %s', async (fork) => {
    const chain = await chainMaker(fork)
    const at = (seconds: number) => ({
      spoil: (header: Uint8Array[]) => (header[FIELD.timestamp] = integer(seconds)),
    })
    const before = await chain.block(chain.genesis, at(14_999))
    const without = await chain.block(chain.genesis, at(15_000))
    expect(await runOne(chain.test([invalid(without), valid(before)], before))).toEqual(passed)
  })

  function withExtraData({ header }: MadeBlock, extraData: Uint8Array): Uint8Array {
    return RLP.encode([header.with(FIELD.extraData, extraData), [], []])
  }
})

describe('the head', () => {
  test('is that of highest total difficulty under proof of work, the first of equals', async () => {
    const chain = await chainMaker('Istanbul')
    const [a, b] = [await chain.block(chain.genesis), await brother(chain.genesis)]
    const c = await chain.block(b)
    expect(await runOne(chain.test([valid(a), valid(b)], a))).toEqual(passed)
    expect(await runOne(chain.test([valid(a), valid(b), valid(c)], c))).toEqual(passed)
    expect(await runOne(chain.test([valid(a), valid(b)], b))).toMatchObject({
      error: expect.stringContaining('the last block is') as string,
    })

    function brother(parent: MadeBlock) {
      return chain.block(parent, { prepare: (header) => (header[FIELD.extraData] = Uint8Array.of(1)) })
    }
  })

  test('is the last valid block under proof of stake', async () => {
    const chain = await chainMaker('Cancun')
    const first = await chain.block(chain.genesis)
    const second = await chain.block(first)
    const other = await chain.block(chain.genesis, {
      prepare: (header) => (header[FIELD.extraData] = Uint8Array.of(1)),
    })
    expect(await runOne(chain.test([valid(first), valid(second), valid(other)], other))).toEqual(passed)
  })
})

describe('the post state', () => {
  async function madeWith(change: (accounts: Record<string, Record<string, unknown>>) => void) {
    const chain = await chainMaker('Cancun')
    const first = await chain.block(chain.genesis, {
      calls: [callWriter],
      prepare: (header) => (header[FIELD.coinbase] = hexToBytes(SENDER)),
    })
    const postState = structuredClone(chain.pre) as Record<string, Record<string, unknown>>
    postState[WRITER]!['storage'] = { '0x00': '0x01', '0x01': '0x02' }
    // The sender is the miner: it gets back all but the burnt base fee of 7 for 43,106 gas.
    postState[SENDER]!['nonce'] = '0x01'
    postState[SENDER]!['balance'] = `0x${(10n ** 18n - 7n * 43_106n).toString(16)}`
    change(postState)
    return runOne(chain.test([valid(first)], first, { postState }))
  }

  test('passes as it is', async () => {
    expect(await madeWith(() => undefined)).toEqual(passed)
  })

  test.each([
    ['a balance', `balance: expected 5`, (state) => (state[SENDER]!['balance'] = '0x05')],
    ['a nonce', 'nonce: expected 7', (state) => (state[SENDER]!['nonce'] = '0x07')],
    ['code', 'code: expected 0xfe', (state) => (state[WRITER]!['code'] = '0xfe')],
    ['a slot', 'slot 0x0', (state) => (state[WRITER]!['storage'] = { '0x00': '0x09', '0x01': '0x02' })],
    ['one slot less', 'slots besides', (state) => (state[WRITER]!['storage'] = { '0x00': '0x01' })],
    ['one account less', 'accounts besides', (state) => delete state[WRITER]],
    ['one account more', 'is not there', (state) => (state[`0x${'99'.repeat(20)}`] = { ...state[SENDER] })],
  ] satisfies [string, string, (state: Record<string, Record<string, unknown>>) => unknown][])(
    'with another expectation of %s fails',
    async (_, problem, change) => {
      expect(await madeWith((state) => void change(state))).toMatchObject({
        kind: 'failed',
        error: expect.stringContaining(problem) as string,
      })
    },
  )
})

describe('uncles', () => {
  const extra = (byte: number) => ({
    prepare: (header: Uint8Array[]) => (header[FIELD.extraData] = Uint8Array.of(byte)),
  })

  test('of earlier generations are rewarded and verified; all others are refused', async () => {
    const chain = await chainMaker('Istanbul')
    const first = await chain.block(chain.genesis)
    const uncle = await chain.block(chain.genesis, extra(1))
    const spoiled = await chain.block(chain.genesis, { spoil: (header) => (header[FIELD.gasLimit] = integer(9)) })
    const second = await chain.block(first, { uncles: [uncle] })
    const brother = await chain.block(first, extra(2))
    const stranger = await chain.block(uncle, extra(3))
    const refused = [
      await chain.block(first, { uncles: [first] }),
      await chain.block(first, { uncles: [chain.genesis] }),
      await chain.block(first, { uncles: [brother] }),
      await chain.block(first, { uncles: [stranger] }),
      await chain.block(first, { uncles: [spoiled] }),
      await chain.block(first, { uncles: [uncle, spoiled] }),
    ]
    const twice = await chain.block(second, { uncles: [uncle] })
    const third = await chain.block(second)
    const blocks = [
      valid(first),
      ...refused.map((block) => invalid(block)),
      valid(second),
      invalid(twice),
      valid(third),
    ]
    expect(await runOne(chain.test(blocks, third))).toEqual(passed)
  })

  test('are looked for among seven generations', async () => {
    const chain = await chainMaker('Istanbul')
    const uncle = await chain.block(chain.genesis, extra(1))
    const blocks: MadeBlock[] = [chain.genesis]
    for (let i = 0; i < 7; i++) blocks.push(await chain.block(blocks.at(-1)!))
    const oldest = await chain.block(blocks[6]!, { uncles: [uncle] })
    const tooOld = await chain.block(blocks[7]!, { uncles: [uncle] })
    const chainBlocks = blocks.slice(1).map(valid)
    expect(await runOne(chain.test([...chainBlocks, valid(oldest), invalid(tooOld)], blocks[7]!))).toEqual(passed)
  })
})

describe('a rule that is not checked', () => {
  test('is the reason why a test is skipped, if nothing else is wrong with the block', async () => {
    const chain = await chainMaker('Istanbul')
    const first = await chain.block(chain.genesis)
    const spoiled = await chain.block(first, { spoil: (header) => (header[FIELD.stateRoot] = new Uint8Array(32)) })
    const seal = { sealEngine: 'Ethash' }
    const found = await run({
      seal: chain.test([invalid(first, 'InvalidBlockNonce')], chain.genesis, seal),
      noSeal: chain.test([invalid(first, 'InvalidBlockNonce')], chain.genesis),
      other: chain.test([invalid(first, 'InvalidStateRoot')], chain.genesis, seal),
      both: chain.test([valid(first), invalid(spoiled, 'InvalidBlockNonce')], first, seal),
    })
    const skip = 'block 0 is to be refused for InvalidBlockNonce: proof of work is not checked'
    expect(found).toMatchObject({
      seal: { kind: 'skipped', reason: skip },
      noSeal: { kind: 'failed' },
      other: { kind: 'failed' },
      both: passed,
    })
  })

  test('is the total difficulty that ends proof of work', async () => {
    const chain = await chainMaker('London')
    const first = await chain.block(chain.genesis)
    const tooLate = { network: 'LondonToParisAtDiff10' }
    const inTime = { network: 'LondonToParisAtDiffFFFFFFF' }
    const found = await run({
      late: chain.test([invalid(first, 'WRONG_POW')], chain.genesis, tooLate),
      early: chain.test([invalid(first, 'WRONG_POW')], chain.genesis, inTime),
      valid: chain.test([valid(first)], first, inTime),
    })
    expect(found).toMatchObject({ late: { kind: 'skipped' }, early: { kind: 'failed' }, valid: passed })
  })
})

describe('a block is refused', () => {
  test.each([
    ['a gas limit of 2^63', (header: Uint8Array[]) => (header[FIELD.gasLimit] = hexToBytes('0x8000000000000000'))],
    ['a number with a leading zero', (header: Uint8Array[]) => (header[FIELD.gasLimit] = hexToBytes('0x007a1200'))],
    ['33 bytes of extra data', (header: Uint8Array[]) => (header[FIELD.extraData] = new Uint8Array(33))],
    ['the time of its parent', (header: Uint8Array[]) => (header[FIELD.timestamp] = new Uint8Array(0))],
    ['one field more', (header: Uint8Array[]) => header.push(new Uint8Array(32))],
    ['one field less', (header: Uint8Array[]) => header.pop()],
  ])('with %s', async (_, spoil) => {
    const chain = await chainMaker('Shanghai')
    const block = await chain.block(chain.genesis, { spoil: (header) => void spoil(header) })
    expect(await runOne(chain.test([invalid(block)], chain.genesis))).toEqual(passed)
  })

  test('with a legacy transaction in a byte string', async () => {
    const chain = await chainMaker('London')
    const block = await chain.block(chain.genesis, { calls: [callWriter] })
    const [header, [transaction]] = RLP.decode(block.rlp) as [Uint8Array[], Uint8Array[][]]
    const wrapped = RLP.encode([header, [RLP.encode(transaction)], []])
    expect(await runOne(chain.test([invalid({ rlp: wrapped }), valid(block)], block))).toEqual(passed)
  })

  test('with a withdrawal that is none', async () => {
    const chain = await chainMaker('Shanghai')
    const address = hexToBytes(WRITER)
    const nothing = new Uint8Array(0)
    const withdrawal = [integer(1), integer(2), address, integer(3)]
    const wrong = [
      [integer(1), integer(2), address],
      [integer(1), integer(2), address, integer(3), nothing],
      [new Uint8Array(9).fill(1), integer(2), address, integer(3)],
      [Uint8Array.of(0, 1), integer(2), address, integer(3)],
      [integer(1), integer(2), address.subarray(1), integer(3)],
    ]
    const good = await chain.block(chain.genesis, { withdrawals: [withdrawal] })
    expect(await runOne(chain.test([valid(good)], good))).toEqual(passed)
    const { keccak } = await loadWasmCrypto()
    for (const fields of wrong) {
      const header = [...good.header]
      header[16] = orderedRoot([RLP.encode(fields)], keccak)
      const block = invalid({ rlp: RLP.encode([header, [], [], [fields]]) })
      expect(await runOne(chain.test([block], chain.genesis)), `${fields.length} fields`).toEqual(passed)
    }
  })
})

describe('discovery', () => {
  test('finds unpacked files, and passes over tables of contents and other formats', async () => {
    const chain = await chainMaker('Cancun')
    await mkdir(join(folder, 'unpacked', '.meta'), { recursive: true })
    await writeFile(join(folder, 'unpacked', 'a.json'), JSON.stringify({ empty: chain.test([], chain.genesis) }))
    await writeFile(join(folder, 'unpacked', 'b.json'), JSON.stringify({ state: { env: {}, pre: {} } }))
    await writeFile(join(folder, 'unpacked', 'c.json'), '{')
    await writeFile(join(folder, 'unpacked', '.meta', 'index.json'), '{}')
    const found = await outcomes()
    expect(found['unpacked/a.json/empty']).toEqual(passed)
    expect(found['unpacked/b.json/state']).toMatchObject({ kind: 'skipped' })
    expect(found['unpacked/c.json']).toMatchObject({ kind: 'failed' })
    expect(Object.keys(found)).toHaveLength(3)
  })

  test('goes on after a damaged archive, which fails', async () => {
    const chain = await chainMaker('Cancun')
    const text = JSON.stringify({ empty: chain.test([], chain.genesis) })
    const archive = gzipSync(tarArchive([{ name: 'a.json', text }]))
    await writeFile(join(folder, '1.tar.gz'), archive.subarray(0, -100))
    await writeFile(join(folder, '2.tar.gz'), archive)
    expect(await outcomes()).toMatchObject({
      '1.tar.gz': { kind: 'failed', error: expect.stringContaining('unexpected end of file') as string },
      '2.tar.gz/a.json/empty': passed,
    })
  })
})
