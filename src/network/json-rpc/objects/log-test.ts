/** Which logs a filter wants, for any number of logs: what a log has is looked up, however many alternatives there are. */
import { equalBytes } from '../../../execution/words.ts'
import type { LogCriteria } from '../params/log-filter.ts'
import type { Log } from './receipt.ts'

/** execution-apis, "Filter": a place without alternatives takes any topic, but a topic there must be. */
export function logTest({ addresses, topics }: LogCriteria): (log: Log) => boolean {
  const isAddress = anyOf(addresses)
  const areTopics = topics.map(anyOf)
  return (log) =>
    isAddress(log.address) &&
    areTopics.length <= log.topics.length &&
    areTopics.every((isTopic, place) => isTopic(log.topics[place]!))
}

function anyOf(alternatives: readonly Uint8Array[] | undefined): (value: Uint8Array) => boolean {
  if (alternatives === undefined) return () => true
  if (alternatives.length <= MAX_COMPARED) return (value) => alternatives.some((each) => equalBytes(each, value))
  const keys = new Set(alternatives.map(keyOf))
  return (value) => keys.has(keyOf(value))
}

/** Comparing ends at the first byte that differs: a key takes as long as some ten of these. */
const MAX_COMPARED = 8

/** Two bytes to a UTF-16 unit; addresses and topics have an even number of them. */
function keyOf(bytes: Uint8Array): string {
  let key = ''
  for (let at = 0; at < bytes.length; at += 2) key += String.fromCharCode((bytes[at]! << 8) | bytes[at + 1]!)
  return key
}
