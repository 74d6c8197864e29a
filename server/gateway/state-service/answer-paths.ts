/** Paths of many keys, each node once. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Hash } from '../../../src/chain/bytes.ts'
import { hashKey } from '../../../src/state/hash-key.ts'
import { MAX_PATHS_BYTES } from '../../../src/network/state-service/constants.ts'
import type { HashedPathKeys, ServedPaths, StateRequestOf } from '../../../src/network/state-service/messages.ts'
import { roomFor, type Answered, type ServiceParts } from './service-parts.ts'
import { UnavailableError, type ExecutionSource } from '../../execution/execution-source.ts'
import { invalid } from './state-service-error.ts'

/** Keys looked up in one go: a millisecond or two, after which others have their turn. */
const KEYS_A_TURN = 64

/** @throws {UnavailableError} where the state is not held, or none of the keys can be given */
export async function answerPaths(
  parts: ServiceParts,
  { stateRoot, keys }: StateRequestOf<'paths'>,
): Promise<Answered<ServedPaths>> {
  if (keys.length === 0) throw invalid('no keys are asked for')
  const { source, keccak } = parts
  const room = roomFor(parts, MAX_PATHS_BYTES)
  const seen = new Set<string>()
  const nodes: Uint8Array[] = []
  const lacking: number[] = []
  let refusal: UnavailableError | undefined
  let size = 0
  let complete = 0
  for (const portion of portions(keys)) {
    if (complete > 0) await nextTurn()
    const found = await pathsOf(source, stateRoot, portion)
    for (const place of found.lacking) lacking.push(complete + place)
    refusal ??= found.refusal
    for (const node of found.nodes) {
      const key = hashKey(keccak(node) as Hash)
      if (seen.has(key)) continue
      seen.add(key)
      nodes.push(node)
      size += node.length
    }
    // A portion more than fits is no harm: its paths are at most a tenth of the bound, which the size of answers allows for.
    complete += portion.count
    if (size > room) break
  }
  const asked = keys.reduce((sum, { slots }) => sum + 1 + slots.length, 0)
  if (refusal !== undefined && lacking.length === complete) throw refusal
  const isWhole = complete === asked && lacking.length === 0
  return { answer: { nodes, complete, lacking }, holds: isWhole ? 'forever' : 'now' }
}

interface FoundPaths {
  readonly nodes: readonly Uint8Array[]
  /** Places within the portion. */
  readonly lacking: readonly number[]
  readonly refusal: UnavailableError | undefined
}

/** A source that holds a part of a state refuses keys beside it; the others are not to suffer for those. */
async function pathsOf(source: ExecutionSource, stateRoot: Hash, portion: Portion): Promise<FoundPaths> {
  try {
    return { nodes: await source.paths(stateRoot, portion.keys), lacking: [], refusal: undefined }
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error
    if (portion.count === 1) return { nodes: [], lacking: [0], refusal: error }
    return oneByOne(source, stateRoot, portion, error)
  }
}

async function oneByOne(
  source: ExecutionSource,
  stateRoot: Hash,
  { keys, startsWithin }: Portion,
  refusal: UnavailableError,
): Promise<FoundPaths> {
  const singles = keys.flatMap(({ account, slots }, index) => [
    // An account that was cut in two was counted with its first slots.
    ...(index === 0 && startsWithin ? [] : [{ account, slots: [] }]),
    ...slots.map((slot) => ({ account, slots: [slot] })),
  ])
  const nodes: Uint8Array[] = []
  const lacking: number[] = []
  for (const [place, key] of singles.entries()) {
    try {
      for (const node of await source.paths(stateRoot, [key])) nodes.push(node)
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error
      lacking.push(place)
    }
  }
  return { nodes, lacking, refusal }
}

interface Portion {
  readonly keys: readonly HashedPathKeys[]
  /** Keys that it completes; an account that was cut in two counts once. */
  readonly count: number
  /** Its first account was in the portion before as well. */
  readonly startsWithin: boolean
}

function* portions(keys: readonly HashedPathKeys[]): Generator<Portion> {
  let portion: HashedPathKeys[] = []
  let count = 0
  let startsWithin = false
  for (const { account, slots } of keys) {
    let next = 0
    let own = 1
    do {
      const part = slots.slice(next, next + KEYS_A_TURN - count - own)
      portion.push({ account, slots: part })
      count += own + part.length
      next += part.length
      own = 0
      if (count < KEYS_A_TURN) continue
      yield { keys: portion, count, startsWithin }
      portion = []
      count = 0
      startsWithin = next < slots.length
    } while (next < slots.length)
  }
  if (count > 0) yield { keys: portion, count, startsWithin }
}
