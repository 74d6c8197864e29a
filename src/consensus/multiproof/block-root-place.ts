/** Where a beacon state keeps the roots of past blocks: `block_roots` for the last ones, `historical_summaries` for the rest. */
import { forkAtSlot, isAtLeast } from '../../chain/beacon-config.ts'
import { epochAtSlot } from '../../chain/beacon-preset.ts'
import type { PresetName } from '../../chain/beacon-preset.ts'
import type { Network } from '../../chain/network.ts'
import type { Gindex } from './gindex.ts'
import { concatGindices, leafGindex } from './gindex.ts'
import { HistoricalProofError } from './historical-proof-error.ts'

/**
 * A place in a vector of block roots, one per slot. The vector hangs in the state; as a summary it is only its root
 * there, and what is below has to come from elsewhere: a state of the time when it was the state's own `block_roots`.
 */
export interface BlockRootPlace {
  readonly field: 'block_roots' | 'historical_summaries'
  /** In the state. */
  readonly vector: Gindex
  /** In the vector. */
  readonly inVector: Gindex
  /** In the state. */
  readonly blockRoot: Gindex
}

/** SLOTS_PER_HISTORICAL_ROOT (presets): how many slots a state's `block_roots` and each summary cover. */
const SLOTS_PER_HISTORICAL_ROOT: Readonly<Record<PresetName, number>> = { mainnet: 8192, minimal: 64 }

/** HISTORICAL_ROOTS_LIMIT (presets): no preset changes it. */
const HISTORICAL_ROOTS_LIMIT = 2 ** 24

/** A list is its contents, left, and its length. */
const LIST_CONTENTS: Gindex = 2n

/** Field 0 of the two of HistoricalSummary (Capella). */
const BLOCK_SUMMARY_ROOT: Gindex = 2n

interface HistoryFields {
  readonly blockRoots: Gindex
  readonly historicalSummaries: Gindex
}

/** Fields 5 and 27 of at most 32. */
const CAPELLA: HistoryFields = { blockRoots: 37n, historicalSummaries: 59n }
/** The same fields of at most 64. */
const ELECTRA: HistoryFields = { blockRoots: 69n, historicalSummaries: 91n }
/**
 * The same fields of a progressive container (EIP-7688). `historical_summaries` stays a list with a limit there, so
 * everything below the field is as before.
 */
const GLOAS: HistoryFields = { blockRoots: 352n, historicalSummaries: 2950n }

/**
 * Where the state of `stateSlot` has the root of the latest block at or before `slot`.
 * @throws {HistoricalProofError} notBefore, beforeCapella, unknownCapella, badSlot
 */
export function blockRootPlace(network: Network, stateSlot: number, slot: number): BlockRootPlace {
  for (const given of [stateSlot, slot]) {
    if (!Number.isSafeInteger(given) || given < 0) throw new HistoricalProofError({ code: 'badSlot', slot: given })
  }
  if (slot >= stateSlot) throw new HistoricalProofError({ code: 'notBefore', slot, stateSlot })
  const capella = capellaEpoch(network)
  if (epochAtSlot(network.preset, slot) < capella) throw new HistoricalProofError({ code: 'beforeCapella', slot })
  const size = SLOTS_PER_HISTORICAL_ROOT[network.preset.name]
  const inVector = leafGindex(size, slot % size)
  const fields = historyFields(network, stateSlot)
  const place = (field: BlockRootPlace['field'], vector: Gindex): BlockRootPlace => ({
    field,
    vector,
    inVector,
    blockRoot: concatGindices(vector, inVector),
  })
  if (slot >= stateSlot - size) return place('block_roots', fields.blockRoots)
  // A summary is added when its slots are over. The first one was made by the period in which Capella came.
  const first = Math.floor((capella * network.preset.slotsPerEpoch) / size)
  const summary = leafGindex(HISTORICAL_ROOTS_LIMIT, Math.floor(slot / size) - first)
  return place(
    'historical_summaries',
    concatGindices(fields.historicalSummaries, LIST_CONTENTS, summary, BLOCK_SUMMARY_ROOT),
  )
}

function historyFields(network: Network, stateSlot: number): HistoryFields {
  const { name } = forkAtSlot(network, stateSlot)
  if (isAtLeast(name, 'gloas')) return GLOAS
  return isAtLeast(name, 'electra') ? ELECTRA : CAPELLA
}

/** A network that starts with a later fork has had Capella's rules from its genesis. */
function capellaEpoch(network: Network): number {
  const fork = network.forks.find(({ name }) => isAtLeast(name, 'capella'))
  if (fork === undefined) return Infinity
  if (fork.name !== 'capella' && fork.epoch !== 0 && fork === network.forks[0]) {
    throw new HistoricalProofError({ code: 'unknownCapella', network: network.name })
  }
  return fork.epoch
}
