/** What fetching has cost, in the words of importing. */
import type { BlockFetch } from '../state-fetch/block-fetch.ts'
import { NO_COSTS, type BlockCosts } from '../import/import-tools.ts'
import type { FetchCosts } from '../state-fetch/trip-counter.ts'
import { SOURCE_CHOICES, type SourceChoice } from './source-choice.ts'
import type { AskKind } from '../state-fetch/state-server.ts'

/** @param told what has been told of the same fetch under another task */
export function blockCosts(fetch: BlockFetch, told: BlockCosts = NO_COSTS): BlockCosts {
  const costs = fetch.costs()
  return {
    source: sourceOf(costs),
    roundTrips: costs.roundTrips - told.roundTrips,
    requests: costs.requests - told.requests,
    nodesFetched: costs.nodesFetched - told.nodesFetched,
    nodesFromStore: fetch.nodesFromStore,
    bytes: costs.bytes - told.bytes,
    networkMs: costs.networkMs - told.networkMs,
  }
}

/** Those that brought anything, joined by `+`; `store` where nothing had to be brought. */
function sourceOf({ bySource }: FetchCosts): string {
  const brought = Object.entries(bySource).filter(([, { bytes }]) => bytes > 0)
  const names = new Set(brought.map(([kind]) => SOURCE_OF[kind as AskKind]))
  // Its hashes are fetched as nodes and codes: that is what it is for.
  if (names.has('metadata')) names.delete('nodes')
  if (names.size === 0) return 'store'
  return SOURCE_CHOICES.filter((name) => names.has(name)).join('+')
}

const SOURCE_OF: Readonly<Partial<Record<AskKind, SourceChoice>>> = {
  accessList: 'access-list',
  witness: 'witness',
  metadata: 'metadata',
  callKeys: 'hints',
  tracedKeys: 'hints',
  paths: 'paths',
  proofs: 'proofs',
  accountCodes: 'proofs',
  nodes: 'nodes',
  codes: 'nodes',
}
