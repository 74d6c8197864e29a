/** The kinds of transactions that a devnet's blocks are made of, and how often each comes. */
import { bigIntToBytes, concatBytes, hexToBytes, setLengthLeft } from '@ethereumjs/util'
import { asAddress } from '../../../../src/chain/bytes.ts'
import { initCode } from '../assembler.ts'
import { ANCESTORS, CALLER, CLEARED, DELEGATE, FACTORY, FAILURE, PAIR, SLOTS, TOKENS } from '../contracts/contracts.ts'
import { depositData } from '../contracts/deposit.ts'
import { factoryData } from '../contracts/factory.ts'
import { swapData } from '../contracts/pair.ts'
import { PRECOMPILE_CALLS } from '../contracts/precompile-inputs.ts'
import { ancestorsData, callerData, FAILURES, failureData } from '../contracts/probes.ts'
import { slotsData } from '../contracts/slots.ts'
import { CONSOLIDATION_REQUESTS, WITHDRAWAL_REQUESTS } from '../contracts/system-contracts.ts'
import { TOKEN_CODE, transferData } from '../contracts/token.ts'
import { word } from '../contracts/words.ts'
import { CLEARED_SLOTS } from '../genesis.ts'
import type { Draft, DraftTools } from './draft.ts'

export interface Kind {
  readonly name: string
  /** Of all weights together. */
  readonly weight: number
  /** EIP that it needs. */
  readonly eip?: number
  readonly draft: (tools: DraftTools) => Draft
}

const ETHER = 10n ** 18n
const GWEI = 10n ** 9n
const NOBODY = asAddress(new Uint8Array(20))

/** Slots that the storage-heavy contract goes around in: its storage grows no further, however long a devnet runs. */
const SLOT_RING = 50_000
/** EIP-7594 lets a transaction have no more. */
const MAX_BLOBS = 6
/** Tokens sent, of the billions that there are. */
const MAX_TOKENS = 1_000_000

/** Weights are about public networks' shares, with what is rare there made frequent enough to be in every few blocks. */
export const KINDS: readonly Kind[] = [
  { name: 'transfer', weight: 28, draft: transfer },
  { name: 'tokenTransfer', weight: 24, draft: tokenTransfer },
  { name: 'swap', weight: 14, draft: swap },
  { name: 'writeSlots', weight: 7, draft: writeSlots },
  { name: 'clearSlots', weight: 5, draft: clearSlots },
  { name: 'createAndDestroy', weight: 4, draft: createAndDestroy },
  { name: 'deploy', weight: 1, draft: deploy },
  { name: 'fail', weight: 4, draft: fail },
  { name: 'precompile', weight: 4, draft: callPrecompile },
  { name: 'ancestors', weight: 2, draft: readAncestors },
  { name: 'blobs', weight: 4, eip: 4844, draft: sendBlobs },
  { name: 'delegate', weight: 4, eip: 7702, draft: delegate },
  { name: 'withdrawalRequest', weight: 2, eip: 7002, draft: requestWithdrawal },
  { name: 'consolidationRequest', weight: 2, eip: 7251, draft: requestConsolidation },
  { name: 'deposit', weight: 2, eip: 6110, draft: deposit },
]

/** To an account of the genesis state, to a new one, or to a sender, who may have code by delegation. */
function transfer({ accounts, random, slot }: DraftTools): Draft {
  const value = BigInt(random.between(1, 1000)) * (ETHER / 10_000n)
  if (random.oneIn(10)) return { to: random.pick(accounts.senders).address, value, gasLimit: 120_000n }
  if (random.oneIn(8)) {
    // Past the accounts that exist, and others in each slot.
    const fresh = accounts.count + slot * 1024 + random.between(0, 1023)
    return { to: accounts.address(fresh), value, gasLimit: 50_000n }
  }
  return { to: accounts.address(random.between(0, accounts.count - 1)), value, gasLimit: 21_000n }
}

function tokenTransfer({ accounts, random }: DraftTools): Draft {
  const to = accounts.address(random.between(0, accounts.count - 1))
  const data = transferData(to, BigInt(random.between(1, MAX_TOKENS)))
  return { to: random.pick(TOKENS), data, gasLimit: 100_000n }
}

function swap({ random }: DraftTools): Draft {
  const data = swapData(BigInt(random.between(1, MAX_TOKENS)) * GWEI, random.pick([0, 1] as const))
  return { to: PAIR, data, gasLimit: 250_000n, slots: [word(0), word(1)] }
}

