/** When in a slot the sync committee has signed, and what it signed may be passed on. */
import { forkAtSlot, isAtLeast } from '../../chain/beacon-config.ts'
import type { Network } from '../../chain/network.ts'

/** SYNC_MESSAGE_DUE_BPS and SYNC_MESSAGE_DUE_BPS_GLOAS (consensus-specs, configurations): parts of a slot in 1/10,000. */
const DUE_BASIS_POINTS = { beforeGloas: 3333, gloas: 2500 }

/** MAXIMUM_GOSSIP_CLOCK_DISPARITY (consensus-specs, phase 0 networking): how far honest clocks lie apart. */
export const CLOCK_DISPARITY_MS = 500

/**
 * get_sync_message_due_ms, from the slot's start: no light-client update is published earlier. 3,999 ms of a 12 s slot,
 * from Gloas on 3,000.
 * @returns ms since 1970
 */
export function syncMessageDueAt(network: Network, slot: number): number {
  const isGloas = isAtLeast(forkAtSlot(network, slot).name, 'gloas')
  const points = isGloas ? DUE_BASIS_POINTS.gloas : DUE_BASIS_POINTS.beforeGloas
  const slotMs = network.slotSeconds * 1_000
  return (network.genesisTime + slot * network.slotSeconds) * 1_000 + Math.floor((points * slotMs) / 10_000)
}
