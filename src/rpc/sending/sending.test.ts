/** Sending over several servers, and what becomes of what was sent. */
import { Common, Hardfork, Mainnet } from '@ethereumjs/common'
import { createTx } from '@ethereumjs/tx'
import { bytesToHex } from '@ethereumjs/util'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { ExecutionChain } from '../../../server/devnet/execution/execution-chain.ts'
import type { Json } from '../../network/json-rpc/json.ts'
import { RequestError } from '../../network/request-server.ts'
import { HistoryUnavailableError } from '../../sync/chain-view/chain-view-error.ts'
import { log, LogChain } from '../logs/log-chain.fixtures.ts'
import { MAX_SENT, RESEND_AFTER } from './constants.ts'
import {
  changed,
  earlierRules,
  failure,
  hashOf,
  openChain,
  openWorld,
  poolOf,
  refusing,
  reorganize,
  seen,
  senders,
  settled,
  signed,
  takesAll,
  takingServer,
} from './sending-world.fixtures.ts'

let chain: ExecutionChain
beforeEach(async () => {
  chain = await openChain()
})

describe('sending', () => {
  test('goes to several servers, and the hash is ours', async () => {
    const servers = ['a', 'b', 'c', 'd'].map((name) => takingServer(chain, name, takesAll))
    const world = await openWorld(chain, servers)
    const raw = signed()
    expect(await world.send(raw)).toBe(bytesToHex(hashOf(raw)))
    const given = servers.flatMap(({ given }) => given)
    expect(given).toEqual([bytesToHex(hashOf(raw)), bytesToHex(hashOf(raw)), bytesToHex(hashOf(raw))])
  })

  test('one that has it already has taken it', async () => {
    const known = takingServer(chain, 'known', () => Promise.resolve({ kind: 'known' }))
    const world = await openWorld(chain, [known, takingServer(chain, 'no', refusing('txpool is full'))])
    const raw = signed()
    expect(await world.send(raw)).toBe(bytesToHex(hashOf(raw)))
    expect(await world.send(raw)).toBe(bytesToHex(hashOf(raw)))
    expect(world.sentCount()).toBe(1)
  })

  test('one server that takes it is enough, whatever others do', async () => {
    const silent = takingServer(chain, 'silent', () => new Promise(() => undefined))
    const down = takingServer(chain, 'down', () => Promise.reject(new RequestError({ code: 'unreachable' }, 'down')))
    const world = await openWorld(chain, [silent, down, takingServer(chain, 'good', poolOf(chain))])
    expect(await world.send(signed())).toBe(bytesToHex(hashOf(signed())))
  })

  test('where all refuse, their words are told as theirs, and nothing is kept', async () => {
    const refusals = [refusing('txpool is full'), refusing('transaction underpriced')]
    const world = await openWorld(
      chain,
      refusals.map((refusal, at) => takingServer(chain, `server ${at}`, refusal)),
    )
    const { code, message } = await failure(world.send(signed()))
    expect(code).toBe(-32000)
    expect(message).toContain('server 0 says: txpool is full')
    expect(message).toContain('server 1 says: transaction underpriced')
    expect(world.sentCount()).toBe(0)
  })

  test('where nobody takes transactions, that is said', async () => {
    const { server, given } = takingServer(chain, 'reads only', takesAll)
    const { submit: _, ...answers } = server.answers
    const world = await openWorld(chain, [{ given, server: { ...server, answers } }])
    expect(await failure(world.send(signed()))).toMatchObject({ code: -32002 })
  })
})

