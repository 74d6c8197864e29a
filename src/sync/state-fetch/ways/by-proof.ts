/**
 * Paths as `eth_getProof` gives them (EIP-1186), many keys and accounts in one JSON-RPC batch.
 *
 * JSON-RPC takes keys, not their hashes, and so has no way to ask for a node beside a path. The sibling that a deletion
 * leaves alone is found in the proof of the same key *after* the block: there it has moved up in place of its parent, a
 * leaf or an extension whose path begins with what was above it, and taking that off again gives the node as it was. A
 * branch leaves only its hash there; a key that leads into it has to be found by trying.
 */
import { bytesToHex } from '@ethereumjs/util'
import { asAddress, asHash, type AddressBytes, type Hash } from '../../../chain/bytes.ts'
import { keyBelow } from '../../../network/on-demand/key-below.ts'
import { raisedNodes } from '../../../network/on-demand/raised-nodes.ts'
import { RequestError } from '../../../network/request-server.ts'
import type { TouchedKeys } from '../../../network/state-service/messages.ts'
import { equalBytes } from '../../../execution/words.ts'
import { hashKey } from '../../../state/hash-key.ts'
import { PROOFS_AT_ONCE } from '../constants.ts'
import type { AnswerOf } from '../state-server.ts'
import { isAhead, type Verdict } from '../work.ts'
import { byBytes, decoysFor, onceFor, ownKey } from './decoys.ts'
import { keyOf } from './hashed-key.ts'
import {
  hashed,
  NO_BLOCK,
  placeAfter,
  placeBefore,
  nodesReceived,
  type NodeFault,
  type Way,
  type WayCall,
  type WayContext,
} from './way.ts'

interface ProofKey {
  readonly address: AddressBytes
  readonly slot: Hash | undefined
}

/** Faults of which nobody said whose they are cannot be had this way. */
export const nodesByProof: Way<NodeFault> = async (faults, context, call) => {
  const reasons = new Set<string>()
  const onPath = faults.filter((fault) => isOnPath(fault, context))
  const before = async (keys: readonly ProofKey[], apart: ReadonlySet<string>): Promise<readonly ProofKey[]> => {
    const shortfall = await askBefore(keys, apart, context, call)
    for (const reason of shortfall.reasons) reasons.add(reason)
    return shortfall.missing
  }
  const { apart, refused } = context
  const isPrediction = isAhead(call.urgency)
  const missing = await before(
    keysOf(onPath).filter((key) => !isPrediction || !refused.has(fullNameOf(key))),
    apart,
  )
  if (!call.signal.aborted) for (const key of missing) if (isAlone(key, missing, apart)) refused.add(fullNameOf(key))
  // A call is refused as a whole where one of its keys cannot be had: from now on each key has a call of its own.
  const divided = missing.filter((key) => !apart.has(nameOf(key)) && missing.some((other) => isBeside(other, key)))
  for (const key of divided) apart.add(nameOf(key))
  // Predictions wait for the next request, which goes out anyway.
  if (divided.length > 0 && !isPrediction && !call.signal.aborted) await before(divided, apart)

  const beside = faults.filter((fault) => !context.has(fault.hash) && !isOnPath(fault, context))
  if (beside.length > 0 && !call.signal.aborted)
    for (const reason of await siblings(beside, context, call)) reasons.add(reason)
  return [...reasons]
}

function isOnPath(fault: NodeFault, { keccak, paths }: WayContext): boolean {
  const key = keyOf(fault, keccak)
  return key !== undefined && fault.account !== undefined && !paths.isComplete(key)
}

function keysOf(faults: readonly NodeFault[]): ProofKey[] {
  const keys = new Map<string, ProofKey>()
  for (const { account, slot } of faults) {
    if (account === undefined) continue
    const key = { address: account, slot: slot && asHash(slot) }
    keys.set(fullNameOf(key), key)
  }
  return [...keys.values()]
}

const nameOf = ({ address }: ProofKey): string => bytesToHex(address)

const fullNameOf = ({ address, slot }: ProofKey): string =>
  `${bytesToHex(address)}${slot === undefined ? '' : bytesToHex(slot)}`

/** Whether it was asked for by a call of its own. */
const isAlone = (key: ProofKey, missing: readonly ProofKey[], apart: ReadonlySet<string>): boolean =>
  apart.has(nameOf(key)) || !missing.some((other) => isBeside(other, key))

const isBeside = (other: ProofKey, key: ProofKey): boolean => other !== key && nameOf(other) === nameOf(key)

function askBefore(
  keys: readonly ProofKey[],
  growing: ReadonlySet<string>,
  context: WayContext,
  { urgency, signal }: WayCall,
) {
  // As it is now: an answer is read by the grouping that was asked.
  const apart = new Set(growing)
  const { selector, counter, before, paths, keccak } = context
  const groupsOf = onceFor((asked: readonly ProofKey[]) => mixed(asked, apart, context))
  return selector.fetch({
    ...{ kind: 'proofs', items: keys, most: PROOFS_AT_ONCE, urgency, signal, counter },
    place: placeBefore(context),
    own: ({ address }) => ownKey(address, context),
    request: (asked) => ({ at: before, keys: groupsOf(asked).map(({ touched }) => touched) }),
    accept: (answer, asked): Verdict<ProofKey> => {
      const { refused, given, nodes } = sorted(answer, groupsOf(asked))
      const wanted = new Set(asked)
      const came = hashed(nodes, keccak)
      context.admit(came)
      const broken = given.filter(({ address, slot }) => {
        const key = { account: keccak(address) as Hash, slot: slot && (keccak(slot) as Hash) }
        return !paths.isComplete(key)
      })
      const falsehood = broken.length === 0 ? undefined : `${broken.length} of ${asked.length} proofs lead nowhere`
      return {
        lacking: [...refused, ...broken].filter((key) => wanted.has(key)),
        left: [],
        received: nodesReceived(came),
        falsehood,
      }
    },
  })
}

