/** Where a committee chain starts: a trusted block and the sync committee that its state proves. */
import { periodAtSlot } from '../chain/beacon-preset.ts'
import type { Root } from '../chain/bytes.ts'
import type { Network } from '../chain/network.ts'
import type { LightClientBootstrap, LightClientHeader } from './containers/light-client-objects.ts'
import type { SyncCommittee } from './containers/ssz-types.ts'
import { validateBootstrap } from './protocol/initialize-light-client-store.ts'

declare const proven: unique symbol

/** Always proven: only {@link checkpointData} makes one. Whether its root deserves trust is the caller's to know. */
export interface CheckpointData {
  readonly [proven]: true
  readonly blockRoot: Root
  readonly header: LightClientHeader
  /** Of {@link committee}. */
  readonly period: number
  readonly committee: SyncCommittee
  /** What proved it, for storing and serving. */
  readonly bootstrap: LightClientBootstrap
}

/** @throws {InvalidBootstrapError} when the bootstrap is of another block or does not prove its committee */
export function checkpointData(
  network: Network,
  trustedBlockRoot: Root,
  bootstrap: LightClientBootstrap,
): CheckpointData {
  validateBootstrap(network, trustedBlockRoot, bootstrap)
  const { header, currentSyncCommittee } = bootstrap
  const period = periodAtSlot(network.preset, header.beacon.slot)
  const data = { blockRoot: trustedBlockRoot, header, period, committee: currentSyncCommittee, bootstrap }
  return data as unknown as CheckpointData
}
