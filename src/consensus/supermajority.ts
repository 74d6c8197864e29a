/** Two thirds of a sync committee: with less, a minority of dishonest members could have signed (consensus-specs, sync protocol). */
import type { BeaconPreset } from '../chain/beacon-preset.ts'

/** Fewest signers that are a supermajority: 342 of 512 on mainnet. */
export const supermajority = ({ syncCommitteeSize }: BeaconPreset): number => Math.ceil((syncCommitteeSize * 2) / 3)

export const isSupermajority = (preset: BeaconPreset, signers: number): boolean => signers >= supermajority(preset)
