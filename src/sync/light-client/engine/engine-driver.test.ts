import { bytesToHex } from '@ethereumjs/util'
import { expect, test } from 'vitest'
import type { Hash } from '../../../chain/bytes.ts'
import { asHash, asRoot } from '../../../chain/bytes.ts'
import { loadKeccak } from '../../../chain/keccak.ts'
import type { EngineApi } from '../../../network/engine/engine-api.ts'
import type { PayloadStatus } from '../../../network/engine/payload-status.ts'
import { fixtureNetwork } from '../../../testing/fixture-network.ts'
import { madeUpPayload } from '../../../testing/made-up-payload.ts'
import { FORKCHOICE_INTERVAL, MAX_WALK, PAYLOADS_AHEAD } from './constants.ts'
import { EngineDriver } from './engine-driver.ts'
import { PayloadLinks, type PayloadLink, type PlacedPayload } from './payload-links.ts'

const keccak = await loadKeccak()
const network = fixtureNetwork()
const root = asRoot(new Uint8Array(32))
const genesis = asHash(new Uint8Array(32).fill(9))

/** Payloads from block 1 on, each on top of the one before. */
function chainOf(length: number): readonly PlacedPayload[] {
  const chain: PlacedPayload[] = []
  for (let slot = 1; slot <= length; slot++) {
    const parentHash = chain.at(-1)?.carried.payload.blockHash ?? genesis
    const carried = madeUpPayload({ network, seed: 'driver', slot, parentBeaconBlockRoot: root, parentHash }, keccak)
    chain.push({ blockRoot: root, carried })
  }
  return chain
}

const hashOf = ({ carried }: PlacedPayload) => carried.payload.blockHash
const byHash = (chain: readonly PlacedPayload[], hash: Hash) =>
  chain.find((placed) => bytesToHex(hashOf(placed)) === bytesToHex(hash))

/** Executes what builds on a block that it executed. Blocks in `stored` it has, but never executed. */
class Engine implements Pick<EngineApi, 'newPayload' | 'forkchoiceUpdated' | 'block' | 'blockNumber'> {
  readonly executed = new Set([bytesToHex(genesis)])
  readonly stored = new Set<string>()
  readonly order: number[] = []
  readonly heads: string[] = []
  number = 0

  newPayload({ payload }: PlacedPayload['carried']): Promise<PayloadStatus> {
    if (!this.executed.has(bytesToHex(payload.parentHash))) return Promise.resolve({ kind: 'syncing' })
    this.executed.add(bytesToHex(payload.blockHash))
    this.order.push(payload.blockNumber)
    return Promise.resolve({ kind: 'valid' })
  }

  forkchoiceUpdated({ head }: { readonly head: Hash }): Promise<PayloadStatus> {
    this.heads.push(bytesToHex(head))
    return Promise.resolve({ kind: this.executed.has(bytesToHex(head)) ? 'valid' : 'syncing' })
  }

  block(hash: Hash) {
    const key = bytesToHex(hash)
    const has = this.executed.has(key) || this.stored.has(key)
    return Promise.resolve(has ? { number: 0, parentHash: genesis } : undefined)
  }

  blockNumber() {
    return Promise.resolve(this.number)
  }
}

function scene(length: number, keptBytes?: number) {
  const chain = chainOf(length)
  const engine = new Engine()
  const fetched = { parents: 0, again: 0, atOnce: 0, mostAtOnce: 0 }
  const search = {
    parentOf: (placed: PlacedPayload) => {
      fetched.parents += 1
      return Promise.resolve(byHash(chain, placed.carried.payload.parentHash))
    },
    again: async ({ blockHash }: PayloadLink) => {
      fetched.again += 1
      fetched.atOnce += 1
      fetched.mostAtOnce = Math.max(fetched.mostAtOnce, fetched.atOnce)
      await new Promise((resolve) => setImmediate(resolve))
      fetched.atOnce -= 1
      return byHash(chain, blockHash)
    },
  }
  const driver = new EngineDriver({
    network,
    engine,
    search,
    onProgress: () => undefined,
    links: new PayloadLinks(keptBytes),
  })
  const drive = (number: number) => driver.drive({ head: chain[number - 1] as PlacedPayload, finalized: genesis })
  return { chain, engine, fetched, drive }
}

test('payloads that were too much to keep are fetched again, a few at once', async () => {
  const { engine, fetched, drive } = scene(80, 1)
  expect(await drive(80)).toMatchObject({ kind: 'following', blockNumber: 80 })
  expect(engine.order).toEqual(Array.from({ length: 80 }, (_, i) => i + 1))
  // All but the head, which the drive holds, once on the way back and once on the way forward.
  expect(fetched.again).toBeGreaterThanOrEqual(79)
  expect(fetched.mostAtOnce).toBeLessThanOrEqual(PAYLOADS_AHEAD)
})

test('kept payloads are fetched once; heads are set now and then, and at the end', async () => {
  const { chain, engine, fetched, drive } = scene(80)
  await drive(80)
  expect(fetched).toMatchObject({ parents: 79, again: 0 })
  const set = [FORKCHOICE_INTERVAL, 2 * FORKCHOICE_INTERVAL, 80].map((number) => bytesToHex(hashOf(chain[number - 1]!)))
  expect(engine.heads).toEqual(set)
})

test('goes on behind a block that the client has, but never executed', async () => {
  const { chain, engine, drive } = scene(12)
  engine.stored.add(bytesToHex(hashOf(chain[5]!)))
  expect(await drive(12)).toMatchObject({ kind: 'following' })
  expect(engine.order).toEqual(Array.from({ length: 12 }, (_, i) => i + 1))
})

test('what was found from one head is not fetched again from the next', async () => {
  const { engine, fetched, drive } = scene(30)
  const failing = engine.block.bind(engine)
  let left = 20
  engine.block = (hash) => (left-- > 0 ? failing(hash) : Promise.reject(new Error('gone')))
  await expect(drive(29)).rejects.toThrow('gone')
  engine.block = failing
  expect(await drive(30)).toMatchObject({ kind: 'following', blockNumber: 30 })
  // Blocks 1 to 28; the other two came as heads.
  expect(fetched.parents).toBe(28)
})

test('a client that is too far behind is told the head, and nothing is fetched for it', async () => {
  const { chain, engine, fetched, drive } = scene(3)
  engine.number = 3 - MAX_WALK - 1
  expect(await drive(3)).toMatchObject({
    kind: 'syncing',
    why: expect.stringContaining('8193 blocks behind') as string,
  })
  expect(fetched.parents).toBe(0)
  expect(engine.heads).toEqual([bytesToHex(hashOf(chain[2]!))])
})
