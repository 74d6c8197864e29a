/** Puts transactions of all kinds into a block until they have used as much gas as was asked for. */
import type { AddressBytes } from '../../../../src/chain/bytes.ts'
import { seededNumbers } from '../../light-client/seeded.ts'
import type { DevnetAccounts } from '../accounts.ts'
import type { OpenBlock } from '../build-block.ts'
import { Random, type DraftTools } from './draft.ts'
import { KINDS, type Kind } from './kinds.ts'
import { writeTransaction } from './write-transaction.ts'

export interface WorkloadOptions {
  readonly seed: string
  readonly accounts: DevnetAccounts
  readonly depositContract: AddressBytes
  /** Gas of a block, about: a transaction that ends above it is the last. */
  readonly gas: number
  readonly genesisNumber: number
}

/** wei per gas; above it users wait, so that a long run of full blocks does not make senders poor. */
const DEAR_BASE_FEE = 200n * 10n ** 9n
/** Of blob gas. */
const DEAR_BLOB_FEE = 10n * 10n ** 9n
/** Part of the gas asked for that is used while gas is dear. */
const DEAR_SHARE = 0.5

/** What it puts in follows from the options, the slot and the block's parent alone. */
export async function fillBlock(block: OpenBlock, slot: number, options: WorkloadOptions): Promise<void> {
  const { accounts, depositContract, seed } = options
  const { common, header } = block
  const blockNumber = Number(header.number)
  const ancestors = blockNumber - options.genesisNumber
  const random = new Random(seededNumbers(`${seed}, workload of slot ${slot}`))
  const kinds = KINDS.filter(({ eip }) => eip === undefined || common.isActivatedEIP(eip))
  const gas = header.baseFeePerGas! > DEAR_BASE_FEE ? options.gas * DEAR_SHARE : options.gas
  while (block.gasUsed < gas) {
    const sender = random.pick(accounts.senders)
    const blobsLeft = blobsThatFit(block)
    const tools: DraftTools = {
      accounts,
      sender,
      common,
      slot,
      blockNumber,
      ancestors,
      blobsLeft,
      depositContract,
      random,
    }
    const nonce = async (address: AddressBytes): Promise<bigint> => (await block.account(address)).nonce
    const draft = pickKind(kinds, random).draft(tools)
    await block.add(await writeTransaction(draft, { common, header, sender, random, nonce }))
  }
}

function blobsThatFit({ common, header, blobGasUsed }: OpenBlock): number {
  if (!common.isActivatedEIP(4844) || header.getBlobGasPrice() > DEAR_BLOB_FEE) return 0
  const { maxBlobGasPerBlock } = common.getBlobGasSchedule()
  return Number((maxBlobGasPerBlock - blobGasUsed) / common.param('blobGasPerBlob'))
}

function pickKind(kinds: readonly Kind[], random: Random): Kind {
  let left = random.between(
    1,
    kinds.reduce((sum, { weight }) => sum + weight, 0),
  )
  return kinds.find(({ weight }) => (left -= weight) <= 0)!
}
