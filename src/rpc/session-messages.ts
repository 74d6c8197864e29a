/**
 * What a provider in a page and the node say to each other. Plain JSON in both directions, so that it passes a
 * `MessagePort` (this tab's worker) as well as a `BroadcastChannel` (another tab leads).
 *
 * The node answers every request once, by `result` or `error`, a cancelled one too or not at all; the result of
 * `eth_subscribe` comes before the first notification of that subscription. Ids are the page's, and mean nothing elsewhere.
 */
import type { Hex } from '../chain/bytes.ts'
import type { Json, JsonObject } from '../network/json-rpc/json.ts'
import { copyJson, JsonCopyError, type JsonBounds } from './json-copy.ts'

export type JsonParams = readonly Json[] | JsonObject

/** To the node. */
export type SessionCall =
  | {
      readonly kind: 'request'
      readonly id: number
      readonly method: string
      readonly params: JsonParams | undefined
      /** Whether an answer of the level `unverified` is of use; where not, the node answers {@link UNVERIFIED_ERROR}. */
      readonly allowUnverified: boolean
      /**
       * Of a subscription or a filter that goes on where one at another node ended: hash of the block up to which everything
       * was told. Left out: it begins with what comes from now on.
       */
      readonly since?: string | undefined
    }
  /** The answer is of no use any more; a subscription or a filter that it would have made is not to be left. */
  | { readonly kind: 'cancel'; readonly id: number }
  /**
   * A signed transaction that another node sent for this provider, at that time (ms since 1970): it is kept in sight from now
   * on. Answered by nothing; one that the node's own chain does not take is passed over.
   */
  | { readonly kind: 'sent'; readonly raw: string; readonly sentAt: number }
  /** Whether reads can be answered is to be said again, by `ready` or `stale`: by that a node is known to be there. */
  | { readonly kind: 'look' }

/** From the node. */
export type SessionNews =
  | { readonly kind: 'result'; readonly id: number; readonly result: Json; readonly verification: Verification }
  | { readonly kind: 'error'; readonly id: number; readonly error: SessionError }
  | { readonly kind: 'notification'; readonly subscription: string; readonly result: Json }
  /** All that a subscription or a filter has to say up to this block, by its hash, was said before this. */
  | { readonly kind: 'told'; readonly of: string; readonly block: string }
  /**
   * A subscription or a filter is there no more, without anybody having asked for that; a subscription's last notification
   * says why before this.
   */
  | { readonly kind: 'ended'; readonly of: string }
  /** There is a head that reads can be answered at. `chainId` as `eth_chainId` says it. */
  | { readonly kind: 'ready'; readonly chainId: string }
  /** Reads cannot be answered now: the head is too old, disputed, or nothing is followed. */
  | { readonly kind: 'stale'; readonly reason: string }
  /** The node has ended the session: nothing is answered or told after it. Another may be opened. */
  | { readonly kind: 'closed'; readonly reason: string }

export interface SessionError {
  readonly code: number
  readonly message: string
  readonly data?: Json
}

/**
 * Code of an answer that is refused because nothing proves it; its `data` is the {@link Verification}. In the range that
 * JSON-RPC leaves to servers (-32000 to -32099), away from the codes EIP-1474 takes there: a client must not mistake it
 * for one that it repeats by itself.
 */
export const UNVERIFIED_ERROR = -32050

/**
 * How an answer was checked.
 *
 * - `local`: it is not about the chain, or follows from the request alone
 * - `executed`: read from state that this client computed, every block since `anchor`
 * - `proven`: by a Merkle proof or a chain of hashes below a signed head
 * - `unverified`: somebody says so
 */
export type Verification = VerificationFacts &
  (
    | { readonly level: 'local' | 'proven' | 'unverified' }
    /** `anchor`: hash of the block since which every block was executed. */
    | { readonly level: 'executed'; readonly anchor: Hex }
  )

export type VerificationLevel = Verification['level']

export interface VerificationFacts {
  /** Whose words or work it is: names of servers, `own execution`, `store`, `signer`. */
  readonly source: readonly string[]
  /** The block whose state or content it is. */
  readonly block?: { readonly hash: Hex; readonly number: number }
  /** `signed`: by a sync committee, and not final yet. */
  readonly finality?: 'finalized' | 'signed'
  /** Members of the committee that signed the head it rests on. */
  readonly signers?: number
  readonly committeeSize?: number
  /** Of the head that it rests on, when it was answered. */
  readonly headAgeSeconds?: number
  /** Of proofs that were fetched for it. */
  readonly proofBytes?: number
  readonly notes?: readonly string[]
}

