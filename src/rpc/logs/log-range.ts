/** Which blocks a query is about, and which of them it has to look into. */
import type { RawHeader } from '../../execution/block/raw-block.ts'
import { quantity } from '../../network/json-rpc/hex.ts'
import type { NumberSelector } from '../../network/json-rpc/params/block-selector.ts'
import type { LogPlace } from '../../network/json-rpc/params/log-filter.ts'
import { invalidParams, RpcError } from '../../network/json-rpc/rpc-error.ts'
import { pause } from '../../network/pause.ts'
import type { RpcContext } from '../method.ts'
import { HEADERS_AT_ONCE, MAX_FETCHED_BLOCKS, MAX_FETCHED_BYTES, MAX_HEADERS } from './constants.ts'
import { headerFacts } from './header-facts.ts'

export type LogContext = Pick<RpcContext, 'view' | 'blocks' | 'crypto' | 'clock' | 'ask'>

/**
 * Always: every block of the range is in the chain of hashes that ends in `end`, and is either in `wanted` or has a bloom
 * that excludes it.
 */
export interface LogRange {
  readonly end: RawHeader
  /** Oldest first. */
  readonly wanted: readonly RawHeader[]
  readonly blocks: number
  /** How many of those wanted are asked of servers. */
  readonly fetched: number
}

/** @throws {RpcError} -32602 for no range, or one that is not there yet; -32005 for one that takes too much */
export async function readRange(
  place: LogPlace,
  mayMatch: (bloom: Uint8Array) => boolean,
  context: LogContext,
): Promise<LogRange> {
  const { blocks, ask } = context
  if (place.kind === 'block') {
    const end = await blocks.header({ kind: 'hash', hash: place.hash, chain: 'any' }, ask)
    return collect(end, end.number, mayMatch, context)
  }
  const [from, to] = [await numberOf(place.from, context), await numberOf(place.to, context)]
  if (from > to) throw invalidParams('invalid block range params')
  // What is not there yet must not look like blocks without logs.
  if (to > context.view.heads.head().header.number) throw invalidParams('block range extends beyond current head block')
  return collect(await blocks.header({ kind: 'number', number: to }, ask), from, mayMatch, context)
}

async function numberOf(selector: NumberSelector, { blocks, ask }: LogContext): Promise<number> {
  if (selector.kind === 'number') return selector.number
  return selector.tag === 'earliest' ? 0 : (await blocks.header(selector, ask)).number
}

/** From the end back, so that what is too much is told by what can be had: the newest part of the range. */
async function collect(
  end: RawHeader,
  from: number,
  mayMatch: (bloom: Uint8Array) => boolean,
  context: LogContext,
): Promise<LogRange> {
  const { view, blocks, clock, ask } = context
  const sum: Sum = { blocks: 0, fetched: 0, bytes: 0 }
  const wanted: RawHeader[] = []
  for (let part: readonly RawHeader[] = [end]; part.length > 0;) {
    for (const header of part) {
      const { bloom, gasUsed } = headerFacts(header)
      const isWanted = mayMatch(bloom)
      const bytes = isWanted ? blocks.logs.foretell(header, gasUsed) : 0
      if (!hasRoom(sum, bytes)) throw tooMuch({ from, end: end.number, first: header.number + 1 }, sum)
      sum.blocks += 1
      sum.bytes += bytes
      if (bytes > 0) sum.fetched += 1
      if (isWanted) wanted.push(header)
    }
    const last = part.at(-1)!
    const more = Math.min(last.number - from, HEADERS_AT_ONCE)
    if (part.length === HEADERS_AT_ONCE) await pause(clock, 0, ask.signal)
    ask.signal.throwIfAborted()
    part = more > 0 ? await view.ancestors(last, more, ask) : []
  }
  return { end, wanted: wanted.reverse(), blocks: sum.blocks, fetched: sum.fetched }
}

interface Sum {
  blocks: number
  fetched: number
  bytes: number
}

const hasRoom = ({ blocks, fetched, bytes }: Sum, more: number): boolean =>
  blocks < MAX_HEADERS && bytes + more <= MAX_FETCHED_BYTES && (more === 0 || fetched < MAX_FETCHED_BLOCKS)

function tooMuch(
  { from, end, first }: { readonly from: number; readonly end: number; readonly first: number },
  { bytes, fetched }: Sum,
): RpcError {
  const what = `the logs of blocks ${from} to ${end} take more than one query may fetch`
  const part = `ask for blocks ${first} to ${end}: ${fetched} of them are fetched, some ${bytes} bytes`
  return new RpcError(LIMIT_EXCEEDED, `${what}; ${part}`, {
    ...{ fromBlock: quantity(first), toBlock: quantity(end), predictedBytes: bytes },
  })
}

/** EIP-1474. */
const LIMIT_EXCEEDED = -32005
