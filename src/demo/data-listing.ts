/** What the page's server offers to verify: `/data/index.json`. Its content is a claim like any other: checked, bounded. */
import { LISTING_TIME_LIMIT, MAX_CHAIN_FILES, MAX_LISTED } from './limits.ts'

export type Listing =
  | { readonly kind: 'loading' }
  /** The server has no data folder: a page from a plain web server. */
  | { readonly kind: 'none' }
  | { readonly kind: 'listed'; readonly blocks: readonly ListedFile[]; readonly chains: readonly ListedChain[] }
  | { readonly kind: 'failed'; readonly reason: string }

export interface ListedFile {
  readonly name: string
  /** URL path on the page's server. */
  readonly path: string
  readonly bytes: number
}

/** A folder of light-client files of one chain. */
export interface ListedChain {
  readonly name: string
  readonly bytes: number
  readonly files: readonly ListedFile[]
}

const PATH = '/data/index.json'

/** Asks the page's server. Never rejects. */
export async function loadListing(fetchFrom: typeof fetch = fetch): Promise<Listing> {
  try {
    const response = await fetchFrom(PATH, { signal: AbortSignal.timeout(LISTING_TIME_LIMIT) })
    // A server without the list answers 404, or with its start page whatever the path.
    if (response.status === 404 || !isJson(response)) return { kind: 'none' }
    if (!response.ok) return { kind: 'failed', reason: `the server answered ${response.status} for ${PATH}` }
    return parseListing(await response.json())
  } catch (error) {
    return { kind: 'failed', reason: `${PATH} could not be read: ${String(error)}` }
  }
}

/** A list with the entries that have the expected shape; of an unknown kind or shape are ignored. */
export function parseListing(json: unknown): Listing {
  if (!Array.isArray(json)) return { kind: 'failed', reason: `${PATH} is no list` }
  const blocks: ListedFile[] = []
  const chains: ListedChain[] = []
  for (const entry of (json as unknown[]).slice(0, MAX_LISTED)) {
    if (!isRecord(entry)) continue
    if (entry['kind'] === 'block' && isListedFile(entry)) blocks.push(entry)
    if (entry['kind'] === 'light-client' && isListedChain(entry)) chains.push(entry)
  }
  return blocks.length + chains.length === 0 ? { kind: 'none' } : { kind: 'listed', blocks, chains }
}

function isJson(response: Response): boolean {
  return response.headers.get('content-type')?.includes('json') ?? false
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function isListedFile(value: unknown): value is Record<string, unknown> & ListedFile {
  return (
    isRecord(value) &&
    typeof value['name'] === 'string' &&
    typeof value['path'] === 'string' &&
    value['path'].startsWith('/data/') &&
    Number.isSafeInteger(value['bytes'])
  )
}

function isListedChain(value: Record<string, unknown>): value is Record<string, unknown> & ListedChain {
  const { name, bytes, files } = value
  return (
    typeof name === 'string' &&
    Number.isSafeInteger(bytes) &&
    Array.isArray(files) &&
    files.length > 0 &&
    files.length <= MAX_CHAIN_FILES &&
    files.every(isListedFile)
  )
}
