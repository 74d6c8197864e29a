/** Paths of many keys, each node once. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Hash } from '../../../src/chain/bytes.ts'
import { hashKey } from '../../../src/state/hash-key.ts'
import { MAX_PATHS_BYTES } from '../../../src/network/state-service/constants.ts'
import type { HashedPathKeys, ServedPaths, StateRequestOf } from '../../../src/network/state-service/messages.ts'
import { roomFor, type Answered, type ServiceParts } from './service-parts.ts'
import { invalid } from './state-service-error.ts'

/** Keys looked up in one go: a millisecond or two, after which others have their turn. */
const KEYS_A_TURN = 64

/** @throws {UnavailableError} where the state is not held */
export async function answerPaths(
  parts: ServiceParts,
  { stateRoot, keys }: StateRequestOf<'paths'>,
): Promise<Answered<ServedPaths>> {
  if (keys.length === 0) throw invalid('no keys are asked for')
  const { source, keccak } = parts
  const room = roomFor(parts, MAX_PATHS_BYTES)
  const seen = new Set<string>()
  const nodes: Uint8Array[] = []
  let size = 0
  let complete = 0
  for (const portion of portions(keys)) {
    if (complete > 0) await nextTurn()
    const found = await source.paths(stateRoot, portion.keys)
    for (const node of found) {
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
  return { answer: { nodes, complete }, holds: complete === asked ? 'forever' : 'now' }
}

interface Portion {
  readonly keys: readonly HashedPathKeys[]
  /** Keys that it completes; an account that was cut in two counts once. */
  readonly count: number
}

function* portions(keys: readonly HashedPathKeys[]): Generator<Portion> {
  let portion: HashedPathKeys[] = []
  let count = 0
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
      yield { keys: portion, count }
      portion = []
      count = 0
    } while (next < slots.length)
  }
  if (count > 0) yield { keys: portion, count }
}
