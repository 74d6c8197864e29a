/**
 * Light-client objects from the JSON of the beacon API: `{version, data}`, a bare object, a list of either, or
 * `{version, data: [...]}`. Fields that a container does not have are ignored, because servers add some.
 */
import type { ForkName, Network } from '../../chain/network.ts'
import { FORK_NAMES } from '../../chain/network.ts'
import { messageOf } from '../../chain/thrown.ts'
import type { DecodedUpdate, MessageKind } from './decode.ts'
import { caught, containerFork, forkOfSlot } from './decode.ts'
import { DecodeError } from './decode-error.ts'
import type { LightClientBootstrap, LightClientUpdate } from './light-client-objects.ts'
import { bootstrapFromWire, updateFromWire } from './light-client-objects.ts'
import type { BeaconBlockHeader, Codec } from './ssz-types.ts'
import { BeaconBlockHeaderType, lightClientTypes } from './ssz-types.ts'

/** Alone, or as the only item of a list. @throws {DecodeError} */
export function bootstrapFromJson(network: Network, json: unknown): LightClientBootstrap {
  const { fork, data } = unwrap(network, onlyItem(json), 'header', 'bootstrap')
  const types = lightClientTypes(network.preset).messages[containerFork(fork, 'bootstrap')]
  return bootstrapFromWire(network, parseExactly(types.bootstrap, data, 'bootstrap'))
}

/** An update, finality or optimistic update. @throws {DecodeError} */
export function updateFromJson(
  network: Network,
  kind: Exclude<MessageKind, 'bootstrap'>,
  json: unknown,
  what: string = kind,
): LightClientUpdate {
  const { fork, data } = unwrap(network, json, 'attested_header', what)
  const types = lightClientTypes(network.preset).messages[containerFork(fork, what)]
  return updateFromWire(network, parseExactly(types[kind], data, what))
}

/** A BeaconBlockHeader alone. @throws {DecodeError} */
export const beaconHeaderFromJson = (json: unknown, what: string): BeaconBlockHeader =>
  parseExactly(BeaconBlockHeaderType, requireObject(json, what), what)

/** A list of updates, whole or as `data`, or one. What cannot be read is an entry of the result. */
export function updatesFromJson(network: Network, json: unknown): DecodedUpdate[] {
  return listed(json).map((item, index) => caught(() => updateFromJson(network, 'update', item, `update ${index}`)))
}

/** What is said beside a `data` list is said of each of its items. */
function listed(json: unknown): readonly unknown[] {
  if (Array.isArray(json)) return json
  if (!isObject(json) || !Array.isArray(json['data'])) return [json]
  const { data, ...said } = json
  return (data as unknown[]).map((item) => (isObject(item) && !('data' in item) ? { ...said, data: item } : item))
}

function onlyItem(json: unknown): unknown {
  const list = listed(json)
  return list.length === 1 ? list[0] : json
}

/** The fork is the one of the header's slot; a stated version must mean the same container. */
function unwrap(
  network: Network,
  json: unknown,
  headerKey: string,
  what: string,
): { fork: ForkName; data: JsonObject } {
  const outer = requireObject(json, what)
  const data = 'data' in outer ? requireObject(outer['data'], `${what}: data`) : outer
  const header = requireObject(data[headerKey], `${what}: ${headerKey}`)
  const slot = requireObject(header['beacon'], `${what}: ${headerKey}.beacon`)['slot']
  if (typeof slot !== 'string' || !/^\d{1,16}$/.test(slot)) {
    throw new DecodeError('malformed', what, `${headerKey}.beacon.slot is no decimal text below 2^53`)
  }
  const fork = forkOfSlot(network, Number(slot), what)
  const version = 'version' in outer ? outer['version'] : fork
  if (!FORK_NAMES.includes(version as ForkName)) {
    throw new DecodeError('unsupportedFork', what, `version ${JSON.stringify(version)} is no fork that is supported`)
  }
  if (containerFork(version as ForkName, what) !== containerFork(fork, what)) {
    throw new DecodeError('wrongFork', what, `its version says ${String(version)}, but slot ${slot} is in ${fork}`)
  }
  return { fork, data }
}

type JsonObject = Readonly<Record<string, unknown>>

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function requireObject(value: unknown, what: string): JsonObject {
  if (isObject(value)) return value
  throw new DecodeError('malformed', what, `expected an object, got ${kindOf(value)}`)
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  return Array.isArray(value) ? `a list of ${value.length}` : typeof value
}

/** The library takes a digit that is no hex for zero and cuts numbers that do not fit, so both are ruled out here. */
function parseExactly<T>(codec: Codec<T>, data: JsonObject, what: string): T {
  let value: T
  try {
    value = codec.fromJson(data)
  } catch (error) {
    throw new DecodeError('malformed', what, messageOf(error))
  }
  requireHexOrDecimal(data, codec.toJson(value), what)
  if (!codec.equals(codec.deserialize(codec.serialize(value)), value)) {
    throw new DecodeError('malformed', what, 'a number does not fit its type')
  }
  return value
}

/** Goes where the container's own JSON goes, so it neither meets a field that is ignored nor runs deeper than a container. */
function requireHexOrDecimal(given: unknown, own: unknown, path: string): void {
  if (typeof own === 'object' && own !== null) {
    const fields = (typeof given === 'object' ? given : null) as JsonObject | null
    for (const [key, item] of Object.entries(own)) requireHexOrDecimal(fields?.[key], item, `${path}.${key}`)
    return
  }
  if (typeof given !== 'string' || !/^(0x([0-9a-fA-F]{2})*|\d+)$/.test(given)) {
    throw new DecodeError('malformed', path, 'expected a decimal number or 0x-hex as text')
  }
}
