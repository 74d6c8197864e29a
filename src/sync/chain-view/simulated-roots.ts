/** Roots of a state that simulated blocks write on: counted as a block's own is, on nodes that are proven. */
import type { Hash } from '../../chain/bytes.ts'
import type { CallHome } from '../../execution/remote/call-messages.ts'
import type { Ask } from './evidence.ts'
import type { StateOverlay, StateView } from './state-view.ts'

/**
 * For one simulation. A node that a deletion leaves alone beside a path is fetched by its hash, or by a key that is found to lead
 * there; where nobody gives it there is no root, and the simulation is unavailable.
 */
export function simulatedRoots(state: StateView, ask: Ask): CallHome['stateRoot'] {
  let overlay: StateOverlay | undefined
  let applied = 0
  return async (writes, earlier): Promise<Hash> => {
    if (earlier === 0) {
      overlay = state.overlay(ask)
      applied = 0
    }
    if (overlay === undefined || earlier !== applied) {
      throw new Error(`writes on top of ${earlier} others came where ${applied} had been applied`)
    }
    const root = await overlay.root(writes)
    applied++
    return root
  }
}
