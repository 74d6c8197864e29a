/** Finds where a head belongs: its block, and headers back until one is known. Checks every hash on the way. */
import { bytesToHex } from '@ethereumjs/util'
import type { Hash, Keccak } from '../../chain/bytes.ts'
import { messageOf } from '../../chain/thrown.ts'
import { decodeRawBlock, decodeRawHeader, type RawBlock, type RawHeader } from '../../execution/block/raw-block.ts'
import { equalBytes } from '../../execution/words.ts'
import { HEADERS_AT_ONCE, MAX_SEARCHED_HEADERS } from './constants.ts'
import type { ImportFetcher } from './import-tools.ts'

export type HeadSearch =
  /** `chain` begins with the child of a known block and ends with the head. */
  | { readonly kind: 'connected'; readonly chain: readonly RawHeader[]; readonly body: RawBlock }
  /** Nothing known down to the number asked for. `chain` begins with the oldest header found. */
  | { readonly kind: 'unconnected'; readonly chain: readonly RawHeader[]; readonly body: RawBlock }
  | { readonly kind: 'failed'; readonly reason: string }

export interface HeadSearchOptions {
  readonly head: Hash
  readonly isKnown: (hash: Hash) => boolean
  /** For a head of this number, the lowest that may be known: headers below it are not asked for. */
  readonly downTo: (number: number) => number
  readonly fetcher: ImportFetcher
  readonly keccak: Keccak
  readonly signal: AbortSignal
}

/** Never rejects. */
export async function searchHead(options: HeadSearchOptions): Promise<HeadSearch> {
  try {
    return await search(options)
  } catch (error) {
    return { kind: 'failed', reason: messageOf(error) }
  }
}

/** A source gave another block than the one asked for. */
export class WrongBlockError extends Error {
  override name = 'WrongBlockError'
}

/** @throws {WrongBlockError}, {@link BlockEncodingError} for bytes that are not that block */
export async function fetchBody(
  hash: Hash,
  { fetcher, keccak }: Pick<HeadSearchOptions, 'fetcher' | 'keccak'>,
  signal: AbortSignal,
): Promise<RawBlock> {
  const body = decodeRawBlock(await fetcher.block(hash, signal, { purpose: 'sync' }), keccak)
  expect(body.header.hash, hash, 'block')
  return body
}

async function search(options: HeadSearchOptions): Promise<HeadSearch> {
  const { head, isKnown, downTo, signal } = options
  const body = await fetchBody(head, options, signal)
  /** Newest first. */
  const chain: RawHeader[] = [body.header]
  for (let lowest = body.header; !isKnown(lowest.parentHash); lowest = chain.at(-1)!) {
    const left = Math.min(lowest.number - downTo(body.header.number), MAX_SEARCHED_HEADERS - chain.length)
    if (left <= 0) return { kind: 'unconnected', chain: chain.reverse(), body }
    for (const header of await fetchHeaders(lowest, Math.min(left, HEADERS_AT_ONCE), options)) {
      chain.push(header)
      if (isKnown(header.parentHash)) break
    }
  }
  return { kind: 'connected', chain: chain.reverse(), body }
}

/** Newest first, beginning with the parent of `child`. */
async function fetchHeaders(child: RawHeader, count: number, options: HeadSearchOptions): Promise<RawHeader[]> {
  const { fetcher, keccak, signal } = options
  const answer = await fetcher.headers(child.parentHash, count, signal, 'sync')
  if (answer.length === 0 || answer.length > count)
    throw new WrongBlockError(
      `asked for 1 to ${count} headers from ${bytesToHex(child.parentHash)}: ${answer.length} came`,
    )
  let next = child
  return answer.map((rlp) => {
    const header = decodeRawHeader(rlp, keccak)
    expect(header.hash, next.parentHash, 'header')
    // What a header calls itself is its own affair in a chain that is not executed; a number that goes wrong ends no loop.
    if (header.number !== next.number - 1)
      throw new WrongBlockError(`the parent of block ${next.number} calls itself ${header.number}`)
    next = header
    return header
  })
}

function expect(actual: Hash, asked: Hash, what: string): void {
  if (!equalBytes(actual, asked))
    throw new WrongBlockError(`asked for the ${what} ${bytesToHex(asked)}: ${bytesToHex(actual)} came`)
}
