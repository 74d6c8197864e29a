/** A way of fetching what faults name. Each is one small file; which are allowed, and in which order, is the block's to say. */
import { asHash, type Hash, type Keccak } from '../../../chain/bytes.ts'
import type { NamedBlock } from '../../../network/on-demand/rpc-server.ts'
import type { ContentFault } from '../../../network/on-demand/state-fetcher.ts'
import type { HashedBytes, NodeSource } from '../../../state/trie/node-source.ts'
import type { OwnAccounts } from '../own-accounts.ts'
import type { PathCheck } from '../path-check.ts'
import type { BlockPlace } from '../rated-server.ts'
import type { ServerSelector } from '../server-selector.ts'
import type { Received, TripCounter } from '../trip-counter.ts'
import type { Urgency } from '../work.ts'

/** What all ways of one block share. */
export interface WayContext {
  readonly selector: ServerSelector
  readonly keccak: Keccak
  /** The state that is read: that after {@link before}. */
  readonly root: Hash
  readonly before: NamedBlock
  /** The block itself, whose state shows what deletions leave; its hash is {@link NO_BLOCK} where nobody has made it. */
  readonly after: NamedBlock
  readonly newest: number
  readonly counter: TripCounter
  /** What is at hand. */
  readonly nodes: NodeSource
  readonly paths: PathCheck
  /** Accounts whose keys are asked for one by one, since servers refused several at once. Grows. */
  readonly apart: Set<string>
  /** Keys that servers refused when they were asked for each alone: predictions do not ask for them again. Grows. */
  readonly refused: Set<string>
  /** The visit's own accounts, where somebody's question is answered; undefined: what a block reads is nobody's. */
  readonly own: OwnAccounts | undefined
  readonly has: (hash: Hash) => boolean
  /** Takes in what came, hashed. */
  readonly admit: (contents: readonly HashedBytes[]) => void
}

/** Stands for the hash of a block that is not known, or that there will never be. */
export const NO_BLOCK: Hash = asHash(new Uint8Array(32))

export interface WayCall {
  readonly urgency: Urgency
  readonly signal: AbortSignal
}

export type NodeFault = Extract<ContentFault, { readonly kind: 'node' }>
export type CodeFault = Extract<ContentFault, { readonly kind: 'code' }>

/** Admits what it can get of the faults' contents. @returns what servers said, where something is missing */
export type Way<F extends ContentFault> = (
  faults: readonly F[],
  context: WayContext,
  call: WayCall,
) => Promise<readonly string[]>

export const placeBefore = ({ before, newest }: WayContext): BlockPlace => ({ number: before.number, newest })
export const placeAfter = ({ after, newest }: WayContext): BlockPlace => ({ number: after.number, newest })

/** Copies: what came is a view into a whole answer. */
export function hashed(items: readonly Uint8Array[], keccak: Keccak): HashedBytes[] {
  return items.map((item) => ({ hash: keccak(item) as Hash, bytes: item.slice() }))
}

export const nodesReceived = (contents: readonly HashedBytes[]): Received => ({
  bytes: sizeOf(contents),
  nodes: contents.length,
  codes: 0,
})

export const codesReceived = (contents: readonly HashedBytes[]): Received => ({
  bytes: sizeOf(contents),
  nodes: 0,
  codes: contents.length,
})

const sizeOf = (contents: readonly HashedBytes[]): number => contents.reduce((sum, { bytes }) => sum + bytes.length, 0)
