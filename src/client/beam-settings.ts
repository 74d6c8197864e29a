/** What the user says of executing blocks, and of whom state is had from, with the defaults filled in. */
import type { Network } from '../chain/network.ts'
import type { BeamSettings } from '../sync/beam/beam-status.ts'
import { isSourceChoice } from '../sync/beam/source-choice.ts'
import { STATE_SERVING_WINDOW } from '../sync/import/constants.ts'
import { MAX_SERVERS } from '../sync/constants.ts'
import { BeamError } from './errors.ts'
import { followSettings } from './follow-settings.ts'
import { MODES } from './mode.ts'
import type { BeamtabOptions } from './public-types.ts'

/** Undefined in light mode. @throws {BeamError} where there is nobody to ask, and for what is none of the choices */
export function beamSettings(network: Network, options: BeamtabOptions): BeamSettings | undefined {
  const { mode = 'light' } = options
  if (!MODES.includes(mode)) throw new BeamError(`${String(mode)} is no mode: name one of ${MODES.join(', ')}`)
  if (mode === 'light') return undefined
  const { sources = 'all', maxLag } = options.beam ?? {}
  const { length } = stateServers(network, options)
  if (length === 0 || length > MAX_SERVERS)
    throw new BeamError(`executing blocks takes 1 to ${MAX_SERVERS} servers of state; ${length} are named`)
  const unknown = sources === 'all' ? undefined : sources.find((name) => !isSourceChoice(name))
  if (unknown !== undefined) throw new BeamError(`${String(unknown)} is no source of state`)
  if (maxLag !== undefined && !(Number.isInteger(maxLag) && maxLag > 0 && maxLag < STATE_SERVING_WINDOW))
    throw new BeamError(`the lag has to be a whole number from 1 to ${STATE_SERVING_WINDOW - 1} blocks, not ${maxLag}`)
  return { sources, maxLag }
}

/** Nobody where nothing is followed: of a chain without a head there is nothing to ask. */
export function stateServers(network: Network, { servers, follow }: BeamtabOptions): readonly string[] {
  if (followSettings(network, follow) === undefined) return []
  return servers ?? stateServersOf(network)
}

/** A gateway's address and that of its JSON-RPC are the same server: where a gateway is named, it is enough. */
export function stateServersOf({ servers }: Network): string[] {
  const urls = (kind: 'gateway' | 'execution') => servers.filter((server) => server.kind === kind).map(({ url }) => url)
  const gateways = urls('gateway')
  return [...gateways, ...urls('execution').filter((url) => !gateways.some((gateway) => url.startsWith(gateway)))]
}
