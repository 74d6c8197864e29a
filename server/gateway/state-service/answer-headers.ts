/** Runs of headers: up along the canonical chain from a number, or down from a hash. */
import { bytesToHex } from '@ethereumjs/util'
import type { Hash } from '../../../src/chain/bytes.ts'
import type { StateAnswerOf, StateRequestOf } from '../../../src/network/state-service/messages.ts'
import { equalBytes } from '../../../src/execution/words.ts'
import { UnavailableError, type ExecutionHeader, type ExecutionSource } from '../../execution/execution-source.ts'
import { roomFor, type Answered, type ServiceParts } from './service-parts.ts'
import { invalid, unknown } from './state-service-error.ts'

/** Of headers in an answer: 512 of today's take half of it; those of clique networks may be 8 kB, and are then fewer. */
const MAX_BYTES = 786_432

/** As many as there are, at least one. */
export async function answerHeaders(
  parts: ServiceParts,
  { start, count }: StateRequestOf<'headers'>,
): Promise<Answered<StateAnswerOf<'headers'>>> {
  const { source } = parts
  const bounds = { count, bytes: roomFor(parts, MAX_BYTES) }
  if (count === 0) throw invalid('no headers are asked for: count is 0')
  if ('hash' in start) {
    const headers = await run(start.hash, (hash: Hash) => ancestor(source, hash), bounds)
    if (headers.length === 0) throw unknown(`no block ${bytesToHex(start.hash)}`)
    return { answer: { headers }, holds: headers.length === count ? 'forever' : 'now' }
  }
  let below: ExecutionHeader | undefined
  const headers = await run(
    start.number,
    async (number: number) => {
      const found = await source.headerByNumber(number)
      // The chain may change between two reads: a run of headers always hangs together.
      if (found === undefined || (below !== undefined && !equalBytes(found.parentHash, below.hash))) return undefined
      below = found
      return { header: found.header, next: number + 1 }
    },
    bounds,
  )
  if (headers.length === 0) throw unknown(`the chain has no block ${start.number} yet`)
  return { answer: { headers }, holds: 'now' }
}

interface Step<T> {
  readonly header: Uint8Array
  /** Undefined where the run ends. */
  readonly next: T | undefined
}

async function run<T>(
  start: T,
  step: (at: T) => Promise<Step<T> | undefined>,
  most: { readonly count: number; readonly bytes: number },
): Promise<Uint8Array[]> {
  const headers: Uint8Array[] = []
  let size = 0
  for (let at: T | undefined = start; at !== undefined && headers.length < most.count;) {
    const found: Step<T> | undefined = headers.length === 0 ? await step(at) : await stepOn(step, at)
    if (found === undefined) break
    size += found.header.length
    if (size > most.bytes && headers.length > 0) break
    headers.push(found.header)
    at = found.next
  }
  return headers
}

/** What is had already is worth an answer. */
async function stepOn<T>(step: (at: T) => Promise<Step<T> | undefined>, at: T): Promise<Step<T> | undefined> {
  try {
    return await step(at)
  } catch (error) {
    if (error instanceof UnavailableError) return undefined
    throw error
  }
}

async function ancestor(source: ExecutionSource, hash: Hash): Promise<Step<Hash> | undefined> {
  const found = await source.headerByHash(hash)
  return found && { header: found.header, next: found.number === 0 ? undefined : found.parentHash }
}
