/** Blocks and headers for importing: from the store where they are there, else of servers, each believed by its hash. */
import { bytesToHex } from '@ethereumjs/util'
import type { Hash, Keccak } from '../../chain/bytes.ts'
import { bodyMismatch } from '../../execution/block/body-roots.ts'
import { checkItemCounts } from '../../execution/block/body-size.ts'
import { InvalidBlockError } from '../../execution/block/invalid-block-error.ts'
import { BlockEncodingError, decodeRawBlock, decodeRawHeader, type RawBlock } from '../../execution/block/raw-block.ts'
import { equalBytes } from '../../execution/words.ts'
import type { Store } from '../../state/store/store.ts'
import type { BlockAsking, ImportFetcher } from '../import/import-tools.ts'
import type { ServerSelector } from '../state-fetch/server-selector.ts'
import { NOTHING_RECEIVED, TripCounter } from '../state-fetch/trip-counter.ts'
import { urgencyOf, type Purpose, type Verdict } from '../state-fetch/work.ts'

export interface ImportFetcherOptions {
  readonly selector: ServerSelector
  readonly keccak: Keccak
  readonly store: Pick<Store, 'getHeader'>
}

/** Nobody has it, or what came is another. */
export class ChainUnavailableError extends Error {
  override name = 'ChainUnavailableError'
}

export function importFetcher({ selector, keccak, store }: ImportFetcherOptions): ImportFetcher {
  // What blocks and headers cost is not counted with any block's state.
  const counter = new TripCounter(() => 0)

  async function block(
    hash: Hash,
    signal: AbortSignal,
    { purpose = 'request', told }: BlockAsking = {},
  ): Promise<Uint8Array> {
    let found: Uint8Array | undefined
    const urgency = urgencyOf(purpose, 'must')
    const { reasons } = await selector.fetch({
      ...{ kind: 'block', items: [hash], most: 1, urgency, place: undefined, counter, signal },
      request: () => ({ hash }),
      accept: (rlp, items, server): Verdict<Hash> => {
        const problem = notTheBlock(hash, rlp)
        if (problem === undefined) {
          found = rlp.slice()
          told?.(server)
        }
        return verdict(problem, items, rlp.length)
      },
    })
    signal.throwIfAborted()
    if (found === undefined)
      throw new ChainUnavailableError(`block ${bytesToHex(hash)} cannot be had: ${said(reasons)}`)
    return found
  }

  /** With a body of another making, a good block would look invalid. */
  function notTheBlock(hash: Hash, rlp: Uint8Array): string | undefined {
    let raw: RawBlock | undefined
    const problem = unlike(hash, () => {
      raw = decodeRawBlock(rlp, keccak)
      checkItemCounts(raw)
      return raw.header.hash
    })
    const mismatch = problem === undefined && raw !== undefined ? bodyMismatch(raw, keccak) : undefined
    return mismatch === undefined ? problem : `a body came that is not of block ${bytesToHex(hash)}: ${mismatch.field}`
  }

  /** Contiguous from there, as far as they are kept. */
  async function kept(from: Hash, count: number): Promise<Uint8Array[]> {
    const headers: Uint8Array[] = []
    for (let next = from; headers.length < count;) {
      const rlp = await store.getHeader(next)
      if (rlp === undefined) break
      headers.push(rlp)
      next = decodeRawHeader(rlp, keccak).parentHash
    }
    return headers
  }

  async function fetched(
    from: Hash,
    count: number,
    signal: AbortSignal,
    purpose: Purpose,
  ): Promise<readonly Uint8Array[]> {
    let found: readonly Uint8Array[] = []
    const urgency = urgencyOf(purpose, 'must')
    const { reasons } = await selector.fetch({
      ...{ kind: 'headers', items: [from], most: 1, urgency, place: undefined, counter, signal },
      request: () => ({ from, count }),
      accept: (headers, items): Verdict<Hash> => {
        const problem = unlinked(from, headers, count)
        if (problem === undefined) found = headers.map((rlp) => rlp.slice())
        return verdict(
          problem,
          items,
          headers.reduce((sum, { length }) => sum + length, 0),
        )
      },
    })
    signal.throwIfAborted()
    if (found.length === 0)
      throw new ChainUnavailableError(`header ${bytesToHex(from)} cannot be had: ${said(reasons)}`)
    return found
  }

  function unlinked(from: Hash, headers: readonly Uint8Array[], count: number): string | undefined {
    if (headers.length === 0 || headers.length > count)
      return `1 to ${count} headers were asked for, ${headers.length} came`
    let next = from
    for (const rlp of headers) {
      const problem = unlike(next, () => {
        const header = decodeRawHeader(rlp, keccak)
        const { hash } = header
        if (equalBytes(hash, next)) next = header.parentHash
        return hash
      })
      if (problem !== undefined) return problem
    }
    return undefined
  }

  return {
    block,
    async headers(from, count, signal, purpose = 'request') {
      const headers = await kept(from, count)
      if (headers.length === 0) headers.push(...(await fetched(from, count, signal, purpose)))
      // Servers may give fewer than they have: the fastest would keep a block from its BLOCKHASH for ever.
      while (headers.length < count) {
        const { parentHash, number } = decodeRawHeader(headers.at(-1)!, keccak)
        if (number === 0) break
        // What there is is answer enough where the rest cannot be had: whoever needs more asks from there on.
        const more = await fetched(parentHash, count - headers.length, signal, purpose).catch(() => [])
        signal.throwIfAborted()
        if (more.length === 0) break
        headers.push(...more)
      }
      return headers
    },
  }
}

/** What is false about something that was asked for by this hash. */
function unlike(hash: Hash, read: () => Hash): string | undefined {
  const asked = bytesToHex(hash)
  try {
    const actual = read()
    return equalBytes(actual, hash) ? undefined : `${bytesToHex(actual)} came for ${asked}`
  } catch (error) {
    if (error instanceof BlockEncodingError || error instanceof InvalidBlockError)
      return `what came for ${asked} is none: ${error.message}`
    throw error
  }
}

function verdict(falsehood: string | undefined, items: readonly Hash[], bytes: number): Verdict<Hash> {
  return {
    lacking: falsehood === undefined ? [] : items,
    left: [],
    received: { ...NOTHING_RECEIVED, bytes },
    falsehood,
  }
}

const said = (reasons: readonly string[]): string => (reasons.length === 0 ? 'no server offers it' : reasons.join('; '))
