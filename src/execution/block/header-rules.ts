/** What a header must be, given its parent's. Formulas of fees are EthereumJS's; the comparison, and what it is called, is ours. */
import type { BlockHeader } from '@ethereumjs/block'
import { ConsensusType, Hardfork, type Common } from '@ethereumjs/common'
import { bytesToHex, KECCAK256_RLP_ARRAY } from '@ethereumjs/util'
import type { Mismatch, MismatchField } from './verification.ts'

/** Yellow Paper: header.extraData is at most 32 bytes. */
const MAX_EXTRA_DATA = 32
/** Yellow Paper, equation 58 (header validity): gas limits stay below 2^63. */
const MAX_GAS_LIMIT = 2n ** 63n - 1n
/** EIP-7843: a uint64. Which slot it is, only the consensus layer can say. */
const MAX_SLOT_NUMBER = 2n ** 64n - 1n

/** The first rule that `header` breaks against its parent, in the order of the list, or undefined. */
export function checkAgainstParent(header: BlockHeader, parent: BlockHeader): Mismatch | undefined {
  return (
    expectNumber('number', parent.number + 1n, header.number) ??
    expectRange('timestamp', `more than ${parent.timestamp}`, header.timestamp, header.timestamp > parent.timestamp) ??
    checkGasLimit(header, parent) ??
    checkBaseFee(header, parent) ??
    checkExcessBlobGas(header, parent) ??
    checkDifficulty(header, parent)
  )
}

/** How many fields a header of that fork has: EIPs append theirs, and none may be left out. */
export function headerFieldCount(common: Common): number {
  return APPENDED_FIELDS.reduce(
    (sum, { eip, fields }) => sum + (common.isActivatedEIP(eip) ? fields : 0),
    FRONTIER_FIELDS,
  )
}

/** Yellow Paper 4.4, before London. */
const FRONTIER_FIELDS = 15
const APPENDED_FIELDS = [
  { eip: 1559, fields: 1 },
  { eip: 4895, fields: 1 },
  { eip: 4844, fields: 2 },
  { eip: 4788, fields: 1 },
  { eip: 7685, fields: 1 },
  { eip: 7928, fields: 1 },
  { eip: 7843, fields: 1 },
]

/** Rules that need no parent. For blocks after the genesis block, which keeps none of them. */
export function checkAlone(header: BlockHeader): Mismatch | undefined {
  const { extraData, gasLimit, gasUsed, slotNumber = 0n } = header
  const bound =
    expectRange('gasLimit', `at most ${MAX_GAS_LIMIT}`, gasLimit, gasLimit <= MAX_GAS_LIMIT) ??
    expectRange('gasUsed', `at most ${gasLimit}`, gasUsed, gasUsed <= gasLimit) ??
    expectRange('slotNumber', `at most ${MAX_SLOT_NUMBER}`, slotNumber, slotNumber <= MAX_SLOT_NUMBER)
  if (bound !== undefined) return bound
  const blobs = checkBlobPrice(header)
  if (blobs !== undefined) return blobs
  if (extraData.length > MAX_EXTRA_DATA) {
    return { field: 'header.extraData', expected: `at most ${MAX_EXTRA_DATA} bytes`, actual: bytesToHex(extraData) }
  }
  return isProofOfStake(header.common) ? checkProofOfStake(header) : undefined
}

/** EIP-4844: what the block's blob transactions use, in gas; undefined before Cancun. */
export function checkBlobGasUsed(header: BlockHeader, used: bigint): Mismatch | undefined {
  if (header.blobGasUsed === undefined) return undefined
  const { maxBlobGasPerBlock } = header.common.getBlobGasSchedule()
  return (
    expectNumber('blobGasUsed', used, header.blobGasUsed) ??
    expectRange('blobGasUsed', `at most ${maxBlobGasPerBlock}`, used, used <= maxBlobGasPerBlock)
  )
}

/**
 * EIP-4844: the price of blob gas is e^(excess / fraction) and a word of the EVM. Past that, counting it by the EIP's
 * series takes as many steps as the excess is large: a header would hang its verifier.
 */
