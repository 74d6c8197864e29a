/** The time in a payload's header: compute_time_at_slot in whole seconds, each slot later than the one before. */
import type { Network } from '../../../src/chain/network.ts'

/**
 * Where slots last fractions of a second, execution time runs ahead of the clock, a second a slot: the rules of execution
 * blocks know whole seconds only, and want each block later than its parent.
 */
export function payloadTimestamp(network: Pick<Network, 'genesisTime' | 'slotSeconds'>, slot: number): number {
  return network.genesisTime + Math.floor(slot * Math.max(network.slotSeconds, 1))
}
