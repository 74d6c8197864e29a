/** The EthereumJS `Common` of a block, built from the network's own schedule and nothing of EthereumJS's built-in chains. */
import type { ChainConfig, CustomCrypto, HardforksDict, HardforkTransitionConfig, ParamsDict } from '@ethereumjs/common'
import { Common } from '@ethereumjs/common'
import { bytesToHex } from '@ethereumjs/util'
import type { BlobParams, ExecutionSchedule, TimeFork } from './execution-schedule.ts'
import type { ExecutionNetwork } from './network.ts'

/** What decides the rules of a block. */
export interface BlockPosition {
  readonly number: number | bigint
  /** Seconds since 1970. */
  readonly timestamp: number | bigint
  /** Give it where it is known: on a chain whose merge block nobody wrote down, it tells proof of stake. */
  readonly difficulty?: bigint | undefined
}

export class UnsupportedForkError extends Error {
  override name = 'UnsupportedForkError'
}

/** No block of the network has both that number and that time. */
export class ImpossiblePositionError extends Error {
  override name = 'ImpossiblePositionError'
}

/** EIP-4844: gas of one blob. EthereumJS wants blob limits in gas. */
const GAS_PER_BLOB = 131072

/**
 * A fresh `Common` with the hardfork of that block set. Where the merge block is known (public networks, chains that
 * start merged) it also serves other blocks through `setHardforkBy`.
 * @throws {UnsupportedForkError} when the block follows rules this code does not have
 * @throws {ImpossiblePositionError} when its number is before the merge and its time is after a fork that followed it
 */
export function commonAt(network: ExecutionNetwork, position: BlockPosition, customCrypto: CustomCrypto = {}): Common {
  const at = { number: Number(position.number), timestamp: Number(position.timestamp), difficulty: position.difficulty }
  const { execution } = network
  const beyond = execution.unsupported.find((fork) => fork.timestamp <= at.timestamp)
  if (beyond !== undefined) {
    throw new UnsupportedForkError(
      `block ${at.number} of ${network.name} is past ${beyond.name} (time ${beyond.timestamp}), whose rules are not supported`,
    )
  }
  const common = new Common({
    chain: chainConfig(network, at),
    params: blobParamsByFork(execution.timeForks),
    customCrypto,
  })
  setHardfork(common, at)
  return common
}

/** EthereumJS compares the forks by number with those by time, and throws where they do not fit together. */
function setHardfork(common: Common, { number, timestamp }: Position): void {
  try {
    common.setHardforkBy({ blockNumber: number, timestamp })
  } catch (error) {
    throw new ImpossiblePositionError(
      `block ${number} cannot have timestamp ${timestamp} on ${common.chainName()}: ${(error as Error).message}`,
    )
  }
}

interface Position {
  readonly number: number
  readonly timestamp: number
  readonly difficulty: bigint | undefined
}

function chainConfig(network: ExecutionNetwork, at: Position): ChainConfig {
  const { execution } = network
  return {
    name: network.name,
    chainId: network.chainId,
    defaultHardfork: 'chainstart',
    // Only asked before the merge; Paris itself switches EthereumJS to proof of stake.
    consensus: { type: 'pow', algorithm: 'ethash', ethash: {} },
    // Required by the type; nothing that executes a block reads it.
    genesis: { gasLimit: 0, difficulty: 0, nonce: '0x0000000000000000', extraData: '0x' },
    hardforks: transitions(execution, at),
    customHardforks: blobOnlyForks(execution.timeForks),
    bootstrapNodes: [],
    ...(execution.depositContract && { depositContractAddress: bytesToHex(execution.depositContract) }),
  }
}

/** In order of activation: EthereumJS takes the last entry that a block has reached, and "at least fork X" by place in this list. */
function transitions(execution: ExecutionSchedule, at: Position): HardforkTransitionConfig[] {
  const paris = parisBlock(execution, at)
  const blocks: HardforkTransitionConfig[] = [{ name: 'chainstart', block: 0 }, ...execution.blockForks]
  if (paris === undefined) return blocks
  const { mergeNetsplitBlock: netsplit } = execution
  return [
    // A block fork scheduled past the merge never happens.
    ...blocks.filter((fork) => (fork.block ?? 0) <= paris),
    { name: 'paris', block: paris },
    ...(netsplit === undefined ? [] : [{ name: 'mergeNetsplitBlock', block: Math.max(netsplit, paris) }]),
    ...execution.timeForks.map(({ name, timestamp }) => ({ name, block: null, timestamp })),
  ]
}

/** The first proof-of-stake block as far as this block can tell; undefined when it is a proof-of-work block. */
function parisBlock({ merge, mergeNetsplitBlock: netsplit, timeForks }: ExecutionSchedule, at: Position) {
  if (merge.kind === 'atBlock') return merge.block
  if (merge.kind === 'never') return undefined
  const firstTimeFork = timeForks[0]
  const merged =
    (firstTimeFork !== undefined && at.timestamp >= firstTimeFork.timestamp) ||
    (at.difficulty !== undefined
      ? at.difficulty === 0n && at.number > 0
      : netsplit !== undefined
        ? at.number >= netsplit
        : merge.ttdPassed)
  return merged ? at.number : undefined
}

/**
 * Blob limits of each fork under its name, which EthereumJS applies over what the EIPs of that fork bring. Both of its
 * forms: in gas (transactions, and schedules before the first BPO fork) and in blobs (from then on).
 */
function blobParamsByFork(forks: readonly TimeFork[]): ParamsDict {
  const params: ParamsDict = {}
  for (const { name, blobs } of forks) if (blobs !== undefined) params[name] = blobParams(blobs)
  return params
}

/** EthereumJS has BPO 1 and 2 built in with mainnet's numbers, which would win over ours, and no later ones. */
function blobOnlyForks(forks: readonly TimeFork[]): HardforksDict {
  const custom: HardforksDict = {}
  for (const { name, blobs } of forks) {
    if (name.startsWith('bpo') && blobs !== undefined) custom[name] = { eips: [], params: blobParams(blobs) }
  }
  return custom
}

function blobParams({ target, max, baseFeeUpdateFraction }: BlobParams) {
  return {
    blobGasPerBlob: GAS_PER_BLOB,
    targetBlobGasPerBlock: target * GAS_PER_BLOB,
    maxBlobGasPerBlock: max * GAS_PER_BLOB,
    target,
    max,
    blobGasPriceUpdateFraction: baseFeeUpdateFraction,
  }
}