function checkBlobPrice({ common, excessBlobGas }: BlockHeader): Mismatch | undefined {
  if (excessBlobGas === undefined || !common.isActivatedEIP(4844)) return undefined
  const limit = LN_OF_WORD_LIMIT * common.getBlobGasSchedule().blobGasPriceUpdateFraction
  return expectRange('excessBlobGas', `at most ${limit}`, excessBlobGas, excessBlobGas <= limit)
}

/** ln(2^256) = 177.4. */
const LN_OF_WORD_LIMIT = 177n

export function isProofOfStake(common: Common): boolean {
  return common.consensusType() === ConsensusType.ProofOfStake
}

/** The limit moves by less than a 1024th a block; at London it doubles first (EIP-1559). */
function checkGasLimit(header: BlockHeader, parent: BlockHeader): Mismatch | undefined {
  const { common } = header
  const factor = isFirstLondonBlock(header) ? common.param('elasticityMultiplier') : 1n
  const limit = parent.gasLimit * factor
  const bound = limit / common.param('gasLimitBoundDivisor')
  const minimum = common.param('minGasLimit')
  const [low, high] = [limit - bound + 1n, limit + bound - 1n]
  const fits = header.gasLimit >= low && header.gasLimit <= high && header.gasLimit >= minimum
  return expectRange('gasLimit', `${low} to ${high}, and at least ${minimum}`, header.gasLimit, fits)
}

function checkBaseFee(header: BlockHeader, parent: BlockHeader): Mismatch | undefined {
  const { common } = header
  if (!common.isActivatedEIP(1559)) return undefined
  const expected = isFirstLondonBlock(header) ? common.param('initialBaseFee') : parent.calcNextBaseFee()
  return expectNumber('baseFeePerGas', expected, header.baseFeePerGas ?? -1n)
}

function isFirstLondonBlock(header: BlockHeader): boolean {
  const london = header.common.hardforkBlock(Hardfork.London)
  return london !== null && london !== 0n && london === header.number
}

function checkExcessBlobGas(header: BlockHeader, parent: BlockHeader): Mismatch | undefined {
  const { common } = header
  if (!common.isActivatedEIP(4844)) return undefined
  const excess = header.excessBlobGas ?? -1n
  // The least that any price can lead to; so the price of the parent's excess is counted for a bounded excess only.
  const least = (parent.excessBlobGas ?? 0n) - common.getBlobGasSchedule().targetBlobGasPerBlock
  if (excess < least) return expectRange('excessBlobGas', `at least ${least}`, excess, false)
  return expectNumber('excessBlobGas', parent.calcNextExcessBlobGas(common), excess)
}

/** The proof of work itself is not checked; its difficulty follows from the parent. */
function checkDifficulty(header: BlockHeader, parent: BlockHeader): Mismatch | undefined {
  if (isProofOfStake(header.common)) return undefined
  return expectNumber('difficulty', header.ethashCanonicalDifficulty(parent), header.difficulty)
}

/** EIP-3675. */
function checkProofOfStake(header: BlockHeader): Mismatch | undefined {
  return (
    expectNumber('difficulty', 0n, header.difficulty) ??
    expectText('header.nonce', NO_NONCE, bytesToHex(header.nonce)) ??
    expectText('unclesHash', NO_UNCLES, bytesToHex(header.uncleHash))
  )
}

const NO_NONCE = '0x0000000000000000'
const NO_UNCLES = bytesToHex(KECCAK256_RLP_ARRAY)

function expectText(field: MismatchField, expected: string, actual: string): Mismatch | undefined {
  return expected === actual ? undefined : { field, expected, actual }
}

function expectNumber(name: string, expected: bigint, actual: bigint): Mismatch | undefined {
  return expected === actual ? undefined : { field: `header.${name}`, expected: `${expected}`, actual: `${actual}` }
}

function expectRange(name: string, expected: string, actual: bigint, fits: boolean): Mismatch | undefined {
  return fits ? undefined : { field: `header.${name}`, expected, actual: `${actual}` }
}
