/** Receipts as in the receipts trie (yellow paper 4.3.1, EIP-658, EIP-2718), taken apart. */
import type { AddressBytes, Hash } from '../../../chain/bytes.ts'
import { asAddress, asHash } from '../../../chain/bytes.ts'
import type { Item } from './rlp-items.ts'
import { bytesOf, decodeList, integerOf, listOf, MalformedObjectError } from './rlp-items.ts'

export interface Log {
  readonly address: AddressBytes
  readonly topics: readonly Hash[]
  readonly data: Uint8Array
}

export interface Receipt {
  readonly encoded: Uint8Array
  /** Before Byzantium the state root after the transaction, from then on whether it succeeded. */
  readonly outcome: { readonly kind: 'root'; readonly root: Hash } | { readonly kind: 'status'; readonly status: 0 | 1 }
  readonly cumulativeGasUsed: bigint
  readonly logsBloom: Uint8Array
  readonly logs: readonly Log[]
}

/** @throws {MalformedObjectError} */
export function decodeReceipt(encoded: Uint8Array): Receipt {
  const isTyped = (encoded[0] ?? 0) < FIRST_LIST_BYTE
  const [outcome, gasUsed, bloom, logs] = decodeList(isTyped ? encoded.subarray(1) : encoded, 'the receipt')
  return {
    encoded,
    outcome: outcomeOf(bytesOf(outcome, 'outcome')),
    cumulativeGasUsed: integerOf(gasUsed, 'cumulativeGasUsed'),
    logsBloom: bytesOf(bloom, 'logsBloom', 256),
    logs: listOf(logs, 'logs').map(decodeLog),
  }
}

/** EIP-2718: where a receipt without a type, which is a list, begins. */
const FIRST_LIST_BYTE = 0xc0

function outcomeOf(bytes: Uint8Array): Receipt['outcome'] {
  if (bytes.length === 32) return { kind: 'root', root: asHash(bytes) }
  if (bytes.length === 0) return { kind: 'status', status: 0 }
  if (bytes.length === 1 && bytes[0] === 1) return { kind: 'status', status: 1 }
  throw new MalformedObjectError('a receipt begins with neither a state root nor a status')
}

function decodeLog(item: Item): Log {
  const [address, topics, data] = listOf(item, 'a log')
  return {
    address: asAddress(bytesOf(address, 'address of a log', 20)),
    topics: listOf(topics, 'topics').map((topic) => asHash(bytesOf(topic, 'a topic', 32))),
    data: bytesOf(data, 'data of a log'),
  }
}
