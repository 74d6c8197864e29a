/** The routes `/eth/v1/beacon/light_client/…` (beacon-APIs; digest table: consensus-specs, compute_fork_digest). */
import { bytesToHex } from '@ethereumjs/util'
import { byteArrayEquals } from '@chainsafe/ssz'
import type { BeaconPreset } from '../../chain/beacon-preset.ts'
import { periodAtSlot } from '../../chain/beacon-preset.ts'
import type { Root } from '../../chain/bytes.ts'
import { FORK_NAMES, type ForkName, type Network } from '../../chain/network.ts'
import { DecodeError } from '../../consensus/containers/decode-error.ts'
import { bootstrapFromJson, updateFromJson, updatesFromJson } from '../../consensus/containers/decode-json.ts'
import {
  containerFork,
  decodeBootstrap,
  decodeUpdate,
  decodeUpdateStream,
  forkOfBareSsz,
  type DecodedUpdate,
  type MessageKind,
} from '../../consensus/containers/decode.ts'
import type { LightClientBootstrap, LightClientUpdate } from '../../consensus/containers/light-client-objects.ts'
import { BeaconBlockHeaderType, lightClientTypes } from '../../consensus/containers/ssz-types.ts'
import { RequestError } from '../request-server.ts'
import type { BeaconReply, BeaconRest } from './beacon-rest.ts'
import { JSON_FRAME, JSON_PER_SSZ, MAX_REQUEST_LIGHT_CLIENT_UPDATES } from './constants.ts'
import { isAbsent } from './outcome.ts'

const BASE = '/eth/v1/beacon/light_client'

/** The bootstrap of a block; `malformed` where it is of another one. @throws {RequestError} */
export async function fetchBootstrap(
  rest: BeaconRest,
  { blockRoot }: { readonly blockRoot: Root },
  signal: AbortSignal,
): Promise<LightClientBootstrap> {
  const { network } = rest
  const route = {
    name: 'bootstrap',
    path: `${BASE}/bootstrap/${bytesToHex(blockRoot)}`,
    forms: 'sszOrJson',
    maxBytes: mostBytes(network.preset, 'bootstrap'),
  } as const
  const decode = (reply: BeaconReply) => {
    const bootstrap =
      reply.kind === 'json'
        ? bootstrapFromJson(network, reply.json)
        : decodeBootstrap(network, forkOfReply(network, 'bootstrap', reply), reply.bytes)
    const came = BeaconBlockHeaderType.hashTreeRoot(bootstrap.header.beacon)
    if (byteArrayEquals(came, blockRoot)) return bootstrap
    throw new DecodeError('malformed', 'bootstrap', `it is of block ${bytesToHex(came)}, not of the one asked for`)
  }
  return rest.get(route, decode, signal)
}

/** Periods in a row. */
interface UpdateRange {
  readonly startPeriod: number
  /** From 1 to {@link MAX_REQUEST_LIGHT_CLIENT_UPDATES}. */
  readonly count: number
}

/**
 * Updates of consecutive periods from `startPeriod` or a later one on; `absent` where there is none, `malformed` where
 * they are of other periods. Of a server that refuses the range, the first alone: Lodestar 1.5.1 does so where it lacks a
 * single period, such as the one that has just begun.
 * @throws {RequestError}
 */
export async function fetchUpdates(
  rest: BeaconRest,
  range: UpdateRange,
  signal: AbortSignal,
): Promise<readonly DecodedUpdate[]> {
  const { startPeriod, count } = range
  if (!(Number.isInteger(count) && count >= 1 && count <= MAX_REQUEST_LIGHT_CLIENT_UPDATES)) {
    throw new RangeError(`${count} updates were asked for; 1 to ${MAX_REQUEST_LIGHT_CLIENT_UPDATES} can be`)
  }
  const updates = await getUpdates(rest, range, signal).catch((error: unknown) => {
    if (count === 1 || !(error instanceof RequestError && isAbsent(error))) throw error
    return getUpdates(rest, { startPeriod, count: 1 }, signal)
  })
  if (updates.length > 0) return updates
  const periods = `periods ${startPeriod} to ${startPeriod + count - 1}`
  throw new RequestError({ code: 'absent' }, `${rest.endpoint.url.name}: holds no update of ${periods}`)
}