/** All of one root computation in one trip, where what is left is a leaf or an extension. */
async function siblings(faults: readonly NodeFault[], context: WayContext, call: WayCall): Promise<readonly string[]> {
  const reasons = equalBytes(context.after.hash, NO_BLOCK) ? [] : await raisedSiblings(faults, context, call)
  const branches = faults.filter(({ hash }) => !context.has(hash))
  if (branches.length === 0 || call.signal.aborted) return reasons
  const keys = await Promise.all(branches.map((fault) => keyInto(fault, context, call)))
  const found = keys.filter((key) => key !== undefined)
  const shortfall = await askBefore(found, new Set(found.map(nameOf)), context, call)
  const unknown =
    found.length < keys.length ? [`no key is known for ${keys.length - found.length} branches beside paths`] : []
  return [...reasons, ...shortfall.reasons, ...unknown]
}

/** Those that the state after the block shows. */
async function raisedSiblings(
  faults: readonly NodeFault[],
  context: WayContext,
  call: WayCall,
): Promise<readonly string[]> {
  const apart = new Set(context.apart)
  const { selector, counter, after } = context
  const { reasons } = await selector.fetch({
    ...{ kind: 'proofs', items: keysOf(faults), most: PROOFS_AT_ONCE, counter, ...call },
    place: placeAfter(context),
    request: (asked) => ({ at: after, keys: grouped(asked, apart).map(({ touched }) => touched) }),
    accept: (answer, asked): Verdict<ProofKey> => {
      const { refused, nodes } = sorted(answer, grouped(asked, apart))
      const wanted = new Set(faults.map(({ hash }) => hashKey(hash)))
      context.admit(hashed(raised(nodes), context.keccak).filter(({ hash }) => wanted.has(hashKey(hash))))
      return { lacking: refused, left: [], received: { bytes: lengthOf(nodes), nodes: nodes.length, codes: 0 } }
    },
  })
  return reasons
}

async function keyInto(
  { owner, path, account }: NodeFault,
  { keccak }: WayContext,
  { signal }: WayCall,
): Promise<ProofKey | undefined> {
  if (owner === undefined) {
    const address = await keyBelow(path, 20, keccak, signal)
    return address && { address: asAddress(address), slot: undefined }
  }
  if (account === undefined) return undefined
  const slot = await keyBelow(path, 32, keccak, signal)
  return slot && { address: account, slot: asHash(slot) }
}

interface Group {
  readonly touched: TouchedKeys & { readonly slots: Hash[] }
  readonly keys: ProofKey[]
}

/** One call for each account; for each key of those that are to be kept apart. */
function grouped(keys: readonly ProofKey[], apart: ReadonlySet<string>): Group[] {
  const groups = new Map<string, Group>()
  for (const [index, key] of keys.entries()) {
    const account = nameOf(key)
    const name = apart.has(account) ? `${account} ${index}` : account
    const group = groups.get(name) ?? { touched: { address: key.address, slots: [] }, keys: [] }
    groups.set(name, group)
    group.keys.push(key)
    if (key.slot !== undefined) group.touched.slots.push(key.slot)
  }
  return [...groups.values()]
}

/** With the accounts that they are asked about with, where there are any: in an order that tells nothing then. */
function mixed(asked: readonly ProofKey[], apart: ReadonlySet<string>, context: WayContext): Group[] {
  const own = asked.flatMap(({ address }) => ownKey(address, context) ?? [])
  const decoys = own.length === 0 ? [] : decoysFor(own, context)
  if (decoys.length === 0) return grouped(asked, apart)
  const keys = [...asked, ...decoys.map((address) => ({ address, slot: undefined }))]
  return grouped(keys, apart).sort((a, b) => byBytes(a.touched.address, b.touched.address))
}

interface Sorted {
  readonly refused: readonly ProofKey[]
  readonly given: readonly ProofKey[]
  readonly nodes: readonly Uint8Array[]
}

function sorted(answer: AnswerOf<'proofs'>, groups: readonly Group[]): Sorted {
  const refused: ProofKey[] = []
  const given: ProofKey[] = []
  const nodes: Uint8Array[] = []
  for (const [index, { keys }] of groups.entries()) {
    const proof = answer[index]
    const isGiven = proof !== undefined && !(proof instanceof RequestError)
    const place = isGiven ? given : refused
    for (const key of keys) place.push(key)
    if (isGiven) for (const node of proof) nodes.push(node)
  }
  return { refused, given, nodes }
}

/** What is no node has no use, and no hash that anybody asks for. */
function raised(nodes: readonly Uint8Array[]): Uint8Array[] {
  return nodes.flatMap((node) => {
    try {
      return raisedNodes([node])
    } catch {
      return []
    }
  })
}

const lengthOf = (nodes: readonly Uint8Array[]): number => nodes.reduce((sum, { length }) => sum + length, 0)
