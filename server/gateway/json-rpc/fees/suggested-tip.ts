/** What a priority fee should be to get into one of the next blocks: geth's oracle. */
import type { ExecutionBlock } from '../../../execution/execution-source.ts'
import type { RpcContext } from '../method.ts'
import type { DecodedBlock } from '../objects/decoded-block.ts'
import { effectiveGasPrice } from '../objects/transaction.ts'

/** Blocks that are looked at: geth's default. */
const BLOCKS = 20
/** Cheapest transactions of each that count: what just got in. geth's default. */
const PER_BLOCK = 3
/** Tips below are not paid by anybody who wants to get in. geth's default, in wei. */
const LEAST_TIP = 2n
/** geth's default. */
const PERCENTILE = 60
/** Where no transaction tells, in wei. Devnets build what comes; public chains are never so silent. */
const NO_TELLING = 1n

/** Wei. By fewer blocks where fewer are kept. @throws {UnavailableError} */
export async function suggestedTip({ source, chain }: RpcContext): Promise<bigint> {
  const { head, serves } = await source.status()
  const oldest = Math.max(1, serves.blocks?.from ?? head.number, head.number - BLOCKS + 1)
  const tips: bigint[] = []
  let block: ExecutionBlock | undefined = head
  while (block !== undefined && block.number >= oldest) {
    tips.push(...cheapestTips(chain.decoded(block)))
    block = block.number > oldest ? await source.blockByHash(block.parentHash) : undefined
  }
  if (tips.length === 0) return NO_TELLING
  return tips.sort(ascending)[Math.floor(((tips.length - 1) * PERCENTILE) / 100)]!
}

/** What is over the base fee, in the order of the transactions. */
export function tipsOf({ transactions, header }: DecodedBlock): bigint[] {
  const base = header.baseFeePerGas ?? 0n
  return transactions.map((transaction) => effectiveGasPrice(transaction, base) - base)
}

const cheapestTips = (block: DecodedBlock): bigint[] =>
  tipsOf(block)
    .filter((tip) => tip >= LEAST_TIP)
    .sort(ascending)
    .slice(0, PER_BLOCK)

const ascending = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0)
