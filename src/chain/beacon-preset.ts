/** Compile-time constants of the beacon chain that light clients need (consensus-specs, `presets/` and sync protocol). */

export type PresetName = 'mainnet' | 'minimal'

export interface BeaconPreset {
  readonly name: PresetName
  readonly slotsPerEpoch: number
  readonly epochsPerSyncCommitteePeriod: number
  readonly syncCommitteeSize: number
  /** Fewer signers than this and an update is not even looked at. */
  readonly minSyncCommitteeParticipants: number
  /** Slots without finality after which the specification's own store may force its best update: one period. */
  readonly updateTimeout: number
}

const PRESETS: Readonly<Record<PresetName, BeaconPreset>> = {
  mainnet: {
    name: 'mainnet',
    slotsPerEpoch: 32,
    epochsPerSyncCommitteePeriod: 256,
    syncCommitteeSize: 512,
    minSyncCommitteeParticipants: 1,
    updateTimeout: 8192,
  },
  minimal: {
    name: 'minimal',
    slotsPerEpoch: 8,
    epochsPerSyncCommitteePeriod: 8,
    syncCommitteeSize: 32,
    minSyncCommitteeParticipants: 1,
    updateTimeout: 64,
  },
}

export const PRESET_NAMES: readonly PresetName[] = ['mainnet', 'minimal']

export const presetByName = (name: PresetName): BeaconPreset => PRESETS[name]

/** compute_epoch_at_slot */
export const epochAtSlot = (preset: BeaconPreset, slot: number): number => Math.floor(slot / preset.slotsPerEpoch)

/** compute_sync_committee_period_at_slot */
export const periodAtSlot = (preset: BeaconPreset, slot: number): number =>
  Math.floor(epochAtSlot(preset, slot) / preset.epochsPerSyncCommitteePeriod)
