/**
 * Whole paths from a state service, all in one trip. A node beside a path, the sibling that a deletion leaves alone, comes
 * with the path of any key that begins as the node's own place does: keys are asked for by their hashes here, so that such
 * a key can be made up.
 */
import { hashKey } from '../../../state/hash-key.ts'
import type { HashedPathKeys, ServedPaths } from '../../../network/state-service/messages.ts'
import type { Hash } from '../../../chain/bytes.ts'
import { PATHS_AT_ONCE } from '../constants.ts'
import type { HashedKey } from '../path-check.ts'
import type { Verdict } from '../work.ts'
import { byBytes, decoysFor, onceFor, ownKeyOf } from './decoys.ts'
import { keyOf, keyThrough } from './hashed-key.ts'
import { hashed, placeBefore, nodesReceived, type NodeFault, type Way, type WayContext } from './way.ts'

export const nodesByPath: Way<NodeFault> = async (faults, context, { urgency, signal }) => {
  const { selector, counter, root } = context
  const groupsOf = onceFor((keys: readonly HashedKey[]) => mixed(keys, context))
  const { reasons } = await selector.fetch({
    ...{ kind: 'paths', items: distinctKeys(faults, context), most: PATHS_AT_ONCE, urgency, signal, counter },
    place: placeBefore(context),
    own: ({ account }) => ownKeyOf(account, context),
    request: (keys) => ({ stateRoot: root, keys: groupsOf(keys).map(({ asked }) => asked) }),
    accept: (answer, keys) => judge(keys, answer, groupsOf(keys), context),
  })
  return reasons
}

function distinctKeys(faults: readonly NodeFault[], { keccak, paths }: WayContext): HashedKey[] {
  const keys = new Map<string, HashedKey>()
  for (const fault of faults) {
    const own = keyOf(fault, keccak)
    const key = own === undefined || paths.isComplete(own) ? keyThrough(fault) : own
    keys.set(hashKey(key.account) + (key.slot === undefined ? '' : hashKey(key.slot)), key)
  }
  return [...keys.values()]
}

interface Group {
  readonly asked: HashedPathKeys & { readonly slots: Hash[] }
  /** Keys that come with the account's own path, and then with each slot's. */
  readonly places: HashedKey[][]
}

/** By account, each with its slots. */
function grouped(keys: readonly HashedKey[]): Group[] {
  const groups = new Map<string, Group>()
  for (const key of keys) {
    const name = hashKey(key.account)
    const group = groups.get(name) ?? { asked: { account: key.account, slots: [] }, places: [[]] }
    groups.set(name, group)
    if (key.slot === undefined) group.places[0]!.push(key)
    else {
      group.asked.slots.push(key.slot)
      group.places.push([key])
    }
  }
  return [...groups.values()]
}

/** With the accounts that they are asked about with, where there are any: in an order that tells nothing then. */
function mixed(keys: readonly HashedKey[], context: WayContext): Group[] {
  const own = keys.flatMap(({ account }) => ownKeyOf(account, context) ?? [])
  const decoys = own.length === 0 ? [] : decoysFor(own, context)
  if (decoys.length === 0) return grouped(keys)
  const others = decoys.map((address) => ({ account: context.keccak(address) as Hash, slot: undefined }))
  return grouped([...keys, ...others]).sort((a, b) => byBytes(a.asked.account, b.asked.account))
}

function judge(
  keys: readonly HashedKey[],
  { nodes, complete, lacking: gaps = [] }: ServedPaths,
  groups: readonly Group[],
  { keccak, admit, paths }: WayContext,
): Verdict<HashedKey> {
  const contents = hashed(nodes, keccak)
  admit(contents)
  const wanted = new Set(keys)
  const places = groups.flatMap((group) => group.places.map((place) => place.filter((key) => wanted.has(key))))
  const left = places.slice(complete).flat()
  const gapSet = new Set(gaps)
  const lacking = places.slice(0, complete).flatMap((place, index) => (gapSet.has(index) ? place : []))
  const broken = places
    .slice(0, complete)
    .flatMap((place, index) => (gapSet.has(index) ? [] : place))
    .filter((key) => !paths.isComplete(key))
  return {
    lacking: [...lacking, ...broken],
    left,
    received: nodesReceived(contents),
    falsehood: broken.length === 0 ? undefined : `${broken.length} of ${keys.length} paths lead nowhere`,
  }
}
