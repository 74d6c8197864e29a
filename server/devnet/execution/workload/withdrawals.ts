/** Withdrawals of a block (EIP-4895), made up where consensus names none. */
import type { Withdrawal } from '../../../../src/consensus/containers/execution-payload.ts'
import { seededNumbers } from '../../light-client/seeded.ts'
import { Random } from './draft.ts'
import type { WorkloadOptions } from './fill-block.ts'

/** MAX_WITHDRAWALS_PER_PAYLOAD of the consensus specifications. A slot's indices start at so many times its number. */
const MAX_WITHDRAWALS = 16
/** So that they do not fill the block: the minimal preset allows no more either. */
const MOST = 4
/** Gwei. */
const MAX_AMOUNT = 50_000_000

export function workloadWithdrawals(slot: number, { accounts, seed }: WorkloadOptions): Withdrawal[] {
  const random = new Random(seededNumbers(`${seed}, withdrawals of slot ${slot}`))
  return Array.from({ length: random.between(0, MOST) }, (_, i) => ({
    index: BigInt(slot * MAX_WITHDRAWALS + i),
    validatorIndex: random.between(0, accounts.count),
    // A quarter to accounts that do not exist yet.
    address: accounts.address(random.between(0, Math.floor(accounts.count * 1.33))),
    amount: BigInt(random.between(1, MAX_AMOUNT)),
  }))
}
