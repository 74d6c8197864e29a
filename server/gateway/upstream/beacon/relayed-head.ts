/** The head that upstreams say there is, with its header. */
import { byteArrayEquals } from '@chainsafe/ssz'
import { slotAtTime } from '../../../../src/chain/beacon-config.ts'
import type { Root } from '../../../../src/chain/bytes.ts'
import { UnavailableError } from '../../../execution/execution-source.ts'
import type { RelayedBlocks, RelayedHeader, RelayOptions } from './relayed-blocks.ts'

/** Slots for which an announced head is one: as many as may be missed without anything being wrong. */
const FRESH_SLOTS = 3

/** Slots by which a server's clock may be ahead of ours. */
const AHEAD_SLOTS = 1

/**
 * Always: heads are told in the order of their slots; one header at a time is fetched for an announced head, and of those
 * that are announced meanwhile the last.
 */
export class RelayedHead {
  #head: { readonly known: RelayedHeader; readonly at: number } | undefined
  #announced: Root | undefined
  #isFetching = false

  /** @param tell of each head once, with the one before */
  constructor(
    private readonly blocks: RelayedBlocks,
    private readonly options: Pick<RelayOptions, 'network' | 'clock'>,
    private readonly tell: (head: RelayedHeader, before: RelayedHeader | undefined) => void,
  ) {}

  /** As announced, or as upstreams say now. @throws {UnavailableError} */
  async current(): Promise<RelayedHeader> {
    const { network, clock } = this.options
    const age = this.#head === undefined ? Infinity : clock.now() - this.#head.at
    if (this.#head !== undefined && age >= 0 && age < FRESH_SLOTS * network.slotSeconds * 1_000) return this.#head.known
    const found = await this.blocks.header({ kind: 'head' })
    if (found === undefined) throw new UnavailableError('upstream: no beacon node has a head')
    this.#move(found)
    return found
  }

  /** An announcement. */
  hear({ slot, blockRoot }: { readonly slot: number; readonly blockRoot: Root }): void {
    if (this.#head !== undefined && slot < this.#head.known.header.slot) return
    this.#announced = blockRoot
    if (!this.#isFetching) void this.#followAnnounced()
  }

  async #followAnnounced(): Promise<void> {
    this.#isFetching = true
    while (this.#announced !== undefined) {
      const root = this.#announced
      this.#announced = undefined
      try {
        const found = await this.blocks.header({ kind: 'root', root })
        if (found !== undefined) this.#move(found)
      } catch (error) {
        if (!(error instanceof UnavailableError)) throw error
        // Whoever asks for the head is told.
      }
    }
    this.#isFetching = false
  }

  #move(known: RelayedHeader): void {
    const { network, clock } = this.options
    const now = clock.now()
    const before = this.#head?.known
    const { slot } = known.header
    if (slot > slotAtTime(network, now / 1_000) + AHEAD_SLOTS || slot < (before?.header.slot ?? 0)) return
    this.#head = { known: { ...known, isCanonical: true }, at: now }
    if (before === undefined || !byteArrayEquals(before.root, known.root)) this.tell(this.#head.known, before)
  }
}
