/** Witnesses and their metadata as parts of messages. */
import type { Hash } from '../../chain/bytes.ts'
import { MAX_ANCESTORS, MAX_WITNESS_ITEMS } from './constants.ts'
import type { ServedWitness, TouchedKeys, WitnessMetadata } from './messages.ts'
import { optionalItem, packHashes, type WireItem, type WireReader } from './wire-item.ts'

export function witnessItem(witness: ServedWitness): WireItem[] {
  return [witness.headers, witness.nodes, witness.codes, ...keyItems(witness)]
}

/** @throws {WireError} */
export function readWitness(body: WireReader): ServedWitness {
  return {
    headers: body.blobs('headers', MAX_ANCESTORS),
    nodes: body.blobs('nodes', MAX_WITNESS_ITEMS),
    codes: body.blobs('codes', MAX_WITNESS_ITEMS),
    ...readKeys(body),
  }
}

export function metadataItem(metadata: WitnessMetadata): WireItem[] {
  const { headers, nodes, codes } = metadata
  return [[headers.first, headers.count], packHashes(nodes), packHashes(codes), ...keyItems(metadata)]
}

/** @throws {WireError} */
export function readMetadata(body: WireReader): WitnessMetadata {
  return {
    headers: readHeaderNumbers(body),
    nodes: body.hashes('nodes', MAX_WITNESS_ITEMS),
    codes: body.hashes('codes', MAX_WITNESS_ITEMS),
    ...readKeys(body),
  }
}

type Keys = Pick<ServedWitness, 'blockHashes' | 'keys'>

function keyItems({ blockHashes, keys }: Keys): WireItem[] {
  return [
    Array.from(blockHashes, ([number, hash]) => [number, hash]),
    optionalItem(keys, (list) => list.map(({ address, slots }) => [address, packHashes(slots)])),
  ]
}

function readKeys(body: WireReader): Keys {
  return {
    blockHashes: new Map(body.each('block hashes', MAX_ANCESTORS, readBlockHash)),
    keys: body.optional('keys', (list, part) => list.each(part, MAX_WITNESS_ITEMS, readTouched)),
  }
}

function readHeaderNumbers(body: WireReader): WitnessMetadata['headers'] {
  const entry = body.list('headers')
  const numbers = { first: entry.integer('first'), count: entry.integer('count', MAX_ANCESTORS) }
  entry.close()
  return numbers
}

function readBlockHash(list: WireReader, part: string): [number, Hash] {
  const entry = list.list(part)
  const pair: [number, Hash] = [entry.integer('number'), entry.hash('hash')]
  entry.close()
  return pair
}

function readTouched(list: WireReader, part: string): TouchedKeys {
  const entry = list.list(part)
  const touched = { address: entry.address('address'), slots: entry.hashes('slots', MAX_WITNESS_ITEMS) }
  entry.close()
  return touched
}
