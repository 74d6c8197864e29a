/** Whether a server is a gateway, and which chain it serves: its network file says both. */
import { parseNetworkFile } from '../../chain/network.ts'
import { NetworkConfigError } from '../../chain/config-value.ts'
import type { HttpAnswer, HttpEndpoint } from '../../network/http/http-endpoint.ts'
import type { NetworkRules } from './witness-options.ts'
import { WitnessError } from '../../network/on-demand/witness-error.ts'

const NETWORK_PATH = '/beamtab/network.json'

/** More than any schedule of forks takes. */
const MAX_NETWORK_FILE = 262_144

/**
 * Undefined where the server is no gateway.
 * @throws {RequestError} where it does not answer at all
 * @throws {WitnessError} for a network file that is none
 */
export async function gatewayNetwork(endpoint: HttpEndpoint, signal: AbortSignal): Promise<NetworkRules | undefined> {
  const answer = await endpoint.ask({ path: NETWORK_PATH, accept: 'application/json' }, MAX_NETWORK_FILE, signal)
  if (answer.status !== 200) return undefined
  const json = jsonIn(answer)
  // Some JSON-RPC servers answer whatever path with a page, or with an error of theirs.
  if (typeof json !== 'object' || json === null || !('genesisValidatorsRoot' in json)) return undefined
  try {
    return { network: parseNetworkFile(json), config: (json as { execution?: object }).execution }
  } catch (error) {
    if (!(error instanceof NetworkConfigError)) throw error
    throw new WitnessError(`${endpoint.url.name}: GET ${NETWORK_PATH}: ${error.message}`)
  }
}

function jsonIn({ bytes }: HttpAnswer): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return undefined
  }
}