function getUpdates(rest: BeaconRest, range: UpdateRange, signal: AbortSignal): Promise<readonly DecodedUpdate[]> {
  const { network } = rest
  const { startPeriod, count } = range
  const route = {
    name: 'updates',
    path: `${BASE}/updates`,
    query: { start_period: String(startPeriod), count: String(count) },
    forms: 'sszOrJson',
    maxBytes: count * mostBytes(network.preset, 'update'),
  } as const
  const decode = (reply: BeaconReply) => {
    const updates =
      reply.kind === 'json'
        ? updatesFromJson(network, reply.json)
        : take(decodeUpdateStream(network, reply.bytes), count + 1)
    requirePeriods(network.preset, updates, range)
    return updates
  }
  return rest.get(route, decode, signal)
}

/** The newest finality update. @throws {RequestError} */
export const fetchFinalityUpdate = (rest: BeaconRest, signal: AbortSignal): Promise<LightClientUpdate> =>
  fetchLatest(rest, 'finalityUpdate', 'finality_update', signal)

/** The newest optimistic update. @throws {RequestError} */
export const fetchOptimisticUpdate = (rest: BeaconRest, signal: AbortSignal): Promise<LightClientUpdate> =>
  fetchLatest(rest, 'optimisticUpdate', 'optimistic_update', signal)

function fetchLatest(
  rest: BeaconRest,
  kind: 'finalityUpdate' | 'optimisticUpdate',
  name: string,
  signal: AbortSignal,
): Promise<LightClientUpdate> {
  const { network } = rest
  const route = {
    name,
    path: `${BASE}/${name}`,
    forms: 'sszOrJson',
    maxBytes: mostBytes(network.preset, kind),
  } as const
  const decode = (reply: BeaconReply) =>
    reply.kind === 'json'
      ? updateFromJson(network, kind, reply.json)
      : decodeUpdate(network, kind, forkOfReply(network, kind, reply), reply.bytes)
  return rest.get(route, decode, signal)
}

/**
 * The container of SSZ without a digest is that of its own header's slot. A page may not be told the version unless the
 * server exposes that header; where it is told, it must mean the same container.
 */
function forkOfReply(
  network: Network,
  kind: MessageKind,
  { bytes, version }: Extract<BeaconReply, { kind: 'ssz' }>,
): ForkName {
  const fork = forkOfBareSsz(network, kind, bytes)
  if (version === undefined) return fork
  const said = FORK_NAMES.find((name) => name === version.toLowerCase())
  if (said === undefined) {
    throw new DecodeError('unsupportedFork', kind, `Eth-Consensus-Version "${version}" is no fork that is supported`)
  }
  if (containerFork(said, kind) !== containerFork(fork, kind)) {
    throw new DecodeError('wrongFork', kind, `Eth-Consensus-Version says ${said}, but its slot is in ${fork}`)
  }
  return fork
}

/** What cannot be read counts as being of the period that is next: a bad update hides none of the others. */
function requirePeriods(
  preset: BeaconPreset,
  updates: readonly DecodedUpdate[],
  { startPeriod, count }: { readonly startPeriod: number; readonly count: number },
): void {
  if (updates.length > count) {
    throw new DecodeError('malformed', 'updates', `more came than the ${count} that were asked for`)
  }
  const end = startPeriod + count
  let next: number | undefined
  for (const [index, decoded] of updates.entries()) {
    if (decoded.kind === 'update') {
      const period = periodAtSlot(preset, decoded.update.attestedHeader.beacon.slot)
      const isFirst = next === undefined
      if (period < startPeriod || period >= end || (!isFirst && period !== next)) {
        const expected = isFirst ? `one of ${startPeriod} to ${end - 1}` : `${next}`
        throw new DecodeError('malformed', `update ${index}`, `it is of period ${period}, expected ${expected}`)
      }
      next = period + 1
    } else if (next !== undefined) next += 1
  }
}

function take<T>(items: Iterable<T>, most: number): T[] {
  const taken: T[] = []
  for (const item of items) if (taken.push(item) >= most) break
  return taken
}

/** Of one object in the form that is longest, whatever its fork. */
function mostBytes(preset: BeaconPreset, kind: MessageKind): number {
  const sizes = Object.values(lightClientTypes(preset).messages).map((types) => types[kind].maxSize)
  return JSON_PER_SSZ * Math.max(...sizes) + JSON_FRAME
}
