/** Light-client objects of upstreams: what was asked for lately, and the newest that they told. */
import { bytesToHex } from '@ethereumjs/util'
import { slotAtTime } from '../../../../src/chain/beacon-config.ts'
import { periodAtSlot } from '../../../../src/chain/beacon-preset.ts'
import type { Root } from '../../../../src/chain/bytes.ts'
import { dropOldest } from '../../../../src/chain/drop-oldest.ts'
import type {
  LightClientBootstrap,
  LightClientUpdate,
} from '../../../../src/consensus/containers/light-client-objects.ts'
import { participants } from '../../../../src/consensus/containers/light-client-objects.ts'
import {
  fetchBootstrap,
  fetchFinalityUpdate,
  fetchOptimisticUpdate,
  fetchUpdates,
} from '../../../../src/network/beacon/light-client-routes.ts'
import { RequestError } from '../../../../src/network/request-server.ts'
import { RecentItems } from '../recent-items.ts'
import { SharedRequests } from '../shared-requests.ts'
import type { RelayOptions } from './relayed-blocks.ts'

export type LatestKind = 'finalityUpdate' | 'optimisticUpdate'

/** Of mainnet 64: clients that start within some days start from some dozens of blocks. */
const MAX_BOOTSTRAP_BYTES = 4 * 1024 * 1024
/** 512 keys of 48 bytes, each an object. */
const OBJECT_BYTES = 65_536
/** Five and a half years of mainnet's; about 16 MB. */
const MAX_UPDATES = 256
/** Updates asked for at a time: clients want those of consecutive periods, mostly a few. */
const UPDATES_AT_ONCE = 16
/** Epochs after which a better update of a period that is over is looked for; there seldom is one. */
const PAST_EPOCHS = 1

interface Kept {
  readonly update: LightClientUpdate
  /** ms since 1970. */
  readonly at: number
}

/** Always: bootstraps are of the block, updates of the period they are given for; what is kept is bounded. */
export class RelayedUpdates {
  readonly #bootstraps = new RecentItems<LightClientBootstrap>(MAX_BOOTSTRAP_BYTES, () => OBJECT_BYTES)
  readonly #byPeriod = new Map<number, Kept>()
  readonly #latest = new Map<LatestKind, Kept>()
  readonly #bootstrapsUnderWay = new SharedRequests<LightClientBootstrap | undefined>()
  readonly #updatesUnderWay = new SharedRequests<LightClientUpdate | undefined>()

  constructor(private readonly options: RelayOptions) {}

  /** Undefined where no upstream has one. @throws {UnavailableError} */
  async bootstrap(blockRoot: Root): Promise<LightClientBootstrap | undefined> {
    const kept = this.#bootstraps.get(blockRoot)
    if (kept !== undefined) return kept
    const found = await this.#bootstrapsUnderWay.get(bytesToHex(blockRoot), () =>
      this.options.pool.first((rest, signal) => fetchBootstrap(rest, { blockRoot }, signal)),
    )
    if (found !== undefined) this.#bootstraps.put(blockRoot, found)
    return found
  }

  /** As {@link bootstrap}. */
  async best(period: number): Promise<LightClientUpdate | undefined> {
    const { network, clock } = this.options
    const current = periodAtSlot(network.preset, Math.max(0, slotAtTime(network, clock.now() / 1_000)))
    if (period > current) return undefined
    const kept = this.#byPeriod.get(period)
    const slots = period === current ? 1 : PAST_EPOCHS * network.preset.slotsPerEpoch
    if (kept !== undefined && this.#isYounger(kept, slots)) return kept.update
    return this.#updatesUnderWay.get(String(period), () => this.#fetchFrom(period, current))
  }

  /** The newest that upstreams have told within a slot, or tell now. */
  async latest(kind: LatestKind): Promise<LightClientUpdate | undefined> {
    const kept = this.#latest.get(kind)
    if (kept !== undefined && this.#isYounger(kept, 1)) return kept.update
    return this.#updatesUnderWay.get(kind, async () => {
      const fetch = kind === 'finalityUpdate' ? fetchFinalityUpdate : fetchOptimisticUpdate
      const found = await this.options.pool.first((rest, signal) => fetch(rest, signal))
      if (found !== undefined) this.take(kind, found)
      // One that has restarted may have none for a while.
      return this.#latest.get(kind)?.update
    })
  }

  /** Whether it is news. */
  take(kind: LatestKind, update: LightClientUpdate): boolean {
    const at = this.options.clock.now()
    const before = this.#latest.get(kind)?.update
    const isNews = before === undefined || isNewer(update, before)
    this.#latest.set(kind, { update: isNews ? update : before, at })
    return isNews
  }

  async #fetchFrom(startPeriod: number, current: number): Promise<LightClientUpdate | undefined> {
    const { network, clock, pool } = this.options
    const count = Math.min(UPDATES_AT_ONCE, current - startPeriod + 1)
    const periodOf = (update: LightClientUpdate) => periodAtSlot(network.preset, update.attestedHeader.beacon.slot)
    const found = await pool.first(async (rest, signal) => {
      const decoded = await fetchUpdates(rest, { startPeriod, count }, signal)
      const updates = decoded.flatMap((one) => (one.kind === 'update' ? [one.update] : []))
      const unread = decoded.find((one) => one.kind !== 'update')
      if (unread !== undefined && !updates.some((update) => periodOf(update) === startPeriod)) {
        const { message } = unread.error
        throw new RequestError({ code: 'malformed' }, `${rest.endpoint.url.name}: ${message}`, { cause: unread.error })
      }
      return updates
    })
    const at = clock.now()
    for (const update of found ?? []) {
      this.#byPeriod.delete(periodOf(update))
      this.#byPeriod.set(periodOf(update), { update, at })
    }
    dropOldest(this.#byPeriod, MAX_UPDATES)
    return found?.find((update) => periodOf(update) === startPeriod)
  }

  #isYounger({ at }: Kept, slots: number): boolean {
    const age = this.options.clock.now() - at
    return age >= 0 && age < slots * this.options.network.slotSeconds * 1_000
  }
}

/** Of several upstreams one may be behind, or have fewer signatures. */
function isNewer(update: LightClientUpdate, before: LightClientUpdate): boolean {
  for (const [mine, theirs] of [
    [update.finality?.header.beacon.slot ?? 0, before.finality?.header.beacon.slot ?? 0],
    [update.attestedHeader.beacon.slot, before.attestedHeader.beacon.slot],
    [participants(update), participants(before)],
  ] as const) {
    if (mine !== theirs) return mine > theirs
  }
  return false
}
