/** A network that is not built in: its file, picked by the visitor or fetched from a URL. Checked before it is used. */
import { bytesToHex } from '@ethereumjs/util'
import { NETWORK_NAMES, networkByName, parseNetworkFile, type Network } from '../../chain/network.ts'
import { stateServersOf } from '../../client/beam-settings.ts'
import { formatBytes, reasonOf } from '../format.ts'
import { MAX_NETWORK_FILE_BYTES, NETWORK_FILE_TIME_LIMIT } from '../limits.ts'

export interface NetworkFile {
  /** As the file calls the network; anybody may call theirs anything. */
  readonly name: string
  readonly from: NetworkFileOrigin
  /** The file itself, as JSON text, for whoever keeps it. */
  readonly text: string
  /** What the client is given. */
  readonly content: object
  /** Whether it names beacon servers, which is what the chain is followed by. */
  readonly namesServers: boolean
  /** Whether it names servers of state, which is what executing blocks takes. */
  readonly namesStateServers: boolean
}

/** `home`: the page's own server offers it. */
export type NetworkFileOrigin =
  { readonly kind: 'picked'; readonly name: string } | { readonly kind: 'url' | 'home'; readonly url: string }

/** A network file could not be had, or is none; the message says where it was sought and what to do. */
export class NetworkFileError extends Error {
  override readonly name = 'NetworkFileError'
}

/** @throws {NetworkFileError} */
export async function readNetworkFile(file: File): Promise<NetworkFile> {
  if (file.size > MAX_NETWORK_FILE_BYTES) throw tooLarge(file.name)
  const text = await file.text().catch((error: unknown) => {
    throw new NetworkFileError(`${file.name} cannot be read (${String(error)}): is it a folder, or gone since?`)
  })
  return parseNetworkText(text, { kind: 'picked', name: file.name })
}

/**
 * Asks for a network file without credentials, within size and time limits.
 * @throws {NetworkFileError}; the signal's reason when aborted
 */
export async function fetchNetworkFile(
  url: string,
  signal: AbortSignal,
  fetchFrom: typeof fetch = fetch,
  kind: 'url' | 'home' = 'url',
): Promise<NetworkFile> {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new NetworkFileError(`${url} is no URL that begins with https:// or http://.`)
  }
  const timeout = AbortSignal.timeout(NETWORK_FILE_TIME_LIMIT)
  try {
    const response = await fetchFrom(url, {
      signal: AbortSignal.any([signal, timeout]),
      credentials: 'omit',
      cache: 'no-cache',
    })
    if (!response.ok) throw new NetworkFileError(`${url}: the server answered ${response.status}. Check the address.`)
    return parseNetworkText(await readText(response, url), { kind, url })
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof NetworkFileError) throw error
    if (timeout.aborted) {
      throw new NetworkFileError(`${url} did not answer within ${NETWORK_FILE_TIME_LIMIT / 1_000} s. Try again.`)
    }
    throw new NetworkFileError(
      `${url} cannot be fetched (${reasonOf(error)}): is it reachable, and does it let other sites’ pages ask (CORS)?`,
    )
  }
}

/**
 * Reads a network file's text.
 * @throws {NetworkFileError} when it is none, or has the name of a built-in network and is not that one
 */
export function parseNetworkText(text: string, from: NetworkFileOrigin): NetworkFile {
  const place = placeOf(from)
  try {
    const content = JSON.parse(text) as object
    const network = parseNetworkFile(content)
    refuseBorrowedName(network, place)
    return {
      name: network.name,
      from,
      text,
      content,
      namesServers: network.servers.some(({ kind }) => kind === 'beacon'),
      namesStateServers: stateServersOf(network).length > 0,
    }
  } catch (error) {
    if (error instanceof NetworkFileError) throw error
    throw new NetworkFileError(`${place} is no network file: ${reasonOf(error)}`)
  }
}

export const placeOf = (from: NetworkFileOrigin): string => (from.kind === 'picked' ? from.name : from.url)

/** What is proven of one network must not be shown, or kept, under the name of another. */
function refuseBorrowedName(network: Network, place: string): void {
  if (!NETWORK_NAMES.includes(network.name)) return
  const builtIn = networkByName(network.name)
  const isSame =
    network.chainId === builtIn.chainId &&
    bytesToHex(network.genesisValidatorsRoot) === bytesToHex(builtIn.genesisValidatorsRoot)
  if (isSame) return
  throw new NetworkFileError(
    `${place} calls its network ${network.name}, and it is another: chain id or genesis differ from the built-in ` +
      `${network.name}. Give it a name of its own.`,
  )
}

/** The body, and no more of it than a network file may have: a length in a header is only a claim. */
async function readText(response: Response, url: string): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let text = ''
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > MAX_NETWORK_FILE_BYTES) throw tooLarge(url)
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

function tooLarge(place: string): NetworkFileError {
  return new NetworkFileError(`${place} is larger than ${formatBytes(MAX_NETWORK_FILE_BYTES)}: it is no network file.`)
}
