/** Light-client objects on their way between the consensus worker and the store, as the store keeps them. */
import { equalBytes } from '../execution/words.ts'
import { StoreError } from '../state/store/store-error.ts'
import type { Store, UnverifiedBootstrap, UnverifiedUpdate } from '../state/store/store.ts'

export interface LightClientRecords {
  readonly bootstrap: UnverifiedBootstrap
  /** In ascending order of period, without gaps. */
  readonly updates: readonly UnverifiedUpdate[]
}

/**
 * Keeps a proven chain. Never less than what is kept already: the same chain only when it has grown, another chain only when
 * the user vouches for its root. Written so that what is kept is one chain at any moment, whenever the tab dies.
 * @param trust whether the user gave the root, or the bootstrap vouches for itself
 * @returns why it is not kept; undefined when it is
 */
export async function keepLightClientRecords(
  store: Store | undefined,
  records: LightClientRecords,
  trust: 'given' | 'its own root',
): Promise<string | undefined> {
  if (store === undefined) return 'another tab of this origin keeps the store'
  try {
    const kept = await keptLightClientRecords(store)
    const same = kept !== undefined && equalBytes(kept.bootstrap.trustedRoot, records.bootstrap.trustedRoot)
    if (same && kept.updates.length > records.updates.length) return 'a longer stretch of the same chain is kept'
    if (kept !== undefined && !same && trust !== 'given') {
      return 'another chain is kept; give the root that you trust to replace it'
    }
    if (!same) {
      await store.deleteUpdatesFrom(0)
      await store.putBootstrap(records.bootstrap)
    }
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
