/** Served blocks are whole: by other types than made them, they hash to what light clients are shown of them. */
import { describe, expect, test } from 'vitest'
import { forkAtSlot } from '../../../src/chain/beacon-config.ts'
import type { PresetName } from '../../../src/chain/beacon-preset.ts'
import { decodeBlockPayload } from '../../../src/consensus/containers/block-payload.ts'
import { EncodeError } from '../../../src/consensus/containers/encode.ts'
import { BeaconBlockHeaderType } from '../../../src/consensus/containers/ssz-types.ts'
import { fixtureNetwork } from '../../../src/testing/fixture-network.ts'
import { encodeSignedBlock, signedBlockToJson } from '../../beacon-api/signed-block.ts'
import { signedBlockType, type BodyFork } from './beacon-block-types.fixtures.ts'
import { madeUpPayloads } from './execution-payloads.ts'
import type { PayloadMaker } from './payload-maker.ts'
import { seededBytes, seededNumbers } from './seeded.ts'
import { SyntheticChain } from './synthetic-chain.ts'

const forks = { altair: 0, capella: 1, deneb: 2, electra: 3, fulu: 4, gloas: 5 }

/** Lengths of one item of each kind of request (EIP-6110, EIP-7002, EIP-7251, EIP-8282). */
const REQUEST_LENGTHS = [192, 76, 116, 184, 68]

/** Payloads with something in every list; they hash to nothing, which is not looked at here. */
function filledPayloads(network: ReturnType<typeof fixtureNetwork>): PayloadMaker {
  const madeUp = madeUpPayloads(network, 'filled')
  const bytes = (length: number, text: string) => {
    const random = seededNumbers(text)
    return Uint8Array.from({ length }, () => Math.floor(random() * 256))
  }
  return {
    genesis: madeUp.genesis,
    make: async (request) => {
      const brought = await madeUp.make(request)
      if (brought.kind !== 'own') throw new Error(`made up payloads are own ones, not ${brought.kind}`)
      const { slot } = request
      const { carried, headerRlp } = brought.made
      const { executionRequests: requests, payload } = carried
      const filled = {
        ...payload,
        extraData: bytes(slot % 33, `extra ${slot}`),
        logsBloom: bytes(256, `bloom ${slot}`),
        baseFeePerGas: 2n ** 200n + BigInt(slot),
        transactions: Array.from({ length: slot % 7 }, (_, i) => bytes(1 + 31 * i * i, `transaction ${slot} ${i}`)),
        withdrawals: Array.from({ length: slot % 5 }, (_, i) => ({
          index: BigInt(slot * 5 + i),
          validatorIndex: i,
          address: seededBytes(`address ${i}`).slice(0, 20),
          amount: 32_000_000_001n,
        })),
        ...(payload.blob && { blob: { gasUsed: 131_072, excessGas: 393_216n } }),
      }
      const kinds = REQUEST_LENGTHS.slice(0, payload.accessList === undefined ? 3 : 5)
      const filledRequests = kinds.flatMap((length, type) => {
        const items = (slot + type) % 3
        return items === 0 ? [] : [Uint8Array.of(type, ...bytes(items * length, `requests ${slot} ${type}`))]
      })
      const executionRequests = requests && filledRequests
      return { kind: 'own', made: { carried: { ...carried, payload: filled, executionRequests }, headerRlp } }
    },
  }
}

const chainOf = (preset: PresetName, lastSlot: number, withheld = 0): Promise<SyntheticChain> => {
  const network = fixtureNetwork(forks, preset)
  return SyntheticChain.create({
    network,
    seed: 'whole',
    firstSlot: 0,
    lastSlot,
    withheld,
    participation: 0.9,
    payloads: filledPayloads(network),
    // All forks, and few blocks of each.
    missed: preset === 'mainnet' ? (slot) => (slot % 32 < 3 ? 0 : 1) : 0,
  })
}

describe.each([
  ['minimal', 55],
  ['mainnet', 6 * 32],
] as const)('%s preset', (preset, lastSlot) => {
  test('the body of every served block hashes to its body root, and the block to its root', async () => {
    const chain = await chainOf(preset, lastSlot, 0.3)
    const seen = new Set<string>()
    for (const { header, body, root } of chain.blocks) {
      const fork = forkAtSlot(chain.network, header.beacon.slot).name
      if (body === undefined) {
        expect(fork).toBe('altair')
        continue
      }
      seen.add(fork)
      const type = signedBlockType(fork as BodyFork, preset)
      const value = type.deserialize(encodeSignedBlock(chain.network, header.beacon, body))
      const served = value as unknown as Served
      const { body: servedBody, ...beacon } = served.message
      expect([fork, type.fields['message']?.hashTreeRoot(served.message)]).toEqual([fork, root])
      expect({ ...beacon, bodyRoot: header.beacon.bodyRoot }).toEqual(header.beacon)
      expect(BeaconBlockHeaderType.hashTreeRoot(header.beacon)).toEqual(root)
      expect(servedBody.syncAggregate).toEqual(chain.update(chain.blockAt(beacon.slot)).syncAggregate)
      const json = signedBlockToJson(chain.network, { header: header.beacon, body, isFinalized: true })
      expect(json).toMatchObject({ version: fork, finalized: true })
      expect(type.equals(type.fromJson((json as { data: unknown }).data), value)).toBe(true)
    }
    expect([...seen]).toEqual(['capella', 'deneb', 'electra', 'fulu', 'gloas'])
  })
})

interface Served {
  readonly message: { readonly slot: number; readonly body: { readonly syncAggregate: unknown } }
}

test('clients read the payload out of them', async () => {
  const chain = await chainOf('minimal', 39)
  for (const { header, body, execution } of chain.blocks) {
    if (body === undefined) continue
    const bytes = encodeSignedBlock(chain.network, header.beacon, body)
    expect(decodeBlockPayload(chain.network, bytes)).toEqual(execution.payload?.carried)
  }
})

test('a block of Gloas takes up the requests of the payload before it, where that was revealed', async () => {
  const chain = await chainOf('minimal', 55, 0.4)
  const blocks = chain.blocks.filter(({ slot }) => slot > 40)
  for (const { body, parent } of blocks) {
    if (body?.execution.kind !== 'bid') throw new Error('no bid')
    const { isRevealed, payload } = parent!.execution
    expect(body.execution.parentRequests).toEqual(isRevealed ? payload?.carried.executionRequests : [])
  }
  expect(blocks.some(({ execution }) => !execution.isRevealed)).toBe(true)
})

test('a body of another fork is refused', async () => {
  const chain = await chainOf('minimal', 41)
  const [fulu, gloas] = [chain.blockAt(39), chain.blockAt(41)]
  expect(() => encodeSignedBlock(chain.network, gloas.header.beacon, fulu.body!)).toThrow(EncodeError)
  expect(() => encodeSignedBlock(chain.network, fulu.header.beacon, gloas.body!)).toThrow(EncodeError)
})
