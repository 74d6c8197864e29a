/** The devnet's first block and its state. */
import { createBlock } from '@ethereumjs/block'
import type { Common } from '@ethereumjs/common'
import { bigIntToUnpaddedBytes, hexToBytes, KECCAK256_RLP_ARRAY, SHA256_NULL } from '@ethereumjs/util'
import type { AddressBytes, Keccak } from '../../../src/chain/bytes.ts'
import { asAddress, asHash } from '../../../src/chain/bytes.ts'
import type { Network } from '../../../src/chain/network.ts'
import type { GenesisAccount } from '../../execution/build-state.ts'
import type { ExecutionBlock } from '../../execution/execution-source.ts'
import type { DevnetAccounts } from './accounts.ts'
import { CLEARED, CODES, PAIR, PROXY, TOKENS } from './contracts/contracts.ts'
import { IMPLEMENTATION_SLOT } from './contracts/proxy.ts'
import { DEPOSIT_CODE } from './contracts/deposit.ts'
import { SYSTEM_CONTRACTS } from './contracts/system-contracts.ts'
import { allowanceSlot, balanceSlot, UNLIMITED } from './contracts/token.ts'
import { word } from './contracts/words.ts'

/** Mainnet's since Fusaka (EIP-7935). Twice what the fullest blocks use, so that the base fee does not run away with them. */
export const GAS_LIMIT = 60_000_000n
/** EIP-1559, INITIAL_BASE_FEE. */
const BASE_FEE = 10n ** 9n

/** Accounts that have some of the first token: so many slots make a storage trie of five levels. */
const HOLDERS = 30_000
/** Slots of the contract whose slots are cleared: a trie of four levels, so that branches at several depths collapse. */
export const CLEARED_SLOTS = 4096
/** Tokens of each kind that senders have and that the pair has. */
const SENDER_TOKENS = 10n ** 24n
const RESERVE = 10n ** 27n
/** EIP-7002, EIP-7251 and others: contracts begin with this nonce (EIP-161). */
const CONTRACT_NONCE = 1n

/** Mainnet's, which counts where a network names no other (EIP-6110). */
const DEPOSIT_CONTRACT = asAddress(hexToBytes('0x00000000219ab540356cbb839cbe05303d7705fa'))

export const depositContract = ({ execution }: Network): AddressBytes => execution.depositContract ?? DEPOSIT_CONTRACT

/** Every account of the genesis state, none twice. */
export function* genesisAccounts(
  network: Network,
  accounts: DevnetAccounts,
  keccak: Keccak,
): Generator<GenesisAccount> {
  for (const [address, balance] of accounts.balances()) yield { address, nonce: 0n, balance }
  for (const { address, code, storage } of SYSTEM_CONTRACTS) {
    yield { address, nonce: CONTRACT_NONCE, balance: 0n, code, storage: storage.map(trimmed) }
  }
  yield { address: depositContract(network), nonce: CONTRACT_NONCE, balance: 0n, code: DEPOSIT_CODE }
  for (const [address, code] of CODES) {
    yield { address, nonce: CONTRACT_NONCE, balance: 0n, code, storage: storageOf(address, accounts, keccak) }
  }
}

/** Where the chain begins: at block 0, unless its rules say that block 0 was of another time. */
export interface GenesisPosition {
  readonly number: number
  /** Seconds since 1970. */
  readonly timestamp: number
}

/** @param stateRoot of the state of {@link genesisAccounts} @param common of that position */
export function genesisBlock(
  { number, timestamp }: GenesisPosition,
  stateRoot: Uint8Array,
  common: Common,
): ExecutionBlock {
  const has = (eip: number): boolean => common.isActivatedEIP(eip)
  const header = {
    number,
    timestamp,
    gasLimit: GAS_LIMIT,
    baseFeePerGas: BASE_FEE,
    stateRoot,
    ...(has(4844) && { blobGasUsed: 0n, excessBlobGas: 0n }),
    ...(has(4788) && { parentBeaconBlockRoot: new Uint8Array(32) }),
    ...(has(7685) && { requestsHash: SHA256_NULL }),
    ...(has(7928) && { blockAccessListHash: KECCAK256_RLP_ARRAY }),
    ...(has(7843) && { slotNumber: 0n }),
  }
  const block = createBlock({ header, ...(has(4895) && { withdrawals: [] }) }, { common })
  return {
    hash: asHash(block.hash()),
    parentHash: asHash(block.header.parentHash),
    number,
    timestamp,
    stateRoot: asHash(stateRoot),
    header: block.header.serialize(),
    rlp: block.serialize(),
  }
}

type Slot = readonly [slot: Uint8Array, value: Uint8Array]

function storageOf(address: AddressBytes, accounts: DevnetAccounts, keccak: Keccak): Slot[] {
  switch (address) {
    case TOKENS[0]:
      return [...holders(accounts, keccak), ...traders(accounts, keccak)]
    case TOKENS[1]:
      return [...traders(accounts, keccak)]
    case PROXY:
      return [[IMPLEMENTATION_SLOT, TOKENS[0]], ...traders(accounts, keccak)]
    case PAIR:
      return [0, 1].map((side) => slot(word(side), RESERVE))
    case CLEARED:
      return Array.from({ length: CLEARED_SLOTS }, (_, index) => slot(word(index), BigInt(index + 1)))
    default:
      return []
  }
}

function* holders(accounts: DevnetAccounts, keccak: Keccak): Iterable<Slot> {
  for (let index = 0; index < Math.min(HOLDERS, accounts.count); index++) {
    yield slot(balanceSlot(accounts.address(index), keccak), BigInt(index + 1) * 10n ** 12n)
  }
}

/** Whoever swaps: senders, who let the pair take their tokens, and the pair itself. */
function* traders({ senders }: DevnetAccounts, keccak: Keccak): Iterable<Slot> {
  for (const { address } of senders) {
    yield slot(balanceSlot(address, keccak), SENDER_TOKENS)
    yield slot(allowanceSlot(address, PAIR, keccak), UNLIMITED)
  }
  yield slot(balanceSlot(PAIR, keccak), RESERVE)
}

const slot = (key: Uint8Array, value: bigint): Slot => [key, bigIntToUnpaddedBytes(value)]

const trimmed = ([key, value]: Slot): Slot => {
  const first = value.findIndex((byte) => byte !== 0)
  return [key, value.subarray(first)]
}
