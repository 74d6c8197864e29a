/** Real blocks spoiled in every place: each comes to an outcome that names what is wrong, and none is verified. */
import { RLP } from '@ethereumjs/rlp'
import { bytesToHex } from '@ethereumjs/util'
import { beforeAll, describe, expect, test } from 'vitest'
import { asHash, type Keccak } from '../chain/bytes.ts'
import { loadKeccak } from '../chain/keccak.ts'
import { networkByName } from '../chain/network.ts'
import { describeWithData } from '../testing/data.ts'
import { equalBytes, bytesToWord, wordToTrimmedBytes } from './words.ts'
import { configOf } from './execution.fixtures.ts'
import type { StatelessBlock } from './stateless-block.ts'
import {
  flipBit,
  HEADER_FIELDS,
  headerField,
  partsOf,
  verified,
  withHeaderField,
  withParts,
  witnessBlock,
  type HeaderField,
} from './witness-blocks.fixtures.ts'

/** Prague, with its parent's header, transactions of several kinds, withdrawals and requests. */
const PRAGUE = 'hoodi-1265656'
/** Proof of work, small. */
const FRONTIER = 'mainnet-46147'

const plus =
  (amount: bigint) =>
  (value: Uint8Array): Uint8Array =>
    wordToTrimmedBytes(bytesToWord(value) + amount)
const flipped = (value: Uint8Array): Uint8Array => flipBit(value, 5)

let keccak: Keccak
beforeAll(async () => {
  keccak = await loadKeccak()
})

async function outcome(file: StatelessBlock): Promise<unknown> {
  const { verification } = await verified(file)
  return verification
}

function mismatch(field: string, expected: unknown = expect.any(String), actual: unknown = expect.any(String)) {
  return { kind: 'mismatch', mismatch: { field, expected, actual } }
}

function rejected(code: string, message: RegExp) {
  return { kind: 'rejected', code, message: expect.stringMatching(message) as string }
}

