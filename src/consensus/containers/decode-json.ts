/** Light-client objects from the JSON of the beacon API: `{version, data}`, a bare object, or a list of either. */
import type { ForkName, Network } from '../../chain/network.ts'
import { FORK_NAMES } from '../../chain/network.ts'
import type { DecodedUpdate, MessageKind } from './decode.ts'
import { caught, containerFork, forkOfSlot } from './decode.ts'
import { DecodeError } from './decode-error.ts'
import type { LightClientBootstrap, LightClientUpdate } from './light-client-objects.ts'
import { bootstrapFromWire, updateFromWire } from './light-client-objects.ts'
import type { Codec } from './ssz-types.ts'
import { lightClientTypes } from './ssz-types.ts'

/** The deepest path of a container is data.attested_header.execution_branch[0]; anything deeper is not ours. */
const MAX_DEPTH = 8

/** @throws {DecodeError} */
export function bootstrapFromJson(network: Network, json: unknown): LightClientBootstrap {
  const { fork, data } = unwrap(network, json, 'header', 'bootstrap')
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

/** A list of updates, or one. */
export function updatesFromJson(network: Network, json: unknown): DecodedUpdate[] {
  const list: unknown[] = Array.isArray(json) ? json : [json]
  return list.map((item, index) => caught(() => updateFromJson(network, 'update', item, `update ${index}`)))
}

/** The fork is the one of the header's slot; a stated version must mean the same container. */
function unwrap(network: Network, json: unknown, headerKey: string, what: string): { fork: ForkName; data: object } {
  const outer = requireObject(json, what)
  const data = 'data' in outer ? requireObject(outer.data, `${what}: data`) : outer
  const header = requireObject((data as Record<string, unknown>)[headerKey], `${what}: ${headerKey}`)
  const beacon = requireObject((header as Record<string, unknown>)['beacon'], `${what}: ${headerKey}.beacon`)
  const slot = (beacon as Record<string, unknown>)['slot']
  if (typeof slot !== 'string' || !/^\d{1,16}$/.test(slot)) {
    throw new DecodeError('malformed', what, `${headerKey}.beacon.slot is no decimal text below 2^53`)
  }
  const fork = forkOfSlot(network, Number(slot), what)
  const version = 'version' in outer ? outer.version : fork
  if (!FORK_NAMES.includes(version as ForkName)) {
    throw new DecodeError('unsupportedFork', what, `version ${JSON.stringify(version)} is no fork that is supported`)
  }
  if (containerFork(version as ForkName, what) !== containerFork(fork, what)) {
    throw new DecodeError('wrongFork', what, `its version says ${String(version)}, but slot ${slot} is in ${fork}`)
  }
  return { fork, data }
}

function requireObject(value: unknown, what: string): object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw new DecodeError('malformed', what, `expected an object, got ${value === undefined ? 'nothing' : typeof value}`)
}

/** The library takes a digit that is no hex for zero and cuts numbers that do not fit, so both are ruled out here. */
function parseExactly<T>(codec: Codec<T>, data: object, what: string): T {
  requireHexOrDecimal(data, what, MAX_DEPTH)
  let value: T
  try {
    value = codec.fromJson(data)
  } catch (error) {
    throw new DecodeError('malformed', what, error instanceof Error ? error.message : String(error))
  }
  if (!codec.equals(codec.deserialize(codec.serialize(value)), value)) {
    throw new DecodeError('malformed', what, 'a number does not fit its type')
  }
  return value
}

function requireHexOrDecimal(value: unknown, path: string, depth: number): void {
  if (typeof value === 'object' && value !== null && depth > 0) {
    for (const [key, item] of Object.entries(value)) requireHexOrDecimal(item, `${path}.${key}`, depth - 1)
    return
  }
  if (typeof value !== 'string' || !/^(0x([0-9a-fA-F]{2})*|\d+)$/.test(value)) {
    throw new DecodeError('malformed', path, 'expected a decimal number or 0x-hex as text')
  }
}
