/** Finds out whether a server is of our network before anything is believed to be wrong with what it sends. */
import { byteArrayEquals } from '@chainsafe/ssz'
import { bytesToHex } from '@ethereumjs/util'
import { NETWORK_NAMES, networkByName, type Network } from '../../chain/network.ts'
import { RequestError } from '../request-server.ts'
import type { BeaconRest } from './beacon-rest.ts'
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
  const detail = `is of ${described(genesis)}, expected ${described(network, network.name)}`
  return { error: new RequestError({ code: 'malformed' }, `${rest.endpoint.url.name}: ${detail}`) }
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

function described(genesis: BeaconGenesis, name = knownName(genesis)): string {
  const { genesisTime, genesisValidatorsRoot } = genesis
  return `${name} (genesis validators root ${bytesToHex(genesisValidatorsRoot)}, genesis time ${genesisTime})`
}

const knownName = (genesis: BeaconGenesis): string =>
  NETWORK_NAMES.find((name) => isSame(networkByName(name), genesis)) ?? 'a network that is not built in'
