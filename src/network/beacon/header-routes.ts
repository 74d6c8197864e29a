/** Beacon headers and what they belong to: `/eth/v1/beacon/headers/{block_id}`, `genesis`. */
import { byteArrayEquals } from '@chainsafe/ssz'
import { bytesToHex } from '@ethereumjs/util'
import { asRoot, type Root } from '../../chain/bytes.ts'
import { DecodeError } from '../../consensus/containers/decode-error.ts'
import { beaconHeaderFromJson } from '../../consensus/containers/decode-json.ts'
import { BeaconBlockHeaderType } from '../../consensus/containers/ssz-types.ts'
import type { KnownHeader } from '../request-server.ts'
import { decimalAt, flagAt, rootAt, valueAt } from './api-json.ts'
import type { BeaconReply, BeaconRest } from './beacon-rest.ts'
import { SMALL_JSON_MAX } from './constants.ts'

/** `malformed` where it does not hash to the root. @throws {RequestError} */
export function fetchHeaderByRoot(
  rest: BeaconRest,
  { blockRoot }: { readonly blockRoot: Root },
  signal: AbortSignal,
): Promise<RootedHeader> {
  return fetchHeader(rest, bytesToHex(blockRoot), signal, ({ root }) =>
    byteArrayEquals(root, blockRoot) ? undefined : `it is the header of ${bytesToHex(root)}, not the one asked for`,
  )
}

/** `malformed` where it is of another slot. @throws {RequestError} */
export function fetchHeaderBySlot(
  rest: BeaconRest,
  { slot }: { readonly slot: number },
  signal: AbortSignal,
): Promise<RootedHeader> {
  return fetchHeader(rest, String(slot), signal, ({ header }) =>
    header.slot === slot ? undefined : `it is of slot ${header.slot}, not the one asked for`,
  )
}

/** Blocks that the API has names for. */
export type BlockTag = 'head' | 'genesis' | 'finalized' | 'justified'

/** What the server holds to be the block of that name. @throws {RequestError} */
export const fetchHeaderByTag = (
  rest: BeaconRest,
  { tag }: { readonly tag: BlockTag },
  signal: AbortSignal,
): Promise<RootedHeader> => fetchHeader(rest, tag, signal, () => undefined)

/** What the server holds to be the head, with the root of its header. @throws {RequestError} */
export const fetchHead = (
  rest: BeaconRest,
  signal: AbortSignal,
): Promise<{ readonly slot: number; readonly blockRoot: Root }> =>
  fetchHeaderByTag(rest, { tag: 'head' }, signal).then(({ header, root }) => ({
    slot: header.slot,
    blockRoot: root,
  }))

export interface BeaconGenesis {
  /** Seconds since 1970. */
  readonly genesisTime: number
  readonly genesisValidatorsRoot: Root
}

/** Which network the server is of. @throws {RequestError} */
export function fetchGenesis(rest: BeaconRest, signal: AbortSignal): Promise<BeaconGenesis> {
  const route = jsonRoute('genesis', '/eth/v1/beacon/genesis', SMALL_JSON_MAX)
  const decode = (reply: BeaconReply) => {
    const json = requireJson(reply, 'genesis')
    return {
      genesisTime: decimalAt(json, 'data.genesis_time', 'genesis'),
      genesisValidatorsRoot: rootAt(json, 'data.genesis_validators_root', 'genesis'),
    }
  }
  return rest.get(route, decode, signal)
}

export interface RootedHeader extends KnownHeader {
  /** Computed, not said. */
  readonly root: Root
}

/** @param wrong what is wrong with it, if anything */
function fetchHeader(
  rest: BeaconRest,
  blockId: string,
  signal: AbortSignal,
  wrong: (header: RootedHeader) => string | undefined,
): Promise<RootedHeader> {
  const decode = (reply: BeaconReply): RootedHeader => {
    const json = requireJson(reply, 'header')
    const header = beaconHeaderFromJson(valueAt(json, 'data.header.message'), 'header')
    const root = asRoot(BeaconBlockHeaderType.hashTreeRoot(header))
    const known = {
      header,
      root,
      canonical: flagAt(json, 'data.canonical'),
      finalized: flagAt(json, 'finalized'),
    }
    const fault = wrong(known)
    if (fault !== undefined) throw new DecodeError('malformed', 'header', fault)
    return known
  }
  return rest.get(jsonRoute('headers', `/eth/v1/beacon/headers/${blockId}`, SMALL_JSON_MAX), decode, signal)
}

const jsonRoute = (name: string, path: string, maxBytes: number) => ({ name, path, forms: 'json', maxBytes }) as const

function requireJson(reply: BeaconReply, what: string): unknown {
  if (reply.kind === 'json') return reply.json
  throw new DecodeError('malformed', what, 'expected JSON, got bytes')
}