describe('what no server sees', () => {
  const mainnet = () => new Common({ chain: Mainnet, hardfork: Hardfork.Prague })
  const pauper = { secret: new Uint8Array(32).fill(9), address: senders[0]!.address }
  const unprotected = () =>
    createTx(
      { type: 0, gasPrice: 2n * 10n ** 9n, gasLimit: 21_000n, to: `0x${'aa'.repeat(20)}` },
      { common: new Common({ chain: Mainnet, hardfork: Hardfork.Homestead }) },
    )
      .sign(senders[0]!.secret)
      .serialize()

  test.each<[string, () => Uint8Array, string]>([
    [
      'of another chain',
      () => signed({ chainId: 1n }, senders[0], mainnet()),
      'invalid chain id for signer: have 1 want 1337',
    ],
    ['of no chain', unprotected, 'only replay-protected'],
    ['of nobody that has money', () => signed({}, pauper), 'insufficient funds for gas * price + value: balance 0'],
    [
      'with too little gas',
      () => signed({ gasLimit: 20_999n }),
      'intrinsic gas too low: gas 20999, minimum needed 21000',
    ],
    [
      'that pays more to the maker than at all',
      () => changed(signed(), (fields) => fields.splice(2, 2, fields[3]!, fields[2]!)),
      'maxFeePerGas cannot be less',
    ],
    ['of 128 KiB', () => signed({ data: new Uint8Array(130 * 1024), gasLimit: 16_000_000n }), 'oversized data'],
    [
      'with more gas than one may have',
      () => signed({ gasLimit: 2n ** 40n }, senders[0], earlierRules()),
      'exceeds the maximum allowed by EIP-7825',
    ],
    [
      'with too much init code',
      () => signed({ to: '', data: new Uint8Array(49_153), gasLimit: 10_000_000n }),
      'initcode',
    ],
    ['that is cut', () => signed().subarray(0, 60), 'rlp'],
    ['of nothing', () => new Uint8Array(), 'typed transaction too short'],
    ['with a byte too many', () => Uint8Array.from([...signed(), 0]), ''],
    ['with blobs that are not there', () => Uint8Array.from([3, ...signed().subarray(1)]), ''],
  ])('a transaction %s', async (_, make, words) => {
    const server = takingServer(chain, 'any', takesAll)
    const world = await openWorld(chain, [server])
    const raw = make()
    const { code, message } = await failure(world.send(raw))
    expect({ code, message }).toEqual({ code: -32000, message: expect.stringContaining(words) as string })
    expect(server.given).toEqual([])
    expect(world.sentCount()).toBe(0)
  })

  test.each([0, 1, 2])('a number that would take seconds to write out, at place %i', async (place) => {
    const server = takingServer(chain, 'server', takesAll)
    const world = await openWorld(chain, [server])
    const raw = changed(signed(), (fields) => (fields[place] = new Uint8Array(130_000).fill(0xab)))
    const { code, message } = await failure(world.send(raw))
    expect([code, message]).toEqual([-32000, `rlp: field ${place} of the transaction is longer than 256 bits`])
    expect(server.given).toEqual([])
  })

  test('a nonce that is used up; one ahead is none of an error', async () => {
    const server = takingServer(chain, 'pool', poolOf(chain))
    const world = await openWorld(chain, [server])
    await world.send(signed())
    await world.nextBlock()
    expect(await failure(world.send(signed({ value: 2n })))).toEqual({
      code: -32000,
      message: 'nonce too low: next nonce 1, tx nonce 0',
    })
    const ahead = signed({ nonce: 7n })
    expect(await world.send(ahead)).toBe(bytesToHex(hashOf(ahead)))
  })
})

