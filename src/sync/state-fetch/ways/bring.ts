/** Which ways are tried for which faults, and in which order. */
import type { ContentFault } from '../../../network/on-demand/state-fetcher.ts'
import { hashKey } from '../../../state/hash-key.ts'
import { codesByHash, nodesByHash } from './by-hash.ts'
import { nodesByPath } from './by-path.ts'
import { nodesByProof } from './by-proof.ts'
import { codesOfAccounts } from './code-of-account.ts'
import { ownKey } from './decoys.ts'
import { keyOf } from './hashed-key.ts'
import { placeBefore, type CodeFault, type NodeFault, type Way, type WayCall, type WayContext } from './way.ts'

/** By what is asked: whole paths of the state service, `eth_getProof` with `eth_getCode`, nodes and codes by hash. */
export type WayName = 'paths' | 'proofs' | 'nodes'

export interface Allowed {
  /** `try`: the first way alone that is offered. */
  readonly effort: 'must' | 'try'
  /** Default: all. */
  readonly ways: ReadonlySet<WayName> | undefined
}

/** Whole paths before layers. Nodes beside paths are had by their hashes first: other ways only guess at a key for them. */
const ON_PATH: readonly WayName[] = ['paths', 'proofs', 'nodes']
const BESIDE: readonly WayName[] = ['nodes', 'paths', 'proofs']
const ANYWHERE: readonly WayName[] = ['nodes']

/** @returns what servers said, where something is missing */
export async function bring(
  faults: readonly ContentFault[],
  context: WayContext,
  call: WayCall,
  allowed: Allowed,
): Promise<readonly string[]> {
  const codes = distinctHashes(faults.filter((fault) => fault.kind === 'code'))
  const nodes = faults.filter((fault) => fault.kind === 'node')
  const places = new Map<readonly WayName[], NodeFault[]>()
  const forOwn = severalFirst(ON_PATH, context, allowed)
  for (const fault of nodes) {
    const order = orderFor(fault, context)
    const isOwn = order === ON_PATH && fault.account !== undefined && ownKey(fault.account, context) !== undefined
    const chosen = isOwn ? forOwn : order
    const some = places.get(chosen) ?? []
    places.set(chosen, some)
    some.push(fault)
  }
  const said = await Promise.all([
    inTurn(codes, CODE_WAYS, context, call, allowed),
    ...Array.from(places, ([order, some]) =>
      inTurn(
        some,
        order.map((name) => NODE_WAYS[name]),
        context,
        call,
        allowed,
      ),
    ),
  ])
  return said.flat()
}

interface NamedWay<F extends ContentFault> {
  readonly name: WayName
  readonly kind: 'nodes' | 'paths' | 'proofs' | 'codes' | 'accountCodes'
  readonly way: Way<F>
}

const NODE_WAYS: Readonly<Record<WayName, NamedWay<NodeFault>>> = {
  nodes: { name: 'nodes', kind: 'nodes', way: (faults, ...rest) => nodesByHash(distinctHashes(faults), ...rest) },
  paths: { name: 'paths', kind: 'paths', way: nodesByPath },
  proofs: { name: 'proofs', kind: 'proofs', way: nodesByProof },
}

const CODE_WAYS: readonly NamedWay<CodeFault>[] = [
  { name: 'nodes', kind: 'codes', way: codesByHash },
  { name: 'paths', kind: 'codes', way: codesByHash },
  { name: 'proofs', kind: 'accountCodes', way: codesOfAccounts },
]

/** Ways that ask for codes by their hashes. */
export const CODE_BY_HASH: readonly WayName[] = ['nodes', 'paths']

export const isAnyAllowed = (names: readonly WayName[], ways: Allowed['ways']): boolean =>
  ways === undefined || names.some((name) => ways.has(name))

function orderFor(fault: NodeFault, { keccak, paths }: WayContext): readonly WayName[] {
  const key = keyOf(fault, keccak)
  if (key === undefined) return ANYWHERE
  return paths.isComplete(key) ? BESIDE : ON_PATH
}

/** Accounts of the visit's own by a way that brings whole paths and that several servers offer, before one that a single one does. */
function severalFirst(order: readonly WayName[], context: WayContext, { ways }: Allowed): readonly WayName[] {
  if (context.own === undefined) return order
  const isShared = (name: WayName): boolean =>
    name !== 'nodes' && ways?.has(name) !== false && context.selector.countAble(name, placeBefore(context)) > 1
  const shared = order.filter(isShared)
  return [...shared, ...order.filter((name) => !shared.includes(name))]
}

async function inTurn<F extends ContentFault>(
  faults: readonly F[],
  order: readonly NamedWay<F>[],
  context: WayContext,
  call: WayCall,
  { effort, ways }: Allowed,
): Promise<string[]> {
  const reasons: string[] = []
  const asked = new Set<string>()
  for (const { name, kind, way } of order) {
    const missing = faults.filter(({ hash }) => !context.has(hash))
    if (missing.length === 0 || call.signal.aborted) break
    const place = kind === 'nodes' || kind === 'codes' ? undefined : placeBefore(context)
    if (ways?.has(name) === false || asked.has(kind) || !context.selector.offers(kind, place)) continue
    asked.add(kind)
    for (const reason of await way(missing, context, call)) reasons.push(reason)
    if (effort === 'try') break
  }
  return reasons
}

function distinctHashes<F extends ContentFault>(faults: readonly F[]): F[] {
  return [...new Map(faults.map((fault) => [hashKey(fault.hash), fault])).values()]
}
