/** Finds out whether a server is of our network before anything is believed to be wrong with what it sends. */
import { byteArrayEquals } from '@chainsafe/ssz'
import { bytesToHex } from '@ethereumjs/util'
import { NETWORK_NAMES, networkByName, type Network } from '../../chain/network.ts'
import { RequestError } from '../request-server.ts'
import { HttpEndpoint } from '../http/http-endpoint.ts'
import { parseServerUrl } from '../http/server-url.ts'
import type { HttpTransport } from '../http/transport.ts'
import { BeaconRest } from './beacon-rest.ts'
import { fetchGenesis, type BeaconGenesis } from './header-routes.ts'

/**
 * `error` says of which network it is, where that is not ours. A server whose genesis is ours, or that has no route that
 * says so, has none: its answers are proven anyway.
 * @throws {RequestError} where the server does not answer
 */
export async function checkNetwork(
  rest: BeaconRest,
  signal: AbortSignal,
): Promise<{ readonly error: RequestError | undefined }> {
  const genesis = await genesisOf(rest, signal)
  const { network } = rest
  if (genesis === undefined || isSame(network, genesis)) return { error: undefined }
  const detail = otherNetwork(network, genesis)
  return { error: new RequestError({ code: 'malformed' }, `${rest.endpoint.url.name}: ${detail}`) }
}

/** Whether what answers at an address is a beacon node of our network. */
export type BeaconProbe =
  | { readonly kind: 'beacon' }
  /** It answers, and has no such API. */
  | { readonly kind: 'none' }
  | { readonly kind: 'other-network'; readonly reason: string }

/**
 * Asks of a server that may be anything what only a beacon node answers.
 * @throws {RequestError} where the server does not answer @throws {ServerUrlError}
 */
export async function probeBeacon(
  url: string,
  network: Network,
  transport: HttpTransport,
  signal: AbortSignal,
): Promise<BeaconProbe> {
  const endpoint = new HttpEndpoint(parseServerUrl(url), transport)
  const genesis = await genesisOf(new BeaconRest({ network, endpoint, onTime: () => undefined }), signal)
  if (genesis === undefined) return { kind: 'none' }
  if (isSame(network, genesis)) return { kind: 'beacon' }
  return { kind: 'other-network', reason: otherNetwork(network, genesis) }
}

async function genesisOf(rest: BeaconRest, signal: AbortSignal): Promise<BeaconGenesis | undefined> {
  try {
    return await fetchGenesis(rest, signal)
  } catch (error) {
    if (error instanceof RequestError && error.fault.code === 'absent') return undefined
    throw error
  }
}

/** The genesis time is no part of any signature, but slots and so all that is due would be off by it. */
const isSame = (network: Network, { genesisTime, genesisValidatorsRoot }: BeaconGenesis): boolean =>
  network.genesisTime === genesisTime && byteArrayEquals(network.genesisValidatorsRoot, genesisValidatorsRoot)

const otherNetwork = (network: Network, genesis: BeaconGenesis): string =>
  `is of ${described(genesis)}, expected ${described(network, network.name)}`

function described(genesis: BeaconGenesis, name = knownName(genesis)): string {
  const { genesisTime, genesisValidatorsRoot } = genesis
  return `${name} (genesis validators root ${bytesToHex(genesisValidatorsRoot)}, genesis time ${genesisTime})`
}

const knownName = (genesis: BeaconGenesis): string =>
  NETWORK_NAMES.find((name) => isSame(networkByName(name), genesis)) ?? 'a network that is not built in'