describe('what was sent', () => {
  test('waits, is in a block, is out of it again, and is in another', async () => {
    const genesis = chain.local.head.hash
    const pool = takingServer(chain, 'pool', poolOf(chain))
    const world = await openWorld(chain, [pool])
    const raw = signed()
    await world.send(raw)

    const waiting = await seen(world, raw)
    expect(waiting.transaction).toMatchObject({
      blockHash: null,
      blockNumber: null,
      transactionIndex: null,
      nonce: '0x0',
    })
    expect(waiting.transaction).toMatchObject({ hash: bytesToHex(hashOf(raw)), from: bytesToHex(senders[0]!.address) })
    expect(waiting.evidence).toMatchObject({ level: 'proven', block: { number: 0 } })

    await world.nextBlock('empty')
    expect((await seen(world, raw)).evidence.block?.number).toBe(1)

    const blockHash = await world.nextBlock()
    const placed = await seen(world, raw)
    expect(placed.transaction).toMatchObject({ blockHash, blockNumber: '0x2', transactionIndex: '0x0' })
    expect(placed.evidence.level).toBe('proven')

    await reorganize(chain, genesis, [])
    await world.follow()
    expect((await seen(world, raw)).transaction).toMatchObject({ blockHash: null })

    await reorganize(chain, genesis, [raw])
    await world.follow()
    expect((await seen(world, raw)).transaction).toMatchObject({ blockNumber: '0x1' })
  })

  test('is found without asking anybody where it is, receipts too', async () => {
    let asked = 0
    const transactionPlace = () => {
      asked++
      return Promise.resolve(undefined)
    }
    const world = await openWorld(chain, [takingServer(chain, 'pool', poolOf(chain), { transactionPlace })])
    const raw = signed()
    await world.send(raw)
    expect((await world.ask('eth_getTransactionReceipt', [bytesToHex(hashOf(raw))])).result).toBeNull()
    await world.nextBlock()
    const receipt = (await world.ask('eth_getTransactionReceipt', [bytesToHex(hashOf(raw))])).result
    expect(receipt).toMatchObject({ status: '0x1', blockNumber: '0x1' })
    const { result } = await world.ask('eth_getRawTransactionByHash', [bytesToHex(hashOf(raw))])
    expect(result).toBe(bytesToHex(raw))
    expect(asked).toBe(0)
  })

  test('and was overtaken by another with its nonce is nowhere, which is proven', async () => {
    const world = await openWorld(chain, [takingServer(chain, 'forgetful', takesAll)])
    const raw = signed()
    await world.send(raw)
    await chain.local.submit(signed({ value: 2n }))
    await world.nextBlock()
    const { transaction, evidence } = await seen(world, raw)
    expect(transaction).toBeNull()
    expect(evidence).toMatchObject({ level: 'proven', block: { number: 1 } })
  })

  test('is handed over again while it is in no block, ever more seldom', async () => {
    const server = takingServer(chain, 'forgetful', takesAll)
    const world = await openWorld(chain, [server])
    await world.send(signed())
    const given: number[] = []
    for (let block = 1; block <= 4 * RESEND_AFTER; block++) {
      await world.nextBlock('empty')
      await settled(world)
      given.push(server.given.length)
    }
    const at = (block: number) => given[block - 1]
    expect([at(RESEND_AFTER - 1), at(RESEND_AFTER), at(2 * RESEND_AFTER), at(4 * RESEND_AFTER)]).toEqual([1, 2, 3, 4])
    expect(at(2 * RESEND_AFTER + 1)).toBe(3)
  })

  test('is forgotten, the oldest first, where there is too much of it', async () => {
    const world = await openWorld(chain, [takingServer(chain, 'any', takesAll)])
    const all = Array.from({ length: MAX_SENT + 2 }, (_, nonce) => signed({ nonce: BigInt(nonce) }))
    for (const raw of all) await world.send(raw)
    expect(world.sentCount()).toBe(MAX_SENT)
    expect((await seen(world, all[1]!)).transaction).toBeNull()
    expect((await seen(world, all[2]!)).transaction).toMatchObject({ blockHash: null })
  })
})

