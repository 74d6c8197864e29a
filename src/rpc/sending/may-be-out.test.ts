/** Transactions of which nobody knows whether they are out: whoever sends must not sign another one for it. */
import { bytesToHex } from '@ethereumjs/util'
import { beforeEach, describe, expect, test } from 'vitest'
import type { ExecutionChain } from '../../../server/devnet/execution/execution-chain.ts'
import type { Json } from '../../network/json-rpc/json.ts'
import { RequestError } from '../../network/request-server.ts'
import { NONCE_LOOKBACK } from './constants.ts'
import {
  failure,
  hashOf,
  openChain,
  openWorld,
  poolOf,
  refusing,
  seen,
  senders,
  settled,
  signed,
  takesAll,
  takingServer,
  type SendingWorld,
  type Taking,
} from './sending-world.fixtures.ts'

let chain: ExecutionChain
beforeEach(async () => {
  chain = await openChain()
})

describe('what may be out', () => {
  const outOfReach = () => Promise.reject(new RequestError({ code: 'unreachable' }, 'no answer within 10 s'))
  const silent = { transactionPlace: () => Promise.resolve(undefined) }

  test('and is in a block when it is sent again, there and at the next node, is no error', async () => {
    const server = takingServer(chain, 'pool', poolOf(chain))
    const world = await openWorld(chain, [server])
    const raw = signed()
    await world.send(raw)
    await world.nextBlock()
    const again = await world.ask('eth_sendRawTransaction', [bytesToHex(raw)])
    expect(again.result).toBe(bytesToHex(hashOf(raw)))
    expect(again.evidence).toMatchObject({ level: 'proven', block: { number: 1 } })
    expect(again.evidence.notes.join()).toContain('it is in block 1 already')
    const next = await openWorld(chain, [server])
    expect(await next.send(raw)).toBe(bytesToHex(hashOf(raw)))
    expect(server.given).toHaveLength(1)
  })

  test('and is in a block, is found by the use of its nonce where servers say of none where it is', async () => {
    const raw = signed()
    await chain.local.submit(raw)
    const world = await openWorld(chain, [takingServer(chain, 'any', takesAll, silent)])
    await world.nextBlock('empty')
    await world.nextBlock()
    for (let block = 0; block < 6; block++) await world.nextBlock('empty')
    const { result, evidence } = await world.ask('eth_sendRawTransaction', [bytesToHex(raw)])
    expect(result).toBe(bytesToHex(hashOf(raw)))
    expect(evidence).toMatchObject({ level: 'proven', block: { number: 2 } })
    expect(await failure(world.send(signed({ value: 2n })))).toEqual({
      code: -32000,
      message: 'nonce too low: next nonce 1, tx nonce 0',
    })
  })

  test('where nobody can tell, the error says so and names it', async () => {
    const world = await openWorld(chain, [takingServer(chain, 'any', takesAll, silent)])
    await chain.local.submit(signed())
    await world.nextBlock()
    for (let block = 0; block <= NONCE_LOOKBACK; block++) await world.nextBlock('empty')
    const { code, message } = await failure(world.send(signed()))
    expect(code).toBe(-32000)
    expect(message).toContain('nonce too low: next nonce 1, tx nonce 0; it may be this transaction')
    expect(message).toContain(bytesToHex(hashOf(signed())))
  })

  test('for its answer was lost, is kept in sight and found in its block', async () => {
    const taking: Taking = async (raw, signal) => {
      await poolOf(chain)(raw, signal)
      return outOfReach()
    }
    const world = await openWorld(chain, [
      takingServer(chain, 'lost', taking),
      takingServer(chain, 'no', refusing('txpool is full')),
    ])
    const { result, evidence } = await world.ask('eth_sendRawTransaction', [bytesToHex(signed())])
    expect(result).toBe(bytesToHex(hashOf(signed())))
    expect(evidence.notes.join()).toContain('it may be out')
    expect((await seen(world, signed())).transaction).toMatchObject({ blockHash: null })
    await world.nextBlock()
    expect((await seen(world, signed())).transaction).toMatchObject({ blockNumber: '0x1' })
  })

  test('for no server could be asked, is handed over again with the next head', async () => {
    let isAway = true
    const server = takingServer(chain, 'away', (raw, signal) => (isAway ? outOfReach() : poolOf(chain)(raw, signal)))
    const world = await openWorld(chain, [server])
    await world.send(signed())
    isAway = false
    await world.nextBlock('empty')
    await settled(world)
    expect(server.given).toHaveLength(2)
    await world.nextBlock()
    expect((await seen(world, signed())).transaction).toMatchObject({ blockNumber: '0x2' })
  })

  test.each(['nonce too low', 'OldNonce', 'request timed out', 'Internal error', 'upstream gateway failed'])(
    'where a server says "%s" of one that is good here',
    async (words) => {
      const world = await openWorld(chain, [takingServer(chain, 'ahead', refusing(words))])
      expect(await world.send(signed())).toBe(bytesToHex(hashOf(signed())))
      expect(world.sentCount()).toBe(1)
    },
  )

  test.each(['absent', 'malformed'] as const)('where a server answers with what is %s', async (code) => {
    const world = await openWorld(chain, [
      takingServer(chain, 'odd', () => Promise.reject(new RequestError({ code }, 'the answer is odd'))),
    ])
    const answer = world.send(signed())
    if (code === 'absent') expect(await failure(answer)).toMatchObject({ code: -32000 })
    else expect(await answer).toBe(bytesToHex(hashOf(signed())))
  })
})

describe('the pending nonce', () => {
  const countOf = async (world: SendingWorld, block: Json) => {
    const { result, evidence } = await world.ask('eth_getTransactionCount', [bytesToHex(senders[0]!.address), block])
    return { result, notes: evidence.notes, level: evidence.level }
  }

  test('counts what was sent from here, as far as it follows without a gap', async () => {
    const world = await openWorld(chain, [takingServer(chain, 'pool', poolOf(chain))])
    for (const nonce of [0n, 1n, 3n]) await world.send(signed({ nonce }))
    await world.send(signed({}, senders[1]))
    const noted = { level: 'proven', notes: ['the nonce follows on 2 sent from here that are in no block yet'] }
    expect(await countOf(world, 'pending')).toEqual({ result: '0x2', ...noted })
    const filled = await world.ask('eth_fillTransaction', [
      { from: bytesToHex(senders[0]!.address), to: `0x${'aa'.repeat(20)}` },
    ])
    expect(filled).toMatchObject({
      result: { tx: { nonce: '0x2' } },
      evidence: { level: 'proven', notes: noted.notes },
    })
    expect(await countOf(world, { blockNumber: 'pending' })).toMatchObject({ result: '0x2' })
    expect(await countOf(world, 'latest')).toEqual({ result: '0x0', level: 'proven', notes: [] })
    await world.send(signed({ nonce: 2n }))
    expect(await countOf(world, 'pending')).toMatchObject({ result: '0x4' })
    await world.nextBlock()
    expect(await countOf(world, 'pending')).toEqual({ result: '0x4', level: 'proven', notes: [] })
  })
})
