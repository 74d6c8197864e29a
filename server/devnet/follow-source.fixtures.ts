/** A light client without a network between: from a checkpoint to the head, as the specification has it, asking a source. */
import { periodAtSlot } from '../../src/chain/beacon-preset.ts'
import type { Root } from '../../src/chain/bytes.ts'
import type { Network } from '../../src/chain/network.ts'
import { loadSyncCommitteeVerifier } from '../../src/consensus/bls.ts'
import type { LightClientUpdate } from '../../src/consensus/containers/light-client-objects.ts'
import { initializeLightClientStore } from '../../src/consensus/protocol/initialize-light-client-store.ts'
import type { LightClientStore } from '../../src/consensus/protocol/light-client-store.ts'
import { processLightClientUpdate } from '../../src/consensus/protocol/process-light-client-update.ts'
import type { BeaconSource } from '../beacon-api/beacon-source.ts'

/** @param network as the client knows it @throws {InvalidUpdateError} and the like for what it must not follow */
export async function follow(network: Network, source: BeaconSource, checkpoint: Root): Promise<LightClientStore> {
  const verifier = await loadSyncCommitteeVerifier()
  const { clockSlot: currentSlot, block } = await source.head()
  const bootstrap = await source.bootstrap(checkpoint)
  if (bootstrap === undefined) throw new Error('the source has no bootstrap for the checkpoint')
  let store = initializeLightClientStore(network, checkpoint, bootstrap)
  const take = (update: LightClientUpdate): void => {
    store = processLightClientUpdate({ network, verifier, currentSlot }, store, update)
  }
  const [first, last] = [bootstrap.header.beacon.slot, block.header.slot].map((slot) =>
    periodAtSlot(network.preset, slot),
  )
  for (let period = first ?? 0; period <= (last ?? 0); period++) {
    const update = await source.bestUpdate(period)
    if (update !== undefined) take(update)
  }
  for (const update of [await source.finalityUpdate(), await source.optimisticUpdate()]) {
    if (update !== undefined) take(update)
  }
  return store
}
