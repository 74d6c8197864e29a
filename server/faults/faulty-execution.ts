/** An execution source that leaves entries out, forges proofs and has an old head where the request that it serves meets those faults. */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { AccountProof, Awaitable, ExecutionSource, LeafRange, Witness } from '../execution/execution-source.ts'
import type { DrawnFaults, Faults } from './faults.ts'
import { forgedAccountProof, forgedNode } from './forged-node.ts'
import { staleStatus } from './stale-execution.ts'

/** What the request under way meets, for what is far from the request. */
export const requestFaults = new AsyncLocalStorage<DrawnFaults>()

/** Share of entries that are concerned; at least one always is, where there is any. */
const SHARE = 0.25

const NONE: ReadonlySet<number> = new Set()

export interface FaultyExecutionOptions {
  readonly source: ExecutionSource
  readonly faults: Faults
  /** Of the requests that it serves: what faults meet calls that come with no request, those of open sockets. */
  readonly service: string
  /** From 0 to 1. */
  readonly random: () => number
}

export function faultyExecution({ source, faults, service, random }: FaultyExecutionOptions): ExecutionSource {
  const drawn = (): DrawnFaults => requestFaults.getStore() ?? faults.draw({ id: 'socket', names: [service] })
  /** Indices of those that are concerned. */
  const chosen = (count: number): ReadonlySet<number> => {
    const indices = new Set<number>()
    for (let i = 0; i < count; i++) if (random() < SHARE) indices.add(i)
    if (indices.size === 0 && count > 0) indices.add(Math.floor(random() * count))
    return indices
  }
  const without = <T>(entries: readonly T[]): T[] => {
    const gone = chosen(entries.length)
    return entries.filter((_, i) => !gone.has(i))
  }
  const forged = (nodes: readonly Uint8Array[]): Uint8Array[] => {
    const which = chosen(nodes.length)
    return nodes.map((node, i) => (which.has(i) ? forgedNode(node) : node))
  }
  const spoiledNodes = (nodes: readonly Uint8Array[], met: DrawnFaults): readonly Uint8Array[] => {
    const kept = met.take('missingEntries') === undefined ? nodes : without(nodes)
    return met.take('forgedProof') === undefined ? kept : forged(kept)
  }
  const spoiledWitness = (witness: Witness, met: DrawnFaults): Witness => {
    const codes = met.has('missingEntries') ? without(witness.codes) : witness.codes
    return { ...witness, nodes: spoiledNodes(witness.nodes, met), codes }
  }
  const spoiledProof = (proof: AccountProof, met: DrawnFaults): AccountProof => {
    const kept = met.take('missingEntries') === undefined ? proof : withoutEnds(proof)
    return met.take('forgedProof') === undefined ? kept : forgedAccountProof(kept)
  }
  const spoiledRange = (range: LeafRange, met: DrawnFaults): LeafRange => {
    const leaves = met.take('missingEntries') === undefined ? range.leaves : without(range.leaves)
    return { leaves, proof: met.take('forgedProof') === undefined ? range.proof : forged(range.proof) }
  }
  type Items = readonly (Uint8Array | undefined)[]
  const spoiledItems = (items: Items, met: DrawnFaults): Items => {
    const isGone = met.take('missingEntries') === undefined ? NONE : chosen(items.length)
    const isForged = met.take('forgedProof') === undefined ? NONE : chosen(items.length)
    return items.map((item, i) => (isGone.has(i) ? undefined : item && isForged.has(i) ? forgedNode(item) : item))
  }
  /** Faults are drawn before the source is asked: what it throws stays what it is. */
  const spoiling =
    <A extends readonly unknown[], T>(
      ask: (...parameters: A) => Awaitable<T>,
      spoil: (answer: NonNullable<T>, met: DrawnFaults) => T,
    ) =>
    async (...parameters: A): Promise<T> => {
      const met = drawn()
      const answer = await ask(...parameters)
      return answer === undefined || answer === null ? answer : spoil(answer, met)
    }
  const oldView = () => drawn().take('otherSource', ({ view }) => view === 'older')
  /** Blocks by number end with an old head; by hash they are there. */
  const upToHead =
    <T>(find: (number: number) => Awaitable<T | undefined>) =>
    async (number: number): Promise<T | undefined> => {
      const stale = oldView()
      if (stale !== undefined && number > (await staleStatus(source, stale.source)).head.number) return undefined
      return find(number)
    }
  return {
    network: source.network,
    software: source.software,
    status: () => {
      const stale = oldView()
      return stale === undefined ? source.status() : staleStatus(source, stale.source)
    },
    headerByHash: (hash) => source.headerByHash(hash),
    headerByNumber: upToHead((number) => source.headerByNumber(number)),
    blockByHash: (hash) => source.blockByHash(hash),
    blockByNumber: upToHead((number) => source.blockByNumber(number)),
    receipts: (blockHash) => source.receipts(blockHash),
    locateTransaction: (hash) => source.locateTransaction(hash),
    witness: spoiling((hash) => source.witness(hash), spoiledWitness),
    blockAccessList: (blockHash) => source.blockAccessList(blockHash),
    nodes: spoiling((hashes) => source.nodes(hashes), spoiledItems),
    codes: spoiling((hashes) => source.codes(hashes), spoiledItems),
    paths: spoiling((root, keys) => source.paths(root, keys), spoiledNodes),
    accountProof: spoiling((block, address, slots) => source.accountProof(block, address, slots), spoiledProof),
    codeOf: (block, address) => source.codeOf(block, address),
    range: spoiling((request) => source.range(request), spoiledRange),
    createAccessList: (block, call, signal) => source.createAccessList(block, call, signal),
    ...(source.prestates && { prestates: (blockHash) => source.prestates!(blockHash) }),
    ...(source.pendingNonce && { pendingNonce: (address) => source.pendingNonce!(address) }),
    submit: (transaction) => source.submit(transaction),
    listen: (listener) => source.listen(listener),
  }
}

/** Each path loses its last node. */
const withoutEnds = (proof: AccountProof): AccountProof => ({
  ...proof,
  accountProof: proof.accountProof.slice(0, -1),
  storage: proof.storage.map((entry) => ({ ...entry, proof: entry.proof.slice(0, -1) })),
})
