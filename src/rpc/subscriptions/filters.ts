/** The filters of one session; each ends when nobody has asked it for a while. */
import type { Json } from '../../network/json-rpc/json.ts'
import { limitExceeded, RpcError } from '../../network/json-rpc/rpc-error.ts'
import type { Ask } from '../../sync/chain-view/evidence.ts'
import type { RpcSetting } from '../rpc-setting.ts'
import type { ChainFeed } from './chain-feed.ts'
import { FILTER_LIFE_MS, MAX_FILTERS } from './constants.ts'
import { Filter, type FilterKind } from './filter.ts'
import { newId } from './new-id.ts'

interface Held {
  readonly filter: Filter
  readonly feed: ChainFeed
  readonly stop: () => void
  cancelEnd: () => void
}

/** Always: at most {@link MAX_FILTERS}, each asked for within the last {@link FILTER_LIFE_MS}. */
export class Filters {
  private readonly held = new Map<string, Held>()

  constructor(
    private readonly setting: RpcSetting,
    private readonly feed: ChainFeed,
    /** One has ended without being asked to; must not throw. */
    private readonly onEnd: (id: string) => void,
  ) {}

  /** @param signal the request is of no use any more: nothing is left of it. @throws {RpcError} -32005 */
  add(kind: FilterKind, signal: AbortSignal, feed = this.feed): string {
    signal.throwIfAborted()
    if (this.held.size >= MAX_FILTERS)
      throw limitExceeded(`${MAX_FILTERS} filters are there: end some with eth_uninstallFilter`)
    const id = newId()
    const filter = new Filter(kind, this.setting, feed.here()?.hash)
    this.held.set(id, { filter, feed, stop: feed.listen(filter), cancelEnd: () => undefined })
    this.touch(id)
    signal.addEventListener('abort', () => this.remove(id), { once: true })
    return id
  }

  has(id: string): boolean {
    return this.held.has(id)
  }

  /** Whether there was such a filter. */
  remove(id: string): boolean {
    const held = this.held.get(id)
    held?.stop()
    held?.cancelEnd()
    return this.held.delete(id)
  }

  /** What has come since it was asked last. One that has failed says why, and is gone. @throws {RpcError} as {@link Filter.changes} */
  async changes(id: string, ask: Ask): Promise<Json[]> {
    const { filter, feed } = this.touch(id)
    await feed.settled()
    try {
      return await filter.changes(ask)
    } finally {
      if (filter.failure !== undefined) this.end(id)
    }
  }

  /** @throws {RpcError} -32000 where there is no such filter */
  kindOf(id: string): FilterKind {
    return this.touch(id).filter.kind
  }

  /** Hash of the block up to which a filter has told everything; undefined of one that is none. */
  placeOf(id: string): Uint8Array | undefined {
    return this.held.get(id)?.filter.place()
  }

  close(): void {
    for (const id of [...this.held.keys()]) this.remove(id)
  }

  private end(id: string): void {
    if (this.remove(id)) this.onEnd(id)
  }

  private touch(id: string): Held {
    const held = this.held.get(id)
    if (held === undefined) throw filterNotFound()
    held.cancelEnd()
    held.cancelEnd = this.setting.clock.after(FILTER_LIFE_MS, () => this.end(id))
    return held
  }
}

/** geth's code and words, which clients match to make a new one. */
export const filterNotFound = (): RpcError => new RpcError(-32000, 'filter not found')
