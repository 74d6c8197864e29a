/** Where a platform keeps the store, and how it is opened there. */
import { messageOf } from '../chain/thrown.ts'
import { openIndexedDbStore } from '../state/store/indexeddb-store.ts'
import { createMemoryStore } from '../state/store/memory-store.ts'
import type { Store, StoreOptions } from '../state/store/store.ts'

export type StorePlace =
  { readonly kind: 'indexeddb' } | { readonly kind: 'memory' } | { readonly kind: 'disk'; readonly directory: string }

export type StoreKind = StorePlace['kind']

/** How a store in a directory is opened: handed in where there is such a thing, so that a tab loads nothing of it. */
export type OpenDisk = (directory: string, options: StoreOptions) => Promise<Store>

export interface OpenedStore {
  /** Of the store that there is. */
  readonly kind: StoreKind
  readonly store: Store
  /** What went wrong with the one that was asked for, or was found wrong with it. */
  readonly problem: string | undefined
}

/** Never rejects for a store that cannot be opened: one in memory serves, and the problem says why. */
export async function openStoreAt(
  place: StorePlace,
  options: StoreOptions,
  openDisk: OpenDisk | undefined,
): Promise<OpenedStore> {
  let found: string | undefined
  const watched: StoreOptions = {
    ...options,
    onEvent: (event) => {
      if (event.kind === 'started-empty' || event.kind === 'repaired') found = event.reason
    },
  }
  try {
    return { kind: place.kind, store: await open(place, watched, openDisk), problem: found }
  } catch (error) {
    return { kind: 'memory', store: createMemoryStore(options), problem: messageOf(error) }
  }
}

async function open(place: StorePlace, options: StoreOptions, openDisk: OpenDisk | undefined): Promise<Store> {
  switch (place.kind) {
    case 'indexeddb':
      return openIndexedDbStore(options)
    case 'memory':
      return createMemoryStore(options)
    case 'disk':
      if (openDisk === undefined) throw new Error(`the worker cannot open a store in ${place.directory}`)
      return openDisk(place.directory, options)
  }
}