function writeSlots({ random, slot }: DraftTools): Draft {
  const count = random.between(3, 20)
  const first = random.between(0, SLOT_RING - 20)
  const data = slotsData(first, count, BigInt(slot + 1))
  return { to: SLOTS, data, gasLimit: 60_000n + 25_000n * BigInt(count), slots: [word(first)] }
}

/** Clears more than it fills: what is cleared is filled at random places, and much is cleared twice. */
function clearSlots({ random, slot }: DraftTools): Draft {
  const count = random.between(5, 25)
  const first = random.between(0, CLEARED_SLOTS - 25)
  const data = slotsData(first, count, random.oneIn(3) ? BigInt(slot + 1) : 0n)
  return { to: CLEARED, data, gasLimit: 60_000n + 25_000n * BigInt(count) }
}

function createAndDestroy({ random }: DraftTools): Draft {
  const value = random.oneIn(2) ? 1n : 0n
  return { to: FACTORY, value, data: factoryData(random.between(0, 7)), gasLimit: 400_000n }
}

/** A copy of the token, or one that starts with nothing but a slot less. */
function deploy({ random, blockNumber }: DraftTools): Draft {
  // A code of its own for each block: the number goes behind the program, where it is never run.
  const code = concatBytes(TOKEN_CODE, Uint8Array.of(0), word(blockNumber), random.bytes(4))
  return { to: undefined, data: initCode(code), gasLimit: 600_000n }
}

function fail({ random }: DraftTools): Draft {
  return { to: FAILURE, data: failureData(random.pick(FAILURES)), gasLimit: 70_000n }
}

function callPrecompile({ common, random }: DraftTools): Draft {
  const calls = PRECOMPILE_CALLS.filter(({ eip }) => eip === undefined || common.isActivatedEIP(eip))
  const { address, input, gas } = random.pick(calls)
  return { to: CALLER, data: callerData(address, input), gasLimit: gas }
}

function readAncestors({ random, ancestors }: DraftTools): Draft {
  // The parent, the farthest that BLOCKHASH reaches, one past it, and some between.
  const far = Math.min(ancestors, 256)
  const distances = [1, far, 257, random.between(1, far), random.between(1, far)]
  return { to: ANCESTORS, data: ancestorsData(distances), gasLimit: 120_000n }
}

function sendBlobs(tools: DraftTools): Draft {
  const { accounts, random, blobsLeft } = tools
  if (blobsLeft === 0) return transfer(tools)
  const to = accounts.address(random.between(0, accounts.count - 1))
  return { to, gasLimit: 21_000n, blobs: random.between(1, Math.min(MAX_BLOBS, blobsLeft)) }
}

function delegate({ accounts, random, sender }: DraftTools): Draft {
  const others = accounts.senders.filter((other) => other !== sender)
  const authority = random.pick(others)
  const to = random.oneIn(4) ? NOBODY : DELEGATE
  // The call then runs the code that was just put there.
  return { to: authority.address, gasLimit: 200_000n, delegations: [{ authority, to }] }
}

/** EIP-7002: the sender's validator gives back some of its stake, or exits. */
function requestWithdrawal({ random }: DraftTools): Draft {
  const amount = random.oneIn(2) ? 0n : BigInt(random.between(1, 1_000_000)) * GWEI
  const data = concatBytes(random.bytes(48), setLengthLeft(bigIntToBytes(amount), 8))
  return { to: WITHDRAWAL_REQUESTS.address, value: REQUEST_FEE, data, gasLimit: 250_000n }
}

/** EIP-7251: the sender's validator joins another. */
function requestConsolidation({ random }: DraftTools): Draft {
  return { to: CONSOLIDATION_REQUESTS.address, value: REQUEST_FEE, data: random.bytes(96), gasLimit: 300_000n }
}

/** Above what the contracts ask for unless hundreds of requests wait; they keep what is too much. */
const REQUEST_FEE = GWEI

function deposit({ random, depositContract }: DraftTools): Draft {
  const data = depositData({
    pubkey: random.bytes(48),
    withdrawalCredentials: random.bytes(32),
    amount: GWEI_32_ETHER,
    signature: random.bytes(96),
  })
  return { to: depositContract, value: 32n * ETHER, data, gasLimit: 150_000n }
}

/** 32 * 10^9 in little-endian. */
const GWEI_32_ETHER = hexToBytes('0x0040597307000000')
