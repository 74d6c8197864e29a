/** Beacon chains around execution blocks that others made: one that stays, or one after the other. */
import { afterEach, describe, expect, test } from 'vitest'
import { asHash, asRoot, type Hash } from '../../src/chain/bytes.ts'
import { executionBlockHash } from '../../src/consensus/containers/light-client-objects.ts'
import { hexToBytes } from '@ethereumjs/util'
import type { ForkName } from '../../src/chain/network.ts'
import { fixtureNetwork } from '../../src/testing/fixture-network.ts'
import { SimulatedClock } from '../../src/testing/simulated-clock.ts'
import type { ExecutionBlock } from '../execution/execution-source.ts'
import { follow } from './follow-source.fixtures.ts'
import { frozenChain } from './frozen-chain.ts'
import type { GatewayChain } from './gateway-chain.ts'
import { makePayload } from './light-client/execution-payloads.ts'
import { seededBytes } from './light-client/seeded.ts'
import { scriptedChain } from './scripted-chain.ts'

/** 2026-11-21 10:00:00 UTC. */
const START = 1_795_255_200_000
const SLOT = 4_000
const execution = { chainId: 7, londonBlock: 0, terminalTotalDifficulty: 0, shanghaiTime: 0 }
const hash = (name: string): Hash => asHash(seededBytes(name))

let clock: SimulatedClock
let chain: GatewayChain | undefined

afterEach(async () => {
  await chain?.close()
  chain = undefined
  expect(clock.waiting).toBe(0)
})

/** The hash that a light client has proven, from the checkpoint on. */
async function provenHash({ network, beacon, checkpoint }: GatewayChain): Promise<Hash> {
  const { optimisticHeader } = await follow(network, beacon, asRoot(hexToBytes(checkpoint)))
  if (optimisticHeader.execution === undefined) throw new Error('the head proves no execution block')
  return executionBlockHash(optimisticHeader.execution)
}

const options = { execution, preset: 'minimal', ageSlots: 3 * 64 } as const

describe('a frozen chain', () => {
  /** A block of a fork, as its beacon chain would have had it. */
  function blockOf(fork: ForkName) {
    const parent = { blockHash: hash('parent'), blockNumber: 53 }
    const { carried, headerRlp } = makePayload(
      fixtureNetwork({ [fork]: 0 }),
      'other',
      9,
      parent,
      asRoot(hash('beacon')),
    )
    const { blockHash, blockNumber, parentHash, stateRoot, timestamp } = carried.payload
    const headBlock: ExecutionBlock = {
      hash: blockHash,
      parentHash,
      number: blockNumber,
      timestamp,
      stateRoot: asHash(stateRoot),
      header: headerRlp,
      rlp: new Uint8Array(),
    }
    return { headBlock, payload: carried }
  }

  test.each(['capella', 'deneb', 'electra', 'fulu', 'gloas'] as const)(
    'of %s: every head is fresh and carries the same block',
    async (fork) => {
      clock = new SimulatedClock(START)
      const { headBlock, payload } = blockOf(fork)
      chain = await frozenChain({ ...options, clock, headBlock, payload })
      for (let slots = 0; slots < 3; slots++) {
        const { block, clockSlot } = await chain.beacon.head()
        expect(clockSlot - block.header.slot).toBe(1)
        expect(await provenHash(chain)).toEqual(headBlock.hash)
        await clock.advance(SLOT)
      }
      // It would not hash to itself in another beacon block.
      const { block } = await chain.beacon.head()
      expect(block.payload.kind).toBe(fork === 'gloas' ? 'withheld' : 'none')
      expect(block.body === undefined).toBe(fork !== 'gloas')
      const { forks, chainId } = chain.networkFile('http://localhost:1')
      expect(forks.map(({ name }) => name)).toEqual([fork === 'electra' ? 'fulu' : fork])
      expect(chainId).toBe(7)
    },
  )

  test('of a block that no beacon block could hold goes by its hash', async () => {
    clock = new SimulatedClock(START)
    const { headBlock } = blockOf('deneb')
    chain = await frozenChain({ ...options, clock, headBlock })
    expect(chain.networkFile('http://localhost:1').forks.map(({ name }) => name)).toEqual(['gloas'])
    expect(await provenHash(chain)).toEqual(headBlock.hash)
  })
})

test('a scripted chain goes on by a block a slot, and stays at the last', async () => {
  clock = new SimulatedClock(START)
  const names = ['first', 'second', 'third']
  const blocks = names.map((name, number) => ({ hash: hash(name), number: 4_000_000 + 1_000 * number }))
  chain = await scriptedChain({ ...options, clock, blocks })
  const proven: Hash[] = []
  for (let slots = 0; slots < 7; slots++) {
    proven.push(await provenHash(chain))
    await clock.advance(SLOT)
  }
  const seen = proven.map((one) => names.find((name) => hash(name).every((byte, i) => byte === one[i])))
  expect(seen.filter((name, i) => name !== seen[i - 1])).toEqual(names)
  expect(seen.slice(-2)).toEqual(['third', 'third'])
  await expect(scriptedChain({ ...options, clock, blocks: [] })).rejects.toThrow(RangeError)
})