describeWithData('a spoiled block', (data) => {
  let prague: StatelessBlock
  let frontier: StatelessBlock
  beforeAll(async () => {
    prague = await witnessBlock(data, PRAGUE)
    frontier = await witnessBlock(data, FRONTIER)
  })

  test('is verified as long as it is not spoiled', async () => {
    expect(await outcome(prague)).toMatchObject({ kind: 'verified', notChecked: [] })
    expect(await outcome(frontier)).toMatchObject({ kind: 'verified', notChecked: ['proofOfWork'] })
  })

  test('that is not the block named is a mismatch of the block hash', async () => {
    const other = asHash(new Uint8Array(32))
    const hash = bytesToHex(prague.blockHash)
    expect(await outcome({ ...prague, blockHash: other })).toEqual(mismatch('blockHash', bytesToHex(other), hash))
    const changed = await withHeaderField(prague, 'gasUsed', plus(1n))
    expect(await outcome({ ...changed, blockHash: prague.blockHash })).toEqual(mismatch('blockHash', hash))
  })

  describe('body', () => {
    test.each(['removed', 'swapped', 'changed', 'doubled'] as const)('with a transaction %s', async (how) => {
      const spoiled = await withParts(prague, ([, transactions]) => {
        const [first, second] = transactions
        if (how === 'removed') transactions.shift()
        if (how === 'swapped') transactions.splice(0, 2, second!, first!)
        if (how === 'changed') transactions[0] = changedTransaction(first!)
        if (how === 'doubled') transactions.push(first!)
      })
      const root = bytesToHex(headerField(prague, 'transactionsRoot'))
      expect(await outcome(spoiled)).toEqual(mismatch('transactionsRoot', root))
    })

    test('with a withdrawal changed', async () => {
      const spoiled = await withParts(prague, ([, , , withdrawals]) => {
        const [withdrawal] = withdrawals as unknown as Uint8Array[][]
        withdrawal![3] = plus(1n)(withdrawal![3]!)
      })
      expect(await outcome(spoiled)).toEqual(
        mismatch('withdrawalsRoot', bytesToHex(headerField(prague, 'withdrawalsRoot'))),
      )
    })

    test('without its list of withdrawals', async () => {
      const spoiled = await withParts(prague, (parts) => void parts.pop())
      expect(await outcome(spoiled)).toEqual(rejected('invalid-block', /no list of withdrawals/))
    })

    test('with an uncle that its header does not commit to', async () => {
      const spoiled = await withParts(frontier, ([header, , uncles]) => void uncles.push(header))
      expect(await outcome(spoiled)).toMatchObject({ kind: expect.stringMatching('mismatch|rejected') as string })
    })

    test('that is no block', async () => {
      for (const block of [
        new Uint8Array(0),
        Uint8Array.of(0xc0),
        Uint8Array.of(0x83, 1),
        prague.block.subarray(0, 500),
      ])
        expect(await outcome({ ...prague, block })).toEqual(rejected('block-encoding', /./))
    })
  })

  describe('header, hash and all, against what execution finds:', () => {
    const cases: [HeaderField, (value: Uint8Array) => Uint8Array, (value: Uint8Array) => string][] = [
      ['gasUsed', plus(1n), (value) => `${bytesToWord(value)}`],
      ['receiptsRoot', flipped, bytesToHex],
      ['logsBloom', flipped, bytesToHex],
      ['stateRoot', flipped, bytesToHex],
      ['requestsHash', flipped, bytesToHex],
    ]
    test.each(cases)('%s', async (field, change, show) => {
      const spoiled = await withHeaderField(prague, field, change)
      const right = headerField(prague, field)
      expect(await outcome(spoiled)).toEqual(mismatch(field, show(change(right)), show(right)))
    })
  })

  describe('header against its parent and the rules:', () => {
    const parentOf = (field: HeaderField): bigint =>
      bytesToWord((RLP.decode(prague.parentHeader) as Uint8Array[])[HEADER_FIELDS.indexOf(field)]!)
    const cases: [HeaderField, (value: Uint8Array) => Uint8Array][] = [
      ['number', plus(1n)],
      ['timestamp', () => wordToTrimmedBytes(parentOf('timestamp'))],
      ['gasLimit', () => wordToTrimmedBytes(parentOf('gasLimit') + parentOf('gasLimit') / 1024n)],
      ['gasLimit', () => wordToTrimmedBytes(parentOf('gasLimit') - parentOf('gasLimit') / 1024n)],
      ['baseFeePerGas', plus(1n)],
      ['excessBlobGas', plus(131072n)],
      ['blobGasUsed', plus(131072n)],
      ['extraData', () => new Uint8Array(33)],
      ['difficulty', () => Uint8Array.of(1)],
      ['nonce', () => Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1)],
    ]
    test.each(cases)('%s', async (field, change) => {
      const spoiled = await withHeaderField(prague, field, change)
      const { verification } = await verified(spoiled)
      expect(verification).toEqual(mismatch(`header.${field}`))
    })

    test('a field too few or too many', async () => {
      const fewer = await withParts(prague, ([header]) => void header.pop())
      const more = await withParts(prague, ([header]) => void header.push(new Uint8Array(32)))
      expect(await outcome(fewer)).toEqual(rejected('invalid-block', /of prague has 21 fields, this one has 20/))
      expect(await outcome(more)).toEqual(rejected('invalid-block', /21 fields, this one has 22/))
    })

    test('excess blob gas whose price no word holds, which would take ages to count', async () => {
      const spoiled = await withHeaderField(prague, 'excessBlobGas', () => new Uint8Array(8).fill(0xff))
      expect(await outcome(spoiled)).toEqual(mismatch('header.excessBlobGas'))
      expect(await outcome({ ...spoiled, parentHeader: undefined, headers: [] })).toEqual(
        mismatch('header.excessBlobGas'),
      )
    })

    test('gas used beyond the limit', async () => {
      const spoiled = await withHeaderField(prague, 'gasUsed', () => plus(1n)(headerField(prague, 'gasLimit')))
      expect(await outcome(spoiled)).toEqual(rejected('invalid-block', /too much gas used/))
    })

    test('difficulty of proof of work', async () => {
      expect(await outcome(await withHeaderField(frontier, 'difficulty', plus(1n)))).toEqual(
        mismatch('header.difficulty', `${bytesToWord(headerField(frontier, 'difficulty'))}`),
      )
    })
  })

  describe('what a consistent liar would send', () => {
    const number = (value: bigint) => () => wordToTrimmedBytes(value)
    const orphan = { parentHeader: undefined, headers: [] }

    test('a block with the number of a genesis block', async () => {
      for (const file of [prague, frontier]) {
        const genesis = await withHeaderField(file, 'number', number(0n))
        expect(await outcome({ ...genesis, ...orphan, number: 0 })).toEqual(rejected('invalid-block', /genesis block/))
      }
    })

    test('an uncle whose number would mint ether, or take it', async () => {
      for (const rank of [2n ** 52n, BigInt(frontier.number), 1n]) {
        const spoiled = await withUncle(frontier, (header) => {
          header[HEADER_FIELDS.indexOf('number')] = wordToTrimmedBytes(rank)
        })
        expect(await outcome({ ...spoiled, ...orphan })).toEqual(rejected('invalid-block', /uncle 0 has number/))
      }
    })

    test('an uncle that breaks a rule for every header, though its parent is unknown', async () => {
      const spoiled = await withUncle(frontier, (header) => {
        header[HEADER_FIELDS.indexOf('number')] = wordToTrimmedBytes(BigInt(frontier.number) - 1n)
        header[HEADER_FIELDS.indexOf('extraData')] = new Uint8Array(33)
      })
      expect(await outcome({ ...spoiled, ...orphan })).toEqual(rejected('invalid-block', /uncle 0: header.extraData/))
    })

    test('a number before the merge with a time after it', async () => {
      const spoiled = await withHeaderField(frontier, 'timestamp', number(1_750_000_000n))
      const refused = rejected('invalid-block', /block 46147 cannot have timestamp 1750000000 on mainnet/)
      expect(await outcome({ ...spoiled, ...orphan })).toEqual(refused)
    })

    test('millions of one-byte transactions, refused before a trie of them is made', async () => {
      const start = performance.now()
      for (const count of [65_536, 1_000_000, 17_000_000]) {
        const block = withOnes(partsOf(frontier)[0], count)
        expect(await outcome({ ...frontier, ...orphan, block })).toEqual(
          rejected('invalid-block', /use at least|at most/),
        )
      }
      expect(performance.now() - start).toBeLessThan(20_000)
    })

    test('lists too long for one call', async () => {
      const [header] = partsOf(frontier)
      const ones = new Uint8Array(400_000).fill(1)
      for (const parts of [
        [list(ones), list(NONE), list(NONE)],
        [RLP.encode(header), list(list(ones)), list(NONE)],
        [RLP.encode(header), list(NONE), list(ones)],
      ])
        expect(await outcome({ ...frontier, block: list(...parts) })).toEqual(
          rejected('block-encoding', /too many items/),
        )
    })
  })

  describe('witness', () => {
    test('with a bit flipped, or without the node, is a fault that names the node', async () => {
      const { read } = await verified(prague)
      const own = read.nodes
        .map(({ bytes }) => bytes)
        .filter((bytes) => prague.nodes.some((node) => equalBytes(node, bytes)))
      for (const used of [own[0]!, own[own.length >> 1]!, own.at(-1)!]) {
        const rest = prague.nodes.filter((node) => !equalBytes(node, used))
        const fault = { kind: 'fault', fault: { kind: 'node', hash: keccak(used) } }
        expect(await outcome({ ...prague, nodes: rest })).toMatchObject(fault)
        expect(await outcome({ ...prague, nodes: [...rest, flipBit(used, 77)] })).toMatchObject(fault)
      }
    })

    test('with a wrong code, or without the code, is a fault that names the code and who it is of', async () => {
      const { read } = await verified(prague)
      const { hash, bytes } = read.codes[0]!
      const rest = prague.codes.filter((code) => !equalBytes(code, bytes))
      const fault = { kind: 'fault', fault: { kind: 'code', hash, account: expect.any(Uint8Array) as Uint8Array } }
      expect(await outcome({ ...prague, codes: rest })).toMatchObject(fault)
      expect(await outcome({ ...prague, codes: [...rest, flipBit(bytes, 3)] })).toMatchObject(fault)
    })

    test('with more than it needs is verified, and what it does not need is not read', async () => {
      const extra = [new Uint8Array(0), Uint8Array.of(0xc0), new Uint8Array(600).fill(7)]
      const file = { ...frontier, nodes: [...extra, ...frontier.nodes], codes: [...extra, ...frontier.codes] }
      const { verification, read } = await verified(file)
      expect(verification.kind).toBe('verified')
      const hashes = extra.map((bytes) => bytesToHex(keccak(bytes)))
      for (const { hash } of [...read.nodes, ...read.codes]) expect(hashes).not.toContain(bytesToHex(hash))
    })

    test('whose root is no trie node is refused, where no parent header says the root', async () => {
      const junk = Uint8Array.from({ length: 50 }, (_, i) => i)
      const file = {
        ...frontier,
        parentHeader: undefined,
        headers: [],
        nodes: [junk],
        preStateRoot: asHash(keccak(junk)),
      }
      expect(await outcome(file)).toEqual(rejected('malformed-state', /malformed node/))
    })
  })

  describe('file that contradicts itself', () => {
    const claims: [string, (file: StatelessBlock) => Partial<StatelessBlock>, RegExp][] = [
      ['number', (file) => ({ number: file.number + 1 }), /^number is \d+; the block's is \d+$/],
      ['parentHash', (file) => ({ parentHash: asHash(flipped(file.parentHash)) }), /^parentHash is 0x/],
      ['preStateRoot', (file) => ({ preStateRoot: asHash(flipped(file.preStateRoot)) }), /^preStateRoot is 0x/],
      ['postStateRoot', (file) => ({ postStateRoot: asHash(flipped(file.postStateRoot)) }), /^postStateRoot is 0x/],
      [
        'parentHeader',
        (file) => ({ parentHeader: flipBit(file.parentHeader!, 8 * 100) }),
        /^the hash of parentHeader is 0x/,
      ],
    ]
    test.each(claims)('in %s', async (_, change, message) => {
      expect(await outcome({ ...frontier, ...change(frontier) })).toEqual(rejected('inconsistent-file', message))
    })
  })

  describe('network', () => {
    test('that is not the one asked for', async () => {
      const { verification } = await verified(prague, { network: networkByName('mainnet') })
      expect(verification).toEqual(rejected('wrong-network', /chain id 560048; mainnet has chain id 1/))
    })

    test('whose name and chain id do not belong together, or that is unknown', async () => {
      const nowhere = { ...frontier, network: 'nowhere', chainId: 99 }
      expect(await outcome(nowhere)).toEqual(rejected('wrong-network', /not built in/))
      for (const change of [{ chainId: 2 }, { network: 'sepolia' }, { network: 'nowhere' }])
        expect(await outcome({ ...frontier, ...change })).toEqual(rejected('wrong-network', /disagree/))
    })

    test('whose name is another built-in network’s than the one asked for', async () => {
      const asked = { network: networkByName('mainnet') }
      const { verification } = await verified({ ...frontier, network: 'sepolia' }, asked)
      expect(verification).toEqual(rejected('wrong-network', /says it is of sepolia; asked for was mainnet/))
      const named = await verified({ ...frontier, network: 'my own name for it' }, asked)
      expect(named.verification.kind).toBe('verified')
    })

    test('of a built-in chain id under another name, with rules of its own', async () => {
      const config = { ...configOf('osaka'), chainId: 1 }
      for (const network of ['own', 'sepolia'])
        expect(await outcome({ ...frontier, network, config })).toEqual(rejected('wrong-network', /disagree/))
      const other = { ...frontier, network: 'own', chainId: 99, config }
      expect(await outcome(other)).toEqual(rejected('wrong-network', /chain id 99; mainnet has chain id 1/))
    })

    test('with a configuration that is none', async () => {
      for (const config of [{}, 7, { chainId: 'one' }, { chainId: 99, homesteadBlock: -1 }])
        expect(await outcome({ ...frontier, network: 'own', chainId: 99, config })).toEqual(
          rejected('wrong-network', /config/),
        )
    })

    test('that is built in keeps its rules, whatever configuration comes along', async () => {
      const config = { ...configOf('osaka'), chainId: 1 }
      expect(await outcome({ ...frontier, config })).toMatchObject({ kind: 'verified', stats: { fork: 'frontier' } })
    })
  })

  test('names the transaction whose signature nobody made', async () => {
    const file = await witnessBlock(data, FRONTIER)
    const spoiled = await withSoundRoot(
      await withParts(file, ([, transactions]) => {
        const [transaction] = transactions as unknown as Uint8Array[][]
        transaction![8] = new Uint8Array(32).fill(0xff)
      }),
    )
    expect(await outcome(spoiled)).toEqual(rejected('invalid-transaction', /transaction 0|tx 0/))
  })
})

