/** Logs of a block: where they stand, whether a bloom may hide some, and how they are shown. */
import type { Hash, Keccak } from '../../../chain/bytes.ts'
import { data, quantity } from '../hex.ts'
import type { JsonObject } from '../json.ts'
import type { LogCriteria } from '../params/log-filter.ts'
import type { BlockBytes } from './decoded-block.ts'
import type { Log, Receipt } from './receipt.ts'

export interface PlacedLog {
  readonly log: Log
  readonly transactionIndex: number
  /** Within the block. */
  readonly logIndex: number
}

/** What a log is shown with. */
export interface LoggedBlock {
  readonly block: Pick<BlockBytes, 'hash' | 'number' | 'timestamp'>
  readonly transactions: readonly { readonly hash: Hash }[]
}

/** In the order of the block. */
export const logsOf = (receipts: readonly Receipt[]): PlacedLog[] => logsByTransaction(receipts).flat()

/** As {@link logsOf}, in lists by transaction. */
export function logsByTransaction(receipts: readonly Receipt[]): PlacedLog[][] {
  let logIndex = 0
  return receipts.map(({ logs }, transactionIndex) =>
    logs.map((log) => ({ log, transactionIndex, logIndex: logIndex++ })),
  )
}

/**
 * Tells of a bloom whether its block or receipt can have a log that matches; false is certain (yellow paper 4.3.1).
 * Hashes once for any number of blooms.
 */
export function bloomTest({ addresses, topics }: LogCriteria, keccak: Keccak): (bloom: Uint8Array) => boolean {
  const wanted = [addresses, ...topics]
    .filter((alternatives) => alternatives !== undefined)
    .map((alternatives) => alternatives.map((value) => bloomBits(keccak(value))))
  return (bloom) =>
    bloom.some((byte) => byte !== 0) &&
    wanted.every((alternatives) => alternatives.some((bits) => bits.every((bit) => isSet(bloom, bit))))
}

export function logJson(
  { block, transactions }: LoggedBlock,
  { log, transactionIndex, logIndex }: PlacedLog,
  fate: 'added' | 'removed',
): JsonObject {
  return {
    address: data(log.address),
    topics: log.topics.map(data),
    data: data(log.data),
    blockNumber: quantity(block.number),
    transactionHash: data(transactions[transactionIndex]!.hash),
    transactionIndex: quantity(transactionIndex),
    blockHash: data(block.hash),
    blockTimestamp: quantity(block.timestamp),
    logIndex: quantity(logIndex),
    removed: fate === 'removed',
  }
}

/** Three of 2,048, each by the low 11 bits of a pair of bytes of the hash. */
const bloomBits = (hash: Uint8Array): number[] => [0, 2, 4].map((at) => ((hash[at]! << 8) | hash[at + 1]!) & 0x7ff)

const isSet = (bloom: Uint8Array, bit: number): boolean =>
  (bloom[bloom.length - 1 - (bit >> 3)]! & (1 << (bit & 7))) !== 0
