/** What an execution node gets wrong on purpose: entries are gone, or well-formed and false, and never anything else. */
import { RLP } from '@ethereumjs/rlp'
import { equalsBytes } from '@ethereumjs/util'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Hash } from '../../src/chain/bytes.ts'
import type { WasmCrypto } from '../../src/execution/crypto/wasm-crypto.ts'
import { loadWasmCrypto } from '../../src/execution/crypto/wasm-crypto.ts'
import { seededNumbers } from '../devnet/light-client/seeded.ts'
import type { ExecutionSource } from '../execution/execution-source.ts'
import { madeUpChain } from '../execution/made-up-chain.fixtures.ts'
import type { AccountEdit } from '../execution/state/state.fixtures.ts'
import { addressOf } from '../execution/state/state.fixtures.ts'
import type { Fault } from './faults.ts'
import { Faults } from './faults.ts'
import { faultyExecution, requestFaults } from './faulty-execution.ts'

const ACCOUNTS = 40
const GENESIS: AccountEdit[] = Array.from({ length: ACCOUNTS }, (_, account) => ({
  account,
  edit: { kind: 'write', balance: account + 1, code: 0, storage: 'kept', slots: [] },
}))

let source: ExecutionSource
let crypto: WasmCrypto
const faults = new Faults({ random: seededNumbers('faults') })
const faulty = () => faultyExecution({ source, faults, service: 'rpc', random: seededNumbers('entries') })
const set = (kind: Extract<Fault['kind'], 'missingEntries' | 'forgedProof'>) =>
  faults.set([{ route: 'rpc', fault: { kind } }])

beforeAll(async () => {
  crypto = await loadWasmCrypto()
  source = madeUpChain(GENESIS, crypto).execution
})

async function pathNodes(from: ExecutionSource): Promise<readonly Uint8Array[]> {
  const { head } = await source.status()
  const keys = GENESIS.map(({ account }) => ({ account: keccak_256(addressOf(account)) as Hash, slots: [] }))
  return from.paths(head.stateRoot, keys)
}

/** Whether every node is the hash in the one above, from the root on. */
function linksTo(root: Uint8Array, path: readonly Uint8Array[]): boolean {
  let hash = root
  for (const [i, node] of path.entries()) {
    if (!equalsBytes(keccak_256(node), hash)) return false
    const next = path[i + 1]
    if (next === undefined) continue
    const wanted = keccak_256(next)
    const items = RLP.decode(node) as Uint8Array[]
    const found = items.find((item) => item instanceof Uint8Array && equalsBytes(item, wanted))
    if (found === undefined) return false
    hash = found
  }
  return true
}

describe('missing entries', () => {
  test('are some of the nodes, and the rest are true', async () => {
    set('missingEntries')
    const [all, left] = [await pathNodes(source), await pathNodes(faulty())]
    expect(left.length).toBeLessThan(all.length)
    expect(left.length).toBeGreaterThan(0)
    const known = new Set(all.map((node) => Buffer.from(node).toString('hex')))
    expect(left.every((node) => known.has(Buffer.from(node).toString('hex')))).toBe(true)
  })

  test('of what is asked by hash are gaps', async () => {
    set('missingEntries')
    const hashes = (await pathNodes(source)).map((node) => keccak_256(node) as Hash)
    const nodes = await faulty().nodes(hashes)
    expect([nodes.length, nodes.includes(undefined), nodes.some((node) => node !== undefined)]).toEqual([
      hashes.length,
      true,
      true,
    ])
  })

  test('of a proof are its end', async () => {
    set('missingEntries')
    const { head } = await source.status()
    const whole = await source.accountProof(head, addressOf(3), [])
    const cut = await faulty().accountProof(head, addressOf(3), [])
    expect(cut.accountProof).toEqual(whole.accountProof.slice(0, -1))
  })
})

describe('forged proofs', () => {
  test('hang together, say another balance, and end at another root', async () => {
    set('forgedProof')
    const { head } = await source.status()
    const whole = await source.accountProof(head, addressOf(3), [])
    const forged = await faulty().accountProof(head, addressOf(3), [])
    expect(forged.balance).toBe(whole.balance + 1n)
    expect(forged.accountProof.length).toBe(whole.accountProof.length)
    expect(linksTo(head.stateRoot, whole.accountProof)).toBe(true)
    expect(linksTo(keccak_256(forged.accountProof[0]!), forged.accountProof)).toBe(true)
    expect(linksTo(head.stateRoot, forged.accountProof)).toBe(false)
  })

  test('put well-formed nodes of other hashes in the place of true ones', async () => {
    set('forgedProof')
    const [all, forged] = [await pathNodes(source), await pathNodes(faulty())]
    expect(forged.length).toBe(all.length)
    const changed = forged.filter((node, i) => !equalsBytes(node, all[i]!))
    expect(changed.length).toBeGreaterThan(0)
    for (const node of changed) expect([2, 17]).toContain((RLP.decode(node) as unknown[]).length)
  })

  test('of ranges are of their edges', async () => {
    set('forgedProof')
    const { head } = await source.status()
    const request = {
      stateRoot: head.stateRoot,
      account: undefined,
      origin: new Uint8Array(32).fill(0x40) as Hash,
      limit: new Uint8Array(32).fill(0xa0) as Hash,
      maxBytes: 1_000_000,
    }
    const [whole, forged] = [await source.range(request), await faulty().range(request)]
    expect(forged.leaves).toEqual(whole.leaves)
    expect(forged.proof).not.toEqual(whole.proof)
  })
})

test('a request that meets nothing gets what the source has, and one decision holds for all its calls', async () => {
  faults.set([])
  expect(await pathNodes(faulty())).toEqual(await pathNodes(source))
  faults.set([{ route: 'rpc', fault: { kind: 'missingEntries' }, rate: 0.5 }])
  const execution = faulty()
  for (let i = 0; i < 8; i++) {
    const drawn = faults.draw({ id: `req-${i}`, names: ['rpc'] })
    const isHit = drawn.has('missingEntries')
    const lengths = await requestFaults.run(drawn, async () => [
      (await pathNodes(execution)).length,
      (await pathNodes(execution)).length,
    ])
    const { length } = await pathNodes(source)
    expect(lengths.every((one) => (isHit ? one < length : one === length))).toBe(true)
  }
})
