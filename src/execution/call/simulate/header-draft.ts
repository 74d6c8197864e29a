/** Headers of simulated blocks: what they take from their parent, from overrides, and from what came of their calls. */
import { createBlockHeaderFromRLP, type BlockHeader } from '@ethereumjs/block'
import { Hardfork, type Common } from '@ethereumjs/common'
import { RLP } from '@ethereumjs/rlp'
import { hexToBytes, KECCAK256_RLP, KECCAK256_RLP_ARRAY } from '@ethereumjs/util'
import { commonAt } from '../../../chain/execution-common.ts'
import { wordToAddress, wordToBytes32, wordToTrimmedBytes as number } from '../../words.ts'
import type { CallContext } from '../call-block.ts'
import { CallError, INVALID_INPUT } from '../call-error.ts'
import type { PlannedBlock } from './block-plan.ts'

/** What is known of a header once its calls have run. */
export interface Made {
  readonly stateRoot: Uint8Array
  readonly transactionsRoot: Uint8Array
  readonly receiptsRoot: Uint8Array
  readonly logsBloom: Uint8Array
  readonly gasUsed: bigint
  readonly withdrawalsRoot: Uint8Array
  readonly blobGasUsed: bigint
  readonly requestsHash: Uint8Array | undefined
}

const NOTHING_MADE: Made = {
  stateRoot: new Uint8Array(32),
  transactionsRoot: KECCAK256_RLP,
  receiptsRoot: KECCAK256_RLP,
  logsBloom: new Uint8Array(256),
  gasUsed: 0n,
  withdrawalsRoot: KECCAK256_RLP,
  blobGasUsed: 0n,
  requestsHash: undefined,
}

/** sha256 of nothing (EIP-7685): of a block without requests. */
const NO_REQUESTS = hexToBytes('0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')

/** Wei: EIP-1559. A Common knows it only once a block has been made with it. */
const INITIAL_BASE_FEE = 1_000_000_000n

/** Completed with what its calls came to. */
export type HeaderDraft = (made?: Made) => BlockHeader

/**
 * @param fees without validation a block asks for no price, unless an override says so
 * @throws {CallError} for the block at which London begins with another base fee than the protocol's
 */
export function draftHeader(
  { network, crypto }: Pick<CallContext, 'network' | 'crypto'>,
  { overrides, number: height, timestamp }: PlannedBlock,
  parent: BlockHeader,
  fees: 'charged' | 'waived',
): HeaderDraft {
  const difficulty = parent.difficulty
  const common = commonAt(network, { number: height, timestamp, difficulty }, crypto.customCrypto)
  const { coinbase, gasLimit = parent.gasLimit, prevRandao = 0n } = overrides
  const later = laterFields(common, overrides, parent, fees)
  checkFirstBaseFee(common, height, overrides.baseFee ?? nextBaseFee(parent, fees))
  return (made = NOTHING_MADE) => {
    const fields = [
      ...[parent.hash(), KECCAK256_RLP_ARRAY, coinbase === undefined ? parent.coinbase.bytes : wordToAddress(coinbase)],
      ...[made.stateRoot, made.transactionsRoot, made.receiptsRoot, made.logsBloom, number(difficulty), number(height)],
      ...[number(gasLimit), number(made.gasUsed), number(timestamp), new Uint8Array(0), wordToBytes32(prevRandao)],
      ...[new Uint8Array(8), ...later(made)],
    ]
    return createBlockHeaderFromRLP(RLP.encode(fields), { common, skipConsensusFormatValidation: true })
  }
}

/** Appended by forks: London, Shanghai, Cancun, Prague, Amsterdam. */
function laterFields(
  common: Common,
  overrides: PlannedBlock['overrides'],
  parent: BlockHeader,
  fees: 'charged' | 'waived',
): (made: Made) => Uint8Array[] {
  const baseFee = common.isActivatedEIP(1559) ? (overrides.baseFee ?? nextBaseFee(parent, fees)) : undefined
  const excess = common.isActivatedEIP(4844) ? nextExcess(common, parent) : undefined
  const beaconRoot = overrides.parentBeaconBlockRoot ?? new Uint8Array(32)
  return (made) => [
    ...(baseFee === undefined ? [] : [number(baseFee)]),
    ...(common.isActivatedEIP(4895) ? [made.withdrawalsRoot] : []),
    ...(excess === undefined ? [] : [number(made.blobGasUsed), number(excess)]),
    ...(common.isActivatedEIP(4788) ? [beaconRoot] : []),
    ...(common.isActivatedEIP(7685) ? [made.requestsHash ?? NO_REQUESTS] : []),
    // No list of accesses is made of a simulated block: it has the hash of an empty one.
    ...(common.isActivatedEIP(7928) ? [KECCAK256_RLP_ARRAY] : []),
    ...(common.isActivatedEIP(7843) ? [number(0n)] : []),
  ]
}

function nextBaseFee(parent: BlockHeader, fees: 'charged' | 'waived'): bigint {
  if (fees === 'waived') return 0n
  return parent.baseFeePerGas === undefined ? INITIAL_BASE_FEE : parent.calcNextBaseFee()
}

/** EIP-1559 gives London's first block its base fee, and no such header can be made with another. */
function checkFirstBaseFee(common: Common, height: bigint, baseFee: bigint): void {
  const first = common.hardforkBlock(Hardfork.London)
  if (height === 0n || first !== height) return
  if (baseFee === INITIAL_BASE_FEE) return
  const way = `override baseFeePerGas of block ${height} with 0x${INITIAL_BASE_FEE.toString(16)}, or simulate with validation`
  throw new CallError(INVALID_INPUT, `block ${height} begins London, at a base fee of ${INITIAL_BASE_FEE}: ${way}`)
}

function nextExcess(common: Common, parent: BlockHeader): bigint {
  return parent.excessBlobGas === undefined ? 0n : parent.calcNextExcessBlobGas(common)
}
