/**
 * Network and settings in the page's address, so that a link shows the same and can begin to follow at once:
 * `?network=<name, or URL of a network file>&beacon=<url>&beacon=…&execution=…&checkpoint=0x…&source=…`.
 * That an old checkpoint is allowed cannot be said there: who follows a link has not read the risk.
 */
import { NETWORK_NAMES } from '../../chain/network.ts'
import { MAX_SERVERS, MAX_URL_CHARACTERS } from '../limits.ts'
import { NO_SETTINGS, type FollowField, type FollowSettings } from './follow-settings.ts'

export interface PageAddress {
  readonly network: NetworkInAddress
  /** Undefined when the address has none of them. */
  readonly settings: FollowSettings | undefined
}

export type NetworkInAddress =
  | { readonly kind: 'none' }
  | { readonly kind: 'built-in'; readonly name: string }
  | { readonly kind: 'file'; readonly url: string }
  /** Neither the name of a network nor a URL. */
  | { readonly kind: 'unknown'; readonly text: string }

export const DEFAULT_NETWORK = 'mainnet'

const NETWORK = 'network'
const PARAMETERS: Readonly<Record<FollowField, string>> = {
  servers: 'beacon',
  executionServers: 'execution',
  checkpoint: 'checkpoint',
  checkpointSources: 'source',
}
const FIELDS = Object.keys(PARAMETERS) as FollowField[]

export function readAddress(address: string): PageAddress {
  const url = new URL(address)
  const fields = FIELDS.map((field) => [field, textOf(url.searchParams.getAll(PARAMETERS[field]))] as const)
  const isGiven = fields.some(([, text]) => text !== '')
  return {
    network: networkIn(url),
    settings: isGiven ? { ...NO_SETTINGS, ...Object.fromEntries(fields) } : undefined,
  }
}

/**
 * The same address with that network and those settings; where there are none, without.
 * @param unnamed the built-in network that an address without one stands for; null where the page's server has its own
 */
export function writeAddress(
  address: string,
  network: Exclude<NetworkInAddress, { readonly kind: 'unknown' }>,
  settings: FollowSettings | undefined,
  unnamed: string | null = DEFAULT_NETWORK,
): string {
  const url = new URL(address)
  const { searchParams } = url
  searchParams.delete(NETWORK)
  if (network.kind === 'file') searchParams.set(NETWORK, network.url)
  if (network.kind === 'built-in' && network.name !== unnamed) searchParams.set(NETWORK, network.name)
  for (const field of FIELDS) {
    searchParams.delete(PARAMETERS[field])
    for (const line of linesOf(settings?.[field] ?? '')) searchParams.append(PARAMETERS[field], line)
  }
  // What an address may hold as it is stays readable.
  url.search = url.search.replaceAll('%3A', ':').replaceAll('%2F', '/')
  return url.href
}

function networkIn(url: URL): NetworkInAddress {
  const text = url.searchParams.get(NETWORK)
  if (text === null || text === '') return { kind: 'none' }
  if (NETWORK_NAMES.includes(text)) return { kind: 'built-in', name: text }
  // A path is one on the page's own server.
  const isUrl = /^(https?:\/\/|\/)/i.test(text) && URL.canParse(text, url) && text.length <= MAX_URL_CHARACTERS
  return isUrl ? { kind: 'file', url: new URL(text, url).href } : { kind: 'unknown', text }
}

/** As the field has it: a line each. One more than is taken, so that it is said to be too many. */
function textOf(values: readonly string[]): string {
  return values
    .flatMap(linesOf)
    .slice(0, MAX_SERVERS + 1)
    .map((line) => line.slice(0, MAX_URL_CHARACTERS + 1))
    .join('\n')
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}
