/** EIP-7685: what the block asks of the consensus layer, and its hash in the header. */
import { bytesToHex, concatBytes, hexToBytes } from '@ethereumjs/util'
import { sha256 } from '@noble/hashes/sha2.js'
import type { AddressBytes, Hash } from '../../chain/bytes.ts'
import { asHash } from '../../chain/bytes.ts'
import type { Log } from '../evm/environment.ts'
import { equalBytes } from '../words.ts'
import {
  BUILDER_DEPOSITS,
  BUILDER_EXITS,
  CONSOLIDATION_REQUESTS,
  readRequests,
  WITHDRAWAL_REQUESTS,
  type SystemCaller,
} from './system-calls.ts'

const DEPOSIT_TYPE = 0
const WITHDRAWAL_TYPE = 1
const CONSOLIDATION_TYPE = 2
const BUILDER_DEPOSIT_TYPE = 3
const BUILDER_EXIT_TYPE = 4

/** EIP-6110: keccak256 of DepositEvent(bytes,bytes,bytes,bytes,bytes). */
const DEPOSIT_EVENT = '0x649bbc62d0e31342afea4e5cd82d4049e7e1ee912fc0889aa790803be39038c5'
/** Mainnet's deposit contract, where a network names none. */
const MAINNET_DEPOSIT_CONTRACT = hexToBytes('0x00000000219ab540356cbb839cbe05303d7705fa')

/** EIP-6110, is_valid_deposit_event_data: offset of each field's length word, and the length; the ABI leaves no choice. */
const DEPOSIT_FIELDS = [
  { offset: 160, length: 48 },
  { offset: 256, length: 32 },
  { offset: 320, length: 8 },
  { offset: 384, length: 96 },
  { offset: 512, length: 8 },
] as const
const DEPOSIT_LOG_LENGTH = 576

/** A deposit event that the contract cannot have written; it makes the block invalid (EIP-6110). */
export class DepositLogError extends Error {
  override name = 'DepositLogError'
}

/** @throws {DepositLogError} @throws {SystemCallError} */
export async function requestsHash(
  system: SystemCaller,
  logs: Iterable<Log>,
  depositContract: AddressBytes | undefined,
): Promise<Hash> {
  const requests: [type: number, data: Uint8Array][] = []
  const { common } = system.block
  if (common.isActivatedEIP(6110))
    requests.push([DEPOSIT_TYPE, deposits(logs, depositContract ?? MAINNET_DEPOSIT_CONTRACT)])
  if (common.isActivatedEIP(7002)) requests.push([WITHDRAWAL_TYPE, await readRequests(system, WITHDRAWAL_REQUESTS)])
  if (common.isActivatedEIP(7251))
    requests.push([CONSOLIDATION_TYPE, await readRequests(system, CONSOLIDATION_REQUESTS)])
  if (common.isActivatedEIP(8282)) {
    requests.push([BUILDER_DEPOSIT_TYPE, await readRequests(system, BUILDER_DEPOSITS)])
    requests.push([BUILDER_EXIT_TYPE, await readRequests(system, BUILDER_EXITS)])
  }
  const hashes = requests
    .filter(([, data]) => data.length > 0)
    .map(([type, data]) => sha256(concatBytes(Uint8Array.of(type), data)))
  return asHash(sha256(concatBytes(...hashes)))
}

function deposits(logs: Iterable<Log>, contract: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = []
  for (const [address, topics, data] of logs) {
    if (topics[0] === undefined || !equalBytes(address, contract) || bytesToHex(topics[0]) !== DEPOSIT_EVENT) continue
    parts.push(depositRequest(data))
  }
  return concatBytes(...parts)
}

function depositRequest(data: Uint8Array): Uint8Array {
  if (data.length !== DEPOSIT_LOG_LENGTH) {
    throw new DepositLogError(`a deposit event has ${data.length} bytes; expected ${DEPOSIT_LOG_LENGTH}`)
  }
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  return concatBytes(
    ...DEPOSIT_FIELDS.map(({ offset, length }, index) => {
      expectWord(view, 32 * index, offset)
      expectWord(view, offset, length)
      return data.subarray(offset + 32, offset + 32 + length)
    }),
  )
}

function expectWord(view: DataView, position: number, expected: number): void {
  const zeros = [0, 8, 16].every((part) => view.getBigUint64(position + part) === 0n)
  if (!zeros || view.getBigUint64(position + 24) !== BigInt(expected)) {
    throw new DepositLogError(`a deposit event holds another word than ${expected} at byte ${position}`)
  }
}
