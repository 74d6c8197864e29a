/** What one node sent, and the next takes over. */
import { bytesToHex } from '@ethereumjs/util'
import { beforeEach, expect, test } from 'vitest'
import type { ExecutionChain } from '../../../server/devnet/execution/execution-chain.ts'
import { MAX_SENT, RESEND_AFTER, RESEND_UNTIL } from './constants.ts'
import {
  hashOf,
  openChain,
  openWorld,
  poolOf,
  seen,
  settled,
  senders,
  signed,
  takesAll,
  takingServer,
} from './sending-world.fixtures.ts'

let chain: ExecutionChain
beforeEach(async () => {
  chain = await openChain()
})

const SLOT_SECONDS = 12

test('is shown as waiting, by proof, sent on when it stays in no block, and found in one', async () => {
  const raw = signed()
  const before = await openWorld(chain, [takingServer(chain, 'forgetful', takesAll)])
  await before.send(raw)
  const server = takingServer(chain, 'pool', poolOf(chain))
  const world = await openWorld(chain, [server])
  expect((await seen(world, raw)).transaction).toBeNull()
  world.resume(raw)
  world.resume(raw)
  const { transaction, evidence } = await seen(world, raw)
  expect(transaction).toMatchObject({ blockHash: null, hash: bytesToHex(hashOf(raw)) })
  expect(evidence).toMatchObject({ level: 'proven', block: { number: 0 } })
  expect(world.sentCount()).toBe(1)
  for (let block = 1; block < RESEND_AFTER; block++) await world.nextBlock('empty')
  await settled(world)
  expect(server.given).toEqual([])
  await world.nextBlock('empty')
  await settled(world)
  expect(server.given).toEqual([bytesToHex(hashOf(raw))])
  await world.nextBlock()
  expect((await seen(world, raw)).transaction).toMatchObject({ blockNumber: '0x6' })
})

test('one whose nonce is used up by then is forgotten: servers prove where it is', async () => {
  const raw = signed()
  const before = await openWorld(chain, [takingServer(chain, 'pool', poolOf(chain))])
  await before.send(raw)
  await before.nextBlock()
  const world = await openWorld(chain, [takingServer(chain, 'pool', poolOf(chain))])
  world.resume(raw)
  const { transaction, evidence } = await seen(world, raw)
  expect(transaction).toMatchObject({ blockNumber: '0x1' })
  expect(evidence.level).toBe('proven')
  expect(world.sentCount()).toBe(0)
})

test('is sent on for a day since it was sent, and not since it was taken over', async () => {
  const server = takingServer(chain, 'forgetful', takesAll)
  const world = await openWorld(chain, [server])
  world.resume(signed(), (RESEND_UNTIL + 1) * SLOT_SECONDS)
  for (let block = 1; block <= RESEND_AFTER; block++) await world.nextBlock('empty')
  await settled(world)
  expect(server.given).toEqual([])
  expect((await seen(world, signed())).transaction).toMatchObject({ blockHash: null })
})

test('one that its sender replaced is not sent on, whichever of them is heard of first', async () => {
  const [replaced, other] = [signed(), signed({ value: 2n, maxFeePerGas: 8n * 10n ** 9n })]
  for (const heard of [
    [replaced, other],
    [other, replaced],
  ]) {
    const server = takingServer(chain, 'forgetful', takesAll)
    const world = await openWorld(chain, [server])
    for (const raw of heard) world.resume(raw, raw === other ? 0 : SLOT_SECONDS)
    for (let block = 1; block <= RESEND_AFTER; block++) await world.nextBlock('empty')
    await settled(world)
    expect(server.given).toEqual([bytesToHex(hashOf(other))])
    expect((await seen(world, replaced)).transaction).toMatchObject({ blockHash: null })
  }
})

test('sent again after that day, it is out again: it counts, and is sent on', async () => {
  const server = takingServer(chain, 'forgetful', takesAll)
  const world = await openWorld(chain, [server])
  const raw = signed()
  world.resume(raw, (RESEND_UNTIL + 1) * SLOT_SECONDS)
  await settled(world)
  const pending = () => world.ask('eth_getTransactionCount', [bytesToHex(senders[0]!.address), 'pending'])
  expect(await pending()).toMatchObject({ result: '0x0' })
  await world.send(raw)
  expect(await pending()).toMatchObject({ result: '0x1' })
  for (let block = 1; block <= RESEND_AFTER; block++) await world.nextBlock('empty')
  await settled(world)
  expect(server.given).toEqual([bytesToHex(hashOf(raw)), bytesToHex(hashOf(raw))])
})

test('what no transaction of this chain is, is passed over; of too many the newest are kept', async () => {
  const world = await openWorld(chain, [takingServer(chain, 'any', takesAll)])
  world.resume(Uint8Array.of(2))
  world.resume(signed().subarray(0, -1))
  expect(world.sentCount()).toBe(0)
  const all = Array.from({ length: MAX_SENT + 1 }, (_, nonce) => signed({ nonce: BigInt(nonce) }))
  for (const raw of all) world.resume(raw)
  expect(world.sentCount()).toBe(MAX_SENT)
  expect((await seen(world, all[0]!)).transaction).toBeNull()
})
