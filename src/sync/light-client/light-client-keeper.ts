/** The node worker's side of what the light client keeps: the only way into the store, for files and for a live chain. */
import type { Root } from '../../chain/bytes.ts'
import { equalBytes } from '../../execution/words.ts'
import { StoreError } from '../../state/store/store-error.ts'
import type { Store, UnverifiedHeads, UnverifiedUpdate } from '../../state/store/store.ts'
import type { KeptLightClient, LightClientRecords } from '../light-client-records.ts'
import { NO_CHANGES, type LightClientChanges } from './light-client-changes.ts'

export type WriteOutcome =
  | { readonly kind: 'kept' }
  /** Another tab of the origin leads. */
  | { readonly kind: 'noStore' }
  /** What is kept is no chain, or not the one that the changes are for. */
  | { readonly kind: 'otherChain' }
  | { readonly kind: 'failed'; readonly problem: string }

/**
 * Always:
 * - what is kept is one chain at any moment, whenever the tab dies: a checkpoint lands together with the end of the chain
 *   before, everything else only onto the chain that it belongs to;
 * - one call is carried out at a time.
 */
export class LightClientKeeper {
  #last: Promise<unknown> = Promise.resolve()

  /** @param store undefined while another tab leads */
  constructor(private readonly store: () => Store | undefined) {}

  /** @param trustedRoot of the chain that the changes are for; where they begin one, of that one */
  write(changes: LightClientChanges, trustedRoot: Root): Promise<WriteOutcome> {
    return this.#alone(() => this.#write(changes, trustedRoot))
  }

  /**
   * Keeps a proven chain. Never less than what is kept already: the same chain only when it has grown, another chain only
   * when the user vouches for its root.
   * @param trust whether the user gave the root, or the bootstrap vouches for itself
   * @returns why it is not kept; undefined when it is
   */
  keep(records: LightClientRecords, trust: 'given' | 'its own root'): Promise<string | undefined> {
    return this.#alone(() => this.#keep(records, trust).catch(problemOf))
  }

  /** @throws {StoreError} when the database fails */
  async kept(): Promise<KeptLightClient | undefined> {
    const store = this.store()
    const bootstrap = await store?.bootstrap()
    if (store === undefined || bootstrap === undefined) return undefined
    const updates: UnverifiedUpdate[] = []
    for await (const update of store.updates()) updates.push(update)
    return { bootstrap, updates, conflict: await store.conflict() }
  }

  /** @throws {StoreError} when the database fails */
  async heads(): Promise<UnverifiedHeads | undefined> {
    return this.store()?.heads()
  }

  async #keep(records: LightClientRecords, trust: 'given' | 'its own root'): Promise<string | undefined> {
    const { bootstrap } = records
    const kept = await this.kept()
    const same = kept !== undefined && equalBytes(kept.bootstrap.trustedRoot, bootstrap.trustedRoot)
    if (same && kept.updates.length > records.updates.length) return 'a longer stretch of the same chain is kept'
    if (kept !== undefined && !same && trust !== 'given') {
      return 'another chain is kept; give the root that you trust to replace it'
    }
    const updates = new Map(records.updates.map((update) => [update.period, update]))
    const changes = { ...NO_CHANGES, checkpoint: same ? undefined : bootstrap, updates }
    return whyNotKept(await this.#write(changes, bootstrap.trustedRoot))
  }

  async #write(changes: LightClientChanges, trustedRoot: Root): Promise<WriteOutcome> {
    const store = this.store()
    if (store === undefined) return { kind: 'noStore' }
    try {
      if (changes.checkpoint !== undefined) await store.putBootstrap(changes.checkpoint)
      else if (!(await isOf(store, trustedRoot))) return { kind: 'otherChain' }
      if (changes.deleteUpdatesFrom !== undefined) await store.deleteUpdatesFrom(changes.deleteUpdatesFrom)
      await allLanded([...changes.updates.values()].map((update) => store.putUpdate(update)))
      if (changes.conflict !== undefined) await store.putConflict(changes.conflict)
      if (changes.heads !== undefined) await store.putHeads(changes.heads)
      return { kind: 'kept' }
    } catch (error) {
      return { kind: 'failed', problem: problemOf(error) }
    }
  }

  #alone<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#last.then(work)
    this.#last = done.catch(() => undefined)
    return done
  }
}

export function whyNotKept(outcome: WriteOutcome): string | undefined {
  switch (outcome.kind) {
    case 'kept':
      return undefined
    case 'noStore':
      return 'another tab of this origin keeps the store'
    case 'otherChain':
      return 'what is kept is another chain, or none'
    case 'failed':
      return outcome.problem
  }
}

async function isOf(store: Store, trustedRoot: Root): Promise<boolean> {
  const bootstrap = await store.bootstrap()
  return bootstrap !== undefined && equalBytes(bootstrap.trustedRoot, trustedRoot)
}

/** Puts of one moment share a transaction; none may be under way when the call is over. */
async function allLanded(puts: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(puts)
  for (const result of results) if (result.status === 'rejected') throw result.reason
}

/** @throws what is no failure of the store */
function problemOf(error: unknown): string {
  if (error instanceof StoreError) return error.message
  throw error
}