/** What a request may carry at most. */
export const PARAMS_BOUNDS: JsonBounds = {
  /** The deepest parameters, overrides of `eth_simulateV1`, are 8 deep; typed data that is signed may nest as it likes. */
  depth: 64,
  /** 20 times the 1,024 slots that nodes take of one `eth_getStorageValues`, a list of addresses or of overrides included. */
  values: 100_000,
  /** A raw transaction with 21 blobs of 128 KiB is 5.6 million hex digits. */
  characters: 16 * 1024 * 1024,
}

/** Longer than any method there is, by far; what is longer is no name. */
export const MAX_METHOD_LENGTH = 128

/** A call as it came from another tab, copied; undefined when it is none. */
export function readSessionCall(message: unknown): SessionCall | undefined {
  if (!isObject(message)) return undefined
  if (message['kind'] === 'look') return { kind: 'look' }
  if (message['kind'] === 'sent') return readSent(message)
  if (!isId(message['id'])) return undefined
  const { kind, id, method, params, allowUnverified, since } = message
  if (kind === 'cancel') return { kind, id: id }
  if (kind !== 'request' || typeof method !== 'string' || method.length > MAX_METHOD_LENGTH) return undefined
  if (typeof allowUnverified !== 'boolean' || !(params === undefined || isObject(params) || Array.isArray(params))) {
    return undefined
  }
  if (since !== undefined && !isHash(since)) return undefined
  try {
    const copy = params === undefined ? undefined : (copyJson(params, PARAMS_BOUNDS, 'params').json as JsonParams)
    return { kind, id: id, method, params: copy, allowUnverified, since }
  } catch (error) {
    if (error instanceof JsonCopyError) return undefined
    throw error
  }
}

/**
 * News as they came from another thread or tab; undefined when they are none, and an error for the request where it is
 * an answer that is not understood, so that nobody waits for it. Results are not looked through: they may be a hundred
 * megabytes, and what structured cloning lets pass can be handed on.
 */
export function readSessionNews(message: unknown): SessionNews | undefined {
  if (!isObject(message)) return undefined
  switch (message['kind']) {
    case 'result':
    case 'error':
      return readAnswer(message)
    case 'notification':
      return typeof message['subscription'] === 'string' && message['result'] !== undefined
        ? (message as SessionNews)
        : undefined
    case 'told':
      return typeof message['of'] === 'string' && isHash(message['block']) ? (message as SessionNews) : undefined
    case 'ended':
      return typeof message['of'] === 'string' ? (message as SessionNews) : undefined
    case 'ready':
      return typeof message['chainId'] === 'string' ? (message as SessionNews) : undefined
    case 'stale':
    case 'closed':
      return typeof message['reason'] === 'string' ? (message as SessionNews) : undefined
    default:
      return undefined
  }
}

function readSent({ raw, sentAt }: Members): SessionCall | undefined {
  if (typeof raw !== 'string' || raw.length > PARAMS_BOUNDS.characters || !/^0x([0-9a-f]{2})+$/i.test(raw))
    return undefined
  return Number.isSafeInteger(sentAt) ? { kind: 'sent', raw, sentAt: sentAt as number } : undefined
}

function readAnswer(message: Members): SessionNews | undefined {
  const { kind, id } = message
  if (!isId(id)) return undefined
  const isUnderstood =
    kind === 'result'
      ? message['result'] !== undefined && isVerification(message['verification'])
      : isSessionError(message['error'])
  if (isUnderstood) return message as unknown as SessionNews
  const text = `the node's ${String(kind)} is not understood; the tabs of this site may run different versions: reload them`
  return { kind: 'error', id, error: { code: INTERNAL_ERROR, message: text } }
}

/** Of JSON-RPC. */
const INTERNAL_ERROR = -32603

function isSessionError(value: unknown): boolean {
  return isObject(value) && Number.isInteger(value['code']) && typeof value['message'] === 'string'
}

function isVerification(value: unknown): boolean {
  if (!isObject(value)) return false
  const { level, anchor, source } = value
  if (!Array.isArray(source) || !source.every((name) => typeof name === 'string')) return false
  if (level === 'executed') return typeof anchor === 'string'
  return level === 'local' || level === 'proven' || level === 'unverified'
}

type Members = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isHash = (value: unknown): value is string => typeof value === 'string' && /^0x[0-9a-f]{64}$/.test(value)

const isId = (value: unknown): value is number => Number.isSafeInteger(value)
