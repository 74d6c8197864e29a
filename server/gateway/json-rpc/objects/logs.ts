/** Logs of a block: where they stand, which of them a filter wants, and how they are shown. */
import type { Keccak } from '../../../../src/chain/bytes.ts'
import { equalBytes } from '../../../../src/execution/words.ts'
import { data, quantity } from '../hex.ts'
import type { JsonObject } from '../json.ts'
import type { LogCriteria } from '../params/log-filter.ts'
import type { DecodedBlock } from './decoded-block.ts'
import type { Log, Receipt } from './receipt.ts'

export interface PlacedLog {
  readonly log: Log
  readonly transactionIndex: number
  /** Within the block. */
  readonly logIndex: number
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

/** execution-apis, "Filter": a place without alternatives takes any topic, but a topic there must be. */
export function matches({ addresses, topics }: LogCriteria, log: Log): boolean {
  if (addresses !== undefined && !addresses.some((address) => equalBytes(address, log.address))) return false
  if (topics.length > log.topics.length) return false
  return topics.every(
    (alternatives, place) =>
      alternatives === undefined || alternatives.some((topic) => equalBytes(topic, log.topics[place]!)),
  )
}

/** Whether a block or receipt with this bloom can have a log that matches; false is certain (yellow paper 4.3.1). */
export function mayMatch({ addresses, topics }: LogCriteria, bloom: Uint8Array, keccak: Keccak): boolean {
  return [addresses, ...topics].every(
    (alternatives) => alternatives === undefined || alternatives.some((value) => isInBloom(bloom, keccak(value))),
  )
}

export function logJson(
  { block, transactions }: DecodedBlock,
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

/** Three bits, each by the low 11 bits of the first three pairs of bytes of the hash. */
function isInBloom(bloom: Uint8Array, hash: Uint8Array): boolean {
  return [0, 2, 4].every((at) => {
    const bit = ((hash[at]! << 8) | hash[at + 1]!) & 0x7ff
    return (bloom[bloom.length - 1 - (bit >> 3)]! & (1 << (bit & 7))) !== 0
  })
}
