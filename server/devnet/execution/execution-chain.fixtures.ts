/** What the tests of the devnet's execution share: small chains whose forks come at given slots, and their blocks checked. */
import { bytesToHex } from '@ethereumjs/util'
import { asAddress, asRoot, type Hash } from '../../../src/chain/bytes.ts'
import { systemClock } from '../../../src/chain/clock.ts'
import { parseNetworkFile, type Network } from '../../../src/chain/network.ts'
import { decodeRawHeader } from '../../../src/execution/block/raw-block.ts'
import type { Verification } from '../../../src/execution/block/verification.ts'
import { loadWasmCrypto } from '../../../src/execution/crypto/wasm-crypto.ts'
import type { StatelessBlock } from '../../../src/execution/stateless-block.ts'
import { verifyStatelessBlock, type StatelessOptions } from '../../../src/execution/verify-stateless-block.ts'
import type { MadePayload } from '../light-client/execution-payloads.ts'
import type { BlockRequest } from './block-request.ts'
import { ExecutionChain, type ExecutionChainOptions } from './execution-chain.ts'

const FORKS = ['shanghai', 'cancun', 'prague', 'osaka', 'bpo1', 'bpo2', 'amsterdam'] as const
export type TestFork = (typeof FORKS)[number]
/** Slots at which forks come; one that is left out comes with the next that is named. */
export type ForkSlots = Readonly<Partial<Record<TestFork, number>>>

const GENESIS_TIME = 1_700_000_000
const SLOT_SECONDS = 4
const BLOCK_FORKS = [
  ...['homesteadBlock', 'eip150Block', 'eip155Block', 'eip158Block', 'byzantiumBlock', 'constantinopleBlock'],
  ...['petersburgBlock', 'istanbulBlock', 'berlinBlock', 'londonBlock'],
]

/** A geth genesis "config". */
export function testConfig(slots: ForkSlots): Record<string, unknown> {
  const config: Record<string, unknown> = { chainId: 1337, terminalTotalDifficulty: 0 }
  for (const field of BLOCK_FORKS) config[field] = 0
  for (const [at, fork] of FORKS.entries()) {
    const next = FORKS.slice(at).find((later) => slots[later] !== undefined)
    if (next === undefined) break
    const slot = slots[next]!
    config[`${fork}Time`] = slot === 0 ? 0 : timeOfSlot(slot)
  }
  return config
}

export function testNetwork(slots: ForkSlots): Network {
  return parseNetworkFile({
    name: 'execution test',
    chainId: 1337,
    preset: 'minimal',
    slotSeconds: SLOT_SECONDS,
    genesisTime: GENESIS_TIME,
    genesisValidatorsRoot: `0x${'11'.repeat(32)}`,
    forks: [{ name: 'capella', epoch: 0, version: '0x03000001' }],
    blobSchedule: [],
    weakSubjectivityEpochs: null,
    execution: testConfig(slots),
    checkpoint: null,
    servers: [],
  })
}

export const timeOfSlot = (slot: number): number => GENESIS_TIME + SLOT_SECONDS * slot

type TestOptions = Partial<Omit<ExecutionChainOptions, 'network'>> & { readonly forks: ForkSlots }

/** 2,000 accounts and little gas, where nothing else is said: a block then costs a tenth of a second. */
export async function testChain({ forks, ...options }: TestOptions): Promise<ExecutionChain> {
  return ExecutionChain.open({
    network: testNetwork(forks),
    seed: 'test',
    accounts: 2000,
    gas: 500_000,
    crypto: await loadWasmCrypto(),
    clock: systemClock,
    ...options,
  })
}

/** On the head, where no parent is given. */
export function requestOf(chain: ExecutionChain, slot: number, request: Partial<BlockRequest> = {}): BlockRequest {
  return {
    slot,
    timestamp: timeOfSlot(slot),
    parentHash: chain.local.head.hash,
    parentBeaconBlockRoot: asRoot(new Uint8Array(32).fill(slot % 256)),
    prevRandao: new Uint8Array(32).fill(7),
    feeRecipient: asAddress(new Uint8Array(20).fill(0xfe)),
    fill: 'workload',
    ...request,
  }
}

/** Makes a block and makes it the head. */
export async function grow(
  chain: ExecutionChain,
  slot: number,
  request: Partial<BlockRequest> = {},
): Promise<MadePayload> {
  const made = await chain.make(requestOf(chain, slot, request))
  chain.local.setHead({ head: made.carried.payload.blockHash })
  return made
}

/** By the client's own executor, on nothing but the chain's witness. */
export async function verified(
  chain: ExecutionChain,
  forks: ForkSlots,
  blockHash: Hash,
  engine: StatelessOptions['engine'] = 'tuned',
): Promise<Verification> {
  const file = await statelessFile(chain, forks, blockHash)
  return (await verifyStatelessBlock(file, { crypto: await loadWasmCrypto(), engine })).verification
}

export async function statelessFile(chain: ExecutionChain, forks: ForkSlots, blockHash: Hash): Promise<StatelessBlock> {
  const { keccak } = await loadWasmCrypto()
  const witness = await chain.local.witness(blockHash)
  if (witness === undefined) throw new Error(`no block ${bytesToHex(blockHash)}`)
  const { block, headers, nodes, codes } = witness
  const { parentHash, number } = block
  return {
    ...{ network: 'custom', chainId: 1337, config: testConfig(forks), number, blockHash, parentHash },
    preStateRoot: decodeRawHeader(headers.at(-1)!, keccak).stateRoot,
    postStateRoot: block.stateRoot,
    ...{ block: block.rlp, parentHeader: undefined, headers, blockHashes: new Map<number, Hash>(), nodes, codes },
  }
}