describe('transactions of others', () => {
  const rawBy = (raw: Uint8Array) => ({ rawTransaction: () => Promise.resolve(raw) })

  test('that wait are shown by their bytes, which their hash proves', async () => {
    const raw = signed({ nonce: 3n })
    const liar = takingServer(chain, 'liar', takesAll, rawBy(signed({ value: 9n })))
    const alone = await openWorld(chain, [liar])
    expect(await seen(alone, raw)).toMatchObject({ transaction: null, evidence: { level: 'unverified' } })
    expect(alone.lastErrorOf('liar')).toContain('not transaction')
    const world = await openWorld(chain, [liar, takingServer(chain, 'honest', takesAll, rawBy(raw))])
    const { transaction, evidence } = await seen(world, raw)
    expect(transaction).toMatchObject({ blockHash: null, hash: bytesToHex(hashOf(raw)), nonce: '0x3' })
    expect(evidence).toMatchObject({ level: 'proven', block: { number: 0 } })
    expect(evidence.notes.join()).toContain('what a server says')
  })

  test('whose nonce is used up are not called waiting', async () => {
    const raw = signed()
    const world = await openWorld(chain, [
      takingServer(chain, 'late', takesAll, { ...rawBy(raw), transactionPlace: () => Promise.resolve(undefined) }),
    ])
    await chain.local.submit(signed({ value: 2n }))
    await world.nextBlock()
    const { transaction, evidence } = await seen(world, raw)
    expect(transaction).toBeNull()
    expect(evidence.level).toBe('unverified')
  })

  test('a wrong place hides none, and costs whoever says it', async () => {
    const raw = signed()
    await chain.local.submit(raw)
    const first = chain.local.head
    const wrong = { transactionPlace: () => Promise.resolve({ number: 0, hash: first.hash }) }
    const elsewhere = { transactionPlace: () => Promise.resolve({ number: 1, hash: hashOf(Uint8Array.of(1)) }) }
    const world = await openWorld(chain, [
      takingServer(chain, 'liar', takesAll, wrong),
      takingServer(chain, 'on another branch', takesAll, elsewhere),
      takingServer(chain, 'honest', takesAll),
    ])
    await world.nextBlock()
    const { transaction, evidence } = await seen(world, raw)
    expect(transaction).toMatchObject({ blockNumber: '0x1' })
    expect(evidence.block?.number).toBe(1)
    expect(world.lastErrorOf('liar')).toContain('does not have transaction')
    expect(world.lastErrorOf('on another branch')).toBeUndefined()
  })

  test('a block that cannot be proven to be of the chain hides none; a server that names one without it has lied', async () => {
    const raw = signed()
    await chain.local.submit(raw)
    const genesis = chain.local.head.hash
    const old = { transactionPlace: () => Promise.resolve({ number: 0, hash: genesis }) }
    const liar = takingServer(chain, 'liar', takesAll, old)
    const far = new HistoryUnavailableError('it is 9000000 blocks below the head')
    const world = await openWorld(chain, [liar, takingServer(chain, 'honest', takesAll)])
    await world.nextBlock()
    const headerOf = world.view.headerOf.bind(world.view)
    const spy = vi.spyOn(world.view, 'headerOf')
    spy.mockImplementation((hash, ask) =>
      bytesToHex(hash) === bytesToHex(genesis) ? Promise.reject(far) : headerOf(hash, ask),
    )
    expect((await seen(world, raw)).transaction).toMatchObject({ blockNumber: '0x1' })
    expect(world.lastErrorOf('liar')).toContain('block 0 does not have transaction')
  })

  test('a block that a server has made up hides none, though its transactions are none', async () => {
    const raw = signed()
    await chain.local.submit(raw)
    const madeUp = new LogChain([[log(1)]])
    const whole = takingServer(chain, 'whole', takesAll).server.answers
    const own = madeUp.server('own').server.answers
    const isOwn = (hash: Uint8Array) => bytesToHex(hash) === bytesToHex(madeUp.head.hash)
    const liar = takingServer(chain, 'liar', takesAll, {
      transactionPlace: () => Promise.resolve(madeUp.head),
      block: (request, signal) => (isOwn(request.hash) ? own : whole).block!(request, signal),
      headers: (request, signal) => (isOwn(request.from) ? own : whole).headers!(request, signal),
    })
    const world = await openWorld(chain, [liar, takingServer(chain, 'honest', takesAll)])
    await world.nextBlock()
    expect((await seen(world, raw)).transaction).toMatchObject({ blockNumber: '0x1' })
    expect(world.lastErrorOf('liar')).toContain('block 1 does not have transaction')
  })

  test('of a block that has it and cannot be proven to be of the chain 4444 is said', async () => {
    const raw = signed()
    await chain.local.submit(raw)
    const world = await openWorld(chain, [takingServer(chain, 'honest', takesAll)])
    await world.nextBlock()
    const spy = vi.spyOn(world.view, 'headerOf')
    spy.mockRejectedValue(new HistoryUnavailableError('it is 9000000 blocks below the head'))
    expect(await failure(seen(world, raw))).toMatchObject({ code: 4444 })
    expect(world.lastErrorOf('honest')).toBeUndefined()
  })

  test('a place that was proven is asked for once, and again when its block is of the chain no more', async () => {
    const raw = signed()
    await chain.local.submit(raw)
    const genesis = chain.local.head.hash
    let asked = 0
    const { transactionPlace } = takingServer(chain, 'any', takesAll).server.answers
    const counted: typeof transactionPlace = (request, signal) => {
      asked += 1
      return transactionPlace!(request, signal)
    }
    const world = await openWorld(chain, [takingServer(chain, 'counted', takesAll, { transactionPlace: counted })])
    await world.nextBlock()
    const first = await seen(world, raw)
    expect(first.transaction).toMatchObject({ blockNumber: '0x1' })
    expect(asked).toBe(1)
    const second = await seen(world, raw)
    expect(second.transaction).toEqual(first.transaction)
    expect(second.evidence).toMatchObject({ level: 'proven', block: { number: 1 } })
    expect(asked).toBe(1)
    await reorganize(chain, genesis, [raw])
    await world.follow()
    const other = await seen(world, raw)
    expect(other.transaction).toMatchObject({ blockNumber: '0x1' })
    expect(other.transaction!['blockHash']).not.toBe(first.transaction!['blockHash'])
    expect(asked).toBe(2)
  })

  test('of nobody: null, which is nobody’s proof', async () => {
    const world = await openWorld(chain, [takingServer(chain, 'any', takesAll)])
    const { transaction, evidence } = await seen(world, Uint8Array.of(7))
    expect([transaction as Json, evidence.level]).toEqual([null, 'unverified'])
    await expect(world.ask('debug_getRawTransaction', [bytesToHex(hashOf(Uint8Array.of(7)))])).rejects.toMatchObject({
      code: -32001,
    })
  })
})
