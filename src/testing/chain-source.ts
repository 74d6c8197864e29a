/** A beacon node on a generated chain: what it derives for light clients from the blocks it has seen. */
import { bytesToHex } from '@ethereumjs/util'
import { periodAtSlot } from '../chain/beacon-preset.ts'
import type { Network } from '../chain/network.ts'
import { MAX_REQUEST_LIGHT_CLIENT_UPDATES } from '../network/beacon/constants.ts'
import type { LightClientUpdate } from '../consensus/containers/light-client-objects.ts'
import { isBetterUpdate } from '../consensus/protocol/is-better-update.ts'
import type { KnownHeader } from '../network/request-server.ts'
import type { SyntheticBlock, SyntheticChain } from '../../server/devnet/light-client/synthetic-chain.ts'
import { sourceOf, type BeaconSource } from './simulated-beacon-source.ts'

/** A truthful node. What it made once it keeps, so that many servers and many slots cost little. */
export function chainSource(network: Network, chain: SyntheticChain): BeaconSource {
  const view = new ChainView(network, chain)
  return sourceOf(
    {
      bootstrap: ({ blockRoot }, seen) => view.bootstrap(blockRoot, seen),
      updates: ({ startPeriod, count }, seen) => view.updates(startPeriod, count, seen),
      finalityUpdate: (_, seen) => view.finalityUpdate(seen),
      optimisticUpdate: (_, seen) => view.optimisticUpdate(seen),
      headerByRoot: ({ blockRoot }, seen) => view.header(view.byRoot(blockRoot, seen), seen),
      headerBySlot: ({ slot }, seen) => view.header(view.bySlot(slot, seen), seen),
    },
    (seen) => {
      const block = view.head(seen)
      return block && { slot: block.slot, blockRoot: block.root }
    },
  )
}

class ChainView {
  readonly #byRoot = new Map<string, SyntheticBlock>()
  readonly #bySlot = new Map<number, SyntheticBlock>()
  readonly #byPeriod = new Map<number, SyntheticBlock[]>()
  /** By the slot of the block that carries the signatures. */
  readonly #updates = new Map<number, LightClientUpdate>()
  /** Of periods that are over. */
  readonly #best = new Map<number, LightClientUpdate | undefined>()

  constructor(
    private readonly network: Network,
    private readonly chain: SyntheticChain,
  ) {
    for (const block of chain.blocks) {
      this.#byRoot.set(bytesToHex(block.root), block)
      this.#bySlot.set(block.slot, block)
      const period = this.#period(block.slot)
      this.#byPeriod.set(period, [...(this.#byPeriod.get(period) ?? []), block])
    }
  }

  head(seen: number): SyntheticBlock | undefined {
    const first = this.chain.blocks[0]
    return first !== undefined && first.slot <= seen ? this.chain.blockAt(seen) : undefined
  }

  byRoot(root: Uint8Array, seen: number): SyntheticBlock | undefined {
    const block = this.#byRoot.get(bytesToHex(root))
    return block !== undefined && block.slot <= seen ? block : undefined
  }

  bySlot(slot: number, seen: number): SyntheticBlock | undefined {
    return slot <= seen ? this.#bySlot.get(slot) : undefined
  }

  bootstrap(root: Uint8Array, seen: number) {
    const block = this.byRoot(root, seen)
    return block && this.chain.bootstrap(block)
  }

  header(block: SyntheticBlock | undefined, seen: number): KnownHeader | undefined {
    if (block === undefined) return undefined
    const finalizedSlot = this.head(seen)?.finalized?.slot ?? -1
    return { header: block.header.beacon, canonical: true, finalized: block.slot <= finalizedSlot }
  }

  /** Consecutive periods from the first in range that there is. */
  updates(startPeriod: number, count: number, seen: number) {
    const found: LightClientUpdate[] = []
    for (let period = startPeriod; period < startPeriod + Math.min(count, MAX_REQUEST_LIGHT_CLIENT_UPDATES); period++) {
      const best = this.#bestUpdate(period, seen)
      if (best !== undefined) found.push(best)
      else if (found.length > 0) break
    }
    return found.map((update) => ({ kind: 'update', update }) as const)
  }

  /** The newest that finalizes something. */
  finalityUpdate(seen: number): LightClientUpdate | undefined {
    const update = this.#latest(seen)
    return update?.finality && { ...update, nextSyncCommittee: undefined }
  }

  optimisticUpdate(seen: number): LightClientUpdate | undefined {
    const update = this.#latest(seen)
    return update && { ...update, nextSyncCommittee: undefined, finality: undefined }
  }

  #latest(seen: number): LightClientUpdate | undefined {
    const head = this.head(seen)
    return head === undefined ? undefined : this.#update(head)
  }

  #update(signature: SyntheticBlock): LightClientUpdate | undefined {
    if (signature === this.chain.blocks[0]) return undefined
    const update = this.#updates.get(signature.slot) ?? this.chain.update(signature)
    this.#updates.set(signature.slot, update)
    return update
  }

  #bestUpdate(period: number, seen: number): LightClientUpdate | undefined {
    const isOver = this.#period(seen) > period
    if (isOver && this.#best.has(period)) return this.#best.get(period)
    let best: LightClientUpdate | undefined
    for (const block of this.#byPeriod.get(period) ?? []) {
      const update = block.slot <= seen ? this.#update(block) : undefined
      if (update === undefined || this.#period(update.attestedHeader.beacon.slot) !== period) continue
      if (best === undefined || isBetterUpdate(this.network.preset, update, best)) best = update
    }
    if (isOver) this.#best.set(period, best)
    return best
  }

  #period(slot: number): number {
    return periodAtSlot(this.network.preset, slot)
  }
}
