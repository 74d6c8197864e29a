/** Finds out what each URL that a user names is: a beacon node, an execution client, a gateway, or nothing of use. */
import { messageOf } from '../../chain/thrown.ts'
import type { Keccak } from '../../chain/bytes.ts'
import type { Network } from '../../chain/network.ts'
import { probeBeacon } from '../../network/beacon/network-check.ts'
import { parseServerUrl } from '../../network/http/server-url.ts'
import type { HttpTransport } from '../../network/http/transport.ts'
import { RequestError } from '../../network/request-server.ts'
import { OtherChainError, probeStateServer } from '../../sync/state-fetch/probe-server.ts'

export interface FindTools {
  readonly network: Network
  readonly keccak: Keccak
  readonly transport: HttpTransport
  /** Ends all that is asked. */
  readonly signal: AbortSignal
}

/** What a server does for one half of the work. */
export type Part =
  /** `url` is where its JSON-RPC is, if it has one. */
  | { readonly kind: 'yes'; readonly what: 'beacon' | 'gateway' | 'execution'; readonly rpc: string | undefined }
  /** It answers, and does not do this. */
  | { readonly kind: 'no'; readonly reason: string }
  | { readonly kind: 'other-chain'; readonly reason: string }
  /** It may be starting, or overloaded: nothing is known of it. */
  | { readonly kind: 'silent'; readonly reason: string }

export interface FoundServer {
  readonly url: string
  readonly name: string
  /** Follows the beacon chain. */
  readonly beacon: Part
  /** Has blocks and state. */
  readonly state: Part
}

export interface UsableServers {
  readonly beacon: readonly string[]
  /** JSON-RPC. */
  readonly execution: readonly string[]
  readonly state: readonly string[]
}

/** ms that one try may take: both halves are a few small requests, and the run waits for the slowest server. */
const TRY_LIMIT_MS = 5_000

/** Tries before a server is ruled out for the run by what it answers: a flaky one must not be for one false answer. */
const MAX_TRIES = 3

/** @throws {ServerUrlError} for a URL that is none */
export async function findServer(url: string, tools: FindTools): Promise<FoundServer> {
  const { name } = parseServerUrl(url)
  const [beacon, state] = await Promise.all([
    tried(tools, (signal) => beaconPart(url, tools, signal)),
    tried(tools, (signal) => statePart(url, tools, signal)),
  ])
  return { url, name, beacon, state }
}

/**
 * Those to be asked for each half, the silent ones too, which may come to answer during the run. What says of itself that it
 * is of another chain is asked for nothing.
 */
export function usableServers(found: readonly FoundServer[]): UsableServers {
  const ours = found.filter(({ beacon, state }) => beacon.kind !== 'other-chain' && state.kind !== 'other-chain')
  const rpc = ours.flatMap(({ state }) => (state.kind === 'yes' && state.rpc !== undefined ? [state.rpc] : []))
  const isClient = (state: Part) => state.kind === 'yes' && state.what === 'execution'
  const mayBeBeacon = ({ beacon, state }: FoundServer) =>
    beacon.kind === 'yes' || (beacon.kind === 'silent' && !isClient(state))
  return {
    beacon: ours.filter(mayBeBeacon).map(({ url }) => url),
    execution: rpc,
    state: ours.filter(({ state }) => state.kind === 'yes' || state.kind === 'silent').map(({ url }) => url),
  }
}

/** In words, for the log. */
export function describeServer({ name, beacon, state }: FoundServer): string {
  const kinds = [beacon, state].flatMap((part) => (part.kind === 'yes' ? [NAMES[part.what]] : []))
  const other = [beacon, state].find(({ kind }) => kind === 'other-chain')
  if (other !== undefined && 'reason' in other) return `${name}: not used: it ${other.reason}`
  if (kinds.length > 0) return `${name}: ${kinds.join(' and ')}`
  const reasons = [beacon, state].flatMap((part) => ('reason' in part ? [part.reason] : []))
  const isSilent = beacon.kind === 'silent' || state.kind === 'silent'
  const what = isSilent ? 'not found out yet' : 'not used: neither a beacon node, an execution client nor a gateway'
  return `${name}: ${what} (${[...new Set(reasons)].join('; ')})`
}

const NAMES = { beacon: 'a beacon node', gateway: 'a gateway', execution: 'an execution client' } as const

/** The last try. Silence rules nothing out, and is tried once. */
async function tried(tools: FindTools, attempt: (signal: AbortSignal) => Promise<Part>): Promise<Part> {
  for (let attempts = 1; ; attempts++) {
    const part = await once(tools, attempt)
    if (part.kind === 'yes' || part.kind === 'silent' || attempts === MAX_TRIES) return part
  }
}

async function once({ signal, transport }: FindTools, attempt: (signal: AbortSignal) => Promise<Part>): Promise<Part> {
  const limit = new AbortController()
  const late = `silent for ${TRY_LIMIT_MS / 1000} s`
  const cancel = transport.clock.after(TRY_LIMIT_MS, () => limit.abort(new Error(late)))
  try {
    return await attempt(AbortSignal.any([signal, limit.signal]))
  } catch (error) {
    if (limit.signal.aborted) return { kind: 'silent', reason: late }
    const isAnswer = error instanceof RequestError && ['absent', 'malformed'].includes(error.fault.code)
    return { kind: isAnswer ? 'no' : 'silent', reason: messageOf(error) }
  } finally {
    cancel()
  }
}

async function beaconPart(url: string, { network, transport }: FindTools, signal: AbortSignal): Promise<Part> {
  const probe = await probeBeacon(url, network, transport, signal)
  switch (probe.kind) {
    case 'beacon':
      return { kind: 'yes', what: 'beacon', rpc: undefined }
    case 'none':
      return { kind: 'no', reason: 'it has no beacon API' }
    case 'other-network':
      return { kind: 'other-chain', reason: probe.reason }
  }
}

async function statePart(url: string, tools: FindTools, signal: AbortSignal): Promise<Part> {
  try {
    const { kind } = await probeStateServer(url, { ...tools, signal })
    return { kind: 'yes', what: kind, rpc: kind === 'gateway' ? parseServerUrl(url).route('/rpc') : url }
  } catch (error) {
    if (error instanceof OtherChainError) return { kind: 'other-chain', reason: error.reason }
    throw error
  }
}
