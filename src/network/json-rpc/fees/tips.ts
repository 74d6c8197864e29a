/** What transactions paid over the base fee: geth's oracle for the next ones, and fee histories. */
import { quantity } from '../hex.ts'
import type { DecodedBlock } from '../objects/decoded-block.ts'
import type { Receipt } from '../objects/receipt.ts'
import { effectiveGasPrice } from '../objects/transaction.ts'

/** Blocks that are looked at for a suggestion: geth's default. */
export const TIP_BLOCKS = 20
/** Cheapest transactions of each that count: what just got in. geth's default. */
const PER_BLOCK = 3
/** Tips below are not paid by anybody who wants to get in. geth's default, in wei. */
const LEAST_TIP = 2n
/** geth's default. */
const PERCENTILE = 60
/** Where no transaction tells, in wei. Devnets build what comes; public chains are never so silent. */
const NO_TELLING = 1n

/** What is over the base fee, in the order of the transactions. Wei. */
export function tipsOf({ transactions, header }: DecodedBlock): bigint[] {
  const base = header.baseFeePerGas ?? 0n
  return transactions.map((transaction) => effectiveGasPrice(transaction, base) - base)
}

/** Those of a block that a suggestion is made from. Wei. */
export const cheapestTips = (block: DecodedBlock): bigint[] =>
  tipsOf(block)
    .filter((tip) => tip >= LEAST_TIP)
    .sort(ascending)
    .slice(0, PER_BLOCK)

/** @param tips the cheapest of the newest blocks. Wei. */
export function tipAmong(tips: readonly bigint[]): bigint {
  if (tips.length === 0) return NO_TELLING
  return [...tips].sort(ascending)[Math.floor(((tips.length - 1) * PERCENTILE) / 100)]!
}

/**
 * Tips at percentiles of the gas that a block's transactions used, in ascending order of tips.
 * @param receipts as many as the block has transactions
 * @param percentiles 0 to 100, ascending
 */
export function tipsAtPercentiles(
  block: DecodedBlock,
  receipts: readonly Pick<Receipt, 'cumulativeGasUsed'>[],
  percentiles: readonly number[],
): string[] {
  if (block.transactions.length === 0) return percentiles.map(() => '0x0')
  const tips = tipsOf(block)
  const byTip = receipts
    .map(({ cumulativeGasUsed }, index) => ({
      gas: cumulativeGasUsed - (receipts[index - 1]?.cumulativeGasUsed ?? 0n),
      tip: tips[index]!,
    }))
    .sort((a, b) => ascending(a.tip, b.tip))
  let place = 0
  let sum = byTip[0]!.gas
  return percentiles.map((percentile) => {
    const threshold = (Number(block.header.gasUsed) * percentile) / 100
    while (Number(sum) < threshold && place < byTip.length - 1) sum += byTip[++place]!.gas
    return quantity(byTip[place]!.tip)
  })
}

const ascending = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0)
