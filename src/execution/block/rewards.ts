/** What a block pays besides fees: block and uncle rewards before the merge, withdrawals since Shanghai. */
import type { Block } from '@ethereumjs/block'
import type { Common } from '@ethereumjs/common'
import { GWEI_TO_WEI } from '@ethereumjs/util'
import { bytesToWord } from '../words.ts'
import type { FlatState } from '../state/flat-state.ts'
import { isProofOfStake } from './header-rules.ts'
import type { SystemCaller } from './system-calls.ts'

/** Yellow Paper 11.3: an uncle's miner gets (8 - distance) / 8, the including miner 1/32 for each. */
const UNCLE_DISTANCE_BASE = 8n
const UNCLE_INCLUSION_DIVISOR = 32n

/** Uncles' numbers have been checked: their distance is 1 to 6. `common` is the virtual machine's: a block's own does not hold the rewards. */
export async function payRewards(state: FlatState, block: Block, common: Common): Promise<void> {
  if (isProofOfStake(common)) return
  const reward = common.param('minerReward')
  for (const uncle of block.uncleHeaders) {
    const distance = block.header.number - uncle.number
    await credit(state, uncle.coinbase.bytes, ((UNCLE_DISTANCE_BASE - distance) * reward) / UNCLE_DISTANCE_BASE)
  }
  const inclusion = (reward / UNCLE_INCLUSION_DIVISOR) * BigInt(block.uncleHeaders.length)
  await credit(state, block.header.coinbase.bytes, reward + inclusion)
}

/** EIP-4895. A withdrawal of nothing still touches its account, and accesses it (EIP-7928). */
export async function payWithdrawals({ state, block, accesses }: SystemCaller): Promise<void> {
  for (const { address, amount } of block.withdrawals ?? []) {
    accesses?.account(state.entry(bytesToWord(address.bytes)))
    await credit(state, address.bytes, amount * GWEI_TO_WEI)
  }
}

async function credit(state: FlatState, address: Uint8Array, amount: bigint): Promise<void> {
  const entry = state.entry(bytesToWord(address))
  await state.load(entry)
  state.touch(entry)
  state.setBalance(entry, (entry.current?.balance ?? 0n) + amount)
}
