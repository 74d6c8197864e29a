/** Light-client objects on their way between the consensus worker and the store, as the store keeps them. */
import { StoreError } from '../state/store/store-error.ts'
import type { Store, UnverifiedBootstrap, UnverifiedUpdate } from '../state/store/store.ts'

export interface LightClientRecords {
  readonly bootstrap: UnverifiedBootstrap
  /** In ascending order of period, without gaps. */
  readonly updates: readonly UnverifiedUpdate[]
}

/**
 * Replaces what is kept.
 * @returns why nothing is kept; undefined when it is
 */
export async function keepLightClientRecords(
  store: Store | undefined,
  records: LightClientRecords,
): Promise<string | undefined> {
  if (store === undefined) return 'another tab of this origin keeps the store'
  try {
    await store.deleteUpdatesFrom(0)
    await store.putBootstrap(records.bootstrap)
    for (const update of records.updates) await store.putUpdate(update)
    return undefined
  } catch (error) {
    if (error instanceof StoreError) return error.message
    throw error
  }
}

export async function keptLightClientRecords(store: Store | undefined): Promise<LightClientRecords | undefined> {
  const bootstrap = await store?.bootstrap()
  if (store === undefined || bootstrap === undefined) return undefined
  const updates: UnverifiedUpdate[] = []
  for await (const update of store.updates()) updates.push(update)
  return { bootstrap, updates }
}
