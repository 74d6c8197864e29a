import { RLP } from '@ethereumjs/rlp'
import { bytesToHex } from '@ethereumjs/util'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { asHash } from '../../../src/chain/bytes.ts'
import { provePayload } from '../../../src/execution/block/payload-header.ts'
import { loadWasmCrypto } from '../../../src/execution/crypto/wasm-crypto.ts'
import { grow, requestOf, testChain, timeOfSlot, verified, type ForkSlots } from './execution-chain.fixtures.ts'
import type { ExecutionChain } from './execution-chain.ts'

const ALL_FORKS: ForkSlots = { shanghai: 0, cancun: 6, prague: 16, osaka: 28, bpo1: 40, bpo2: 48 }

test('60 blocks through all forks: each is verified on its witness, and has what its fork brought', async () => {
  const chain = await testChain({ forks: ALL_FORKS, gas: 800_000 })
  const { keccak } = await loadWasmCrypto()
  const [types, requests, forks] = [new Set<number>(), new Set<number>(), new Set<string>()]
  let failed = 0
  for (let slot = 1; slot <= 60; slot++) {
    const { carried, headerRlp } = await grow(chain, slot)
    const { blockHash, transactions } = carried.payload
    expect(provePayload(carried, keccak).rlp).toEqual(headerRlp)
    const verification = await verified(chain, ALL_FORKS, blockHash)
    expect(verification, `slot ${slot}`).toMatchObject({ kind: 'verified', notChecked: [] })
    if (verification.kind === 'verified') forks.add(verification.stats.fork)
    for (const transaction of transactions) types.add(transaction[0]! >= 0xc0 ? 0 : transaction[0]!)
    for (const request of carried.executionRequests ?? []) requests.add(request[0]!)
    failed += chain.local.receipts(blockHash)!.filter(isFailure).length
  }
  expect([...forks]).toEqual(['shanghai', 'cancun', 'prague', 'osaka', 'bpo1', 'bpo2'])
  expect([...types].sort()).toEqual([0, 1, 2, 3, 4])
  expect([...requests].sort()).toEqual([0, 1, 2])
  expect(failed).toBeGreaterThan(0)
})

test('the same options and requests give the same blocks, another seed others', async () => {
  const hashesOf = async (seed: string): Promise<string[]> => {
    const chain = await testChain({ forks: { osaka: 0 }, seed })
    const hashes = [bytesToHex(chain.local.head.hash)]
    for (let slot = 1; slot <= 4; slot++) hashes.push(bytesToHex((await grow(chain, slot)).carried.payload.blockHash))
    return hashes
  }
  const [first, second, other] = [await hashesOf('a'), await hashesOf('a'), await hashesOf('b')]
  expect(second).toEqual(first)
  expect(other.some((hash) => first.includes(hash))).toBe(false)
})

test('blocks are made on any known parent, and an empty one has nothing in it', async () => {
  const chain = await testChain({ forks: { osaka: 0 } })
  const fork = (await grow(chain, 1)).carried.payload.blockHash
  const left = await grow(chain, 2)
  const right = await chain.make(requestOf(chain, 3, { parentHash: fork, fill: 'empty' }))
  const above = await chain.make(requestOf(chain, 4, { parentHash: right.carried.payload.blockHash }))
  expect(chain.local.head.hash).toEqual(left.carried.payload.blockHash)
  expect(right.carried.payload).toMatchObject({ blockNumber: 2, transactions: [], withdrawals: [], gasUsed: 0 })
  expect(above.carried.payload.blockNumber).toBe(3)
  for (const { carried } of [left, right, above]) {
    expect(await verified(chain, { osaka: 0 }, carried.payload.blockHash)).toMatchObject({ kind: 'verified' })
  }
})

test('an ordered fault is a wrong state root and nothing else, and the chain goes on', async () => {
  const chain = await testChain({ forks: { prague: 0 } })
  const bad = await grow(chain, 1, { fault: 'stateRoot' })
  const verification = await verified(chain, { prague: 0 }, bad.carried.payload.blockHash)
  expect(verification).toMatchObject({ kind: 'mismatch', mismatch: { field: 'stateRoot' } })
  const next = await grow(chain, 2)
  expect(await verified(chain, { prague: 0 }, next.carried.payload.blockHash)).toMatchObject({ kind: 'verified' })
})

test('gas of a block is about what was ordered', async () => {
  const chain = await testChain({ forks: { osaka: 0 }, gas: 3_000_000 })
  const { gasUsed } = (await grow(chain, 1)).carried.payload
  expect(gasUsed).toBeGreaterThanOrEqual(3_000_000)
  expect(gasUsed).toBeLessThan(4_000_000)
  const none = await testChain({ forks: { osaka: 0 }, gas: 0 })
  expect((await grow(none, 1)).carried.payload.transactions).toEqual([])
  await expect(testChain({ forks: { osaka: 0 }, gas: 30_000_001 })).rejects.toThrow(RangeError)
})

test('parents that are not known or not earlier are refused', async () => {
  const chain = await testChain({ forks: { osaka: 0 } })
  await expect(chain.make(requestOf(chain, 1, { parentHash: asHash(new Uint8Array(32)) }))).rejects.toThrow(RangeError)
  await expect(chain.make(requestOf(chain, 1, { timestamp: timeOfSlot(0) }))).rejects.toThrow(RangeError)
})

test('a chain may begin at another block than 0', async () => {
  const chain = await testChain({ forks: { osaka: 0 }, genesis: { number: 1000, timestamp: timeOfSlot(9) } })
  for (let slot = 10; slot < 16; slot++) {
    const { blockHash, blockNumber } = (await grow(chain, slot)).carried.payload
    expect(blockNumber).toBe(slot + 991)
    expect(await verified(chain, { osaka: 0 }, blockHash)).toMatchObject({ kind: 'verified' })
  }
})

test('the genesis state is kept, and built again where what was kept is damaged', async () => {
  const cacheFolder = await mkdtemp(join(tmpdir(), 'devnet-genesis-'))
  const said: string[] = []
  const open = (seed: string): Promise<ExecutionChain> =>
    testChain({ forks: { osaka: 0 }, seed, cacheFolder, log: (message) => said.push(message) })
  try {
    const { hash } = (await open('a')).local.head
    expect((await open('a')).local.head.hash).toEqual(hash)
    expect(said).toEqual([])
    const [file] = await readdir(cacheFolder)
    await writeFile(join(cacheFolder, file!), 'torn')
    expect((await open('a')).local.head.hash).toEqual(hash)
    expect(said).toHaveLength(1)
    expect((await open('b')).local.head.hash).not.toEqual(hash)
    expect(await readdir(cacheFolder)).toHaveLength(2)
  } finally {
    await rm(cacheFolder, { recursive: true })
  }
})

/** EIP-658: the first item is empty. */
function isFailure(receipt: Uint8Array): boolean {
  const [status] = RLP.decode(receipt[0]! >= 0xc0 ? receipt : receipt.subarray(1)) as Uint8Array[]
  return status!.length === 0
}