/** The file with one uncle, like its own header but for `change`, of a parent nobody knows; hashes fit. */
async function withUncle(file: StatelessBlock, change: (header: Uint8Array[]) => void): Promise<StatelessBlock> {
  const uncle = [...partsOf(file)[0]]
  uncle[0] = new Uint8Array(32).fill(0xee)
  change(uncle)
  return withParts(file, (parts) => {
    parts[2] = [uncle]
    parts[0][HEADER_FIELDS.indexOf('unclesHash')] = keccak(RLP.encode([uncle]))
  })
}

const NONE = new Uint8Array(0)

/** A list of encoded items. EthereumJS makes none of hundreds of thousands. */
function list(...encoded: Uint8Array[]): Uint8Array {
  const payload = new Uint8Array(Buffer.concat(encoded))
  if (payload.length < 56) return Uint8Array.of(0xc0 + payload.length, ...payload)
  const length = wordToTrimmedBytes(BigInt(payload.length))
  return new Uint8Array(Buffer.concat([Uint8Array.of(0xf7 + length.length), length, payload]))
}

/** A block of that header whose transactions are so many ones; an encoded one is itself. */
function withOnes(header: Uint8Array[], count: number): Uint8Array {
  return list(RLP.encode(header), list(new Uint8Array(count).fill(1)), list(NONE))
}

/** One transaction only: its trie is a single leaf. */
async function withSoundRoot(file: StatelessBlock): Promise<StatelessBlock> {
  const [transaction] = partsOf(file)[1]
  // Hex-prefix of the one key, RLP(0) = 0x80: an even number of nibbles, a leaf.
  const root = keccak(RLP.encode([Uint8Array.of(0x20, 0x80), RLP.encode(transaction)]))
  return withHeaderField(file, 'transactionsRoot', () => root)
}

/** A legacy transaction is a list, a typed one is bytes. */
function changedTransaction(transaction: unknown): Uint8Array {
  if (transaction instanceof Uint8Array) return flipBit(transaction, transaction.length * 8 - 3)
  const fields = transaction as Uint8Array[]
  return [...fields.slice(0, -1), flipBit(fields.at(-1)!, 9)] as unknown as Uint8Array
}
