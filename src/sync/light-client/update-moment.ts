/** When in its period a client asks for the update of the period that is not over yet. */
import { periodAtSlot, type BeaconPreset } from '../../chain/beacon-preset.ts'

/**
 * A random slot of the period, drawn once per period: asked for at its end by all clients at once, servers would be
 * overrun (consensus-specs, light client sync process: "at a random time before the end of the period").
 */
export class UpdateMoment {
  #drawn: { readonly period: number; readonly slot: number } | undefined

  constructor(
    private readonly preset: BeaconPreset,
    private readonly random: () => number,
  ) {}

  /** Whether the moment of the slot's period has come. A client that comes late draws from what is left of it. */
  hasCome(slot: number): boolean {
    const period = periodAtSlot(this.preset, slot)
    if (this.#drawn?.period !== period) this.#drawn = { period, slot: this.#draw(slot, period) }
    return slot >= this.#drawn.slot
  }

  #draw(slot: number, period: number): number {
    const { slotsPerEpoch, epochsPerSyncCommitteePeriod } = this.preset
    const end = (period + 1) * slotsPerEpoch * epochsPerSyncCommitteePeriod
    return slot + Math.floor(this.random() * (end - slot))
  }
}
