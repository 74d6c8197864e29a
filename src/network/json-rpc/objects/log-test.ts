/** Which logs a filter wants, for any number of logs: what a log has is looked up, however many alternatives there are. */
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
  const keys = new Set(alternatives.map(keyOf))
  return (value) => keys.has(keyOf(value))
}

/** Two bytes to a UTF-16 unit; addresses and topics have an even number of them. */
function keyOf(bytes: Uint8Array): string {
  let key = ''
  for (let at = 0; at < bytes.length; at += 2) key += String.fromCharCode((bytes[at]! << 8) | bytes[at + 1]!)
  return key
}
