/** The newest heads: those that are validated, and the one that most servers announce. */
import { bytesToHex } from '@ethereumjs/util'
import { byteArrayEquals } from '@chainsafe/ssz'
import type { Root } from '../chain/bytes.ts'
import { dropOldest } from '../chain/drop-oldest.ts'
import type { LightClientHeader } from './containers/light-client-objects.ts'
import { BeaconBlockHeaderType } from './containers/ssz-types.ts'
import type { ValidatedHead } from './head-validator.ts'

/** As a server tells it, unproven. */
export interface AnnouncedHead {
  readonly slot: number
  readonly blockRoot: Root
}

export type HeadChange =
  | { readonly kind: 'newer' }
  /** The same header, signed by more. */
  | { readonly kind: 'better' }
  /** Nothing that was not known. */
  | { readonly kind: 'known' }
  /** Two supermajorities finalized different blocks of one slot: an attack. The known one stays. */
  | { readonly kind: 'conflict'; readonly known: FinalityHead; readonly other: FinalityHead }

/** A finality head, whose finalized header is there. */
export type FinalityHead = ValidatedHead<'used'> & { readonly finalizedHeader: LightClientHeader }

/** Servers whose announcements count, far more than a tab talks to. */
export const MAX_ANNOUNCING_SERVERS = 64

/** Slots that a server's clock may run ahead of ours, or a head come before its slot begins. */
const SLOTS_AHEAD = 1

/**
 * Always: both validated heads are used ones (a supermajority signed them), the slots of the optimistic header and of
 * the finalized header never go back, and the announced head changes nothing but what is fetched early.
 */
export class HeadTracker {
  readonly #currentSlot: () => number
  readonly #announced = new Map<string, AnnouncedHead>()
  #optimistic: ValidatedHead<'used'> | undefined
  #finality: FinalityHead | undefined

  constructor(currentSlot: () => number) {
    this.#currentSlot = currentSlot
  }

  /** The newest head that a supermajority signed. */
  get optimistic(): ValidatedHead<'used'> | undefined {
    return this.#optimistic
  }

  /** The head with the newest finalized header. */
  get finality(): FinalityHead | undefined {
    return this.#finality
  }

  /**
   * Takes a validated head: its attested header as optimistic one, its finalized header where it has one. Of the same
   * slot the one with more signers is kept.
   */
  take(head: ValidatedHead<'used'>): HeadChange {
    const finality = isFinality(head) ? this.#takeFinality(head) : KNOWN
    if (finality.kind === 'conflict') return finality
    const optimistic = compare(head, this.#optimistic, attestedOf)
    if (optimistic.kind !== 'known') this.#optimistic = head
    if (finality.kind === 'newer' || optimistic.kind === 'known') return finality
    return optimistic
  }

  /** What a server says its head is; replaces what it said before. Heads of the future are not heard. */
  announce(server: string, head: AnnouncedHead): void {
    this.forget(server)
    if (head.slot > this.#currentSlot() + SLOTS_AHEAD) return
    this.#announced.set(server, head)
    dropOldest(this.#announced, MAX_ANNOUNCING_SERVERS)
  }

  /** Of a server that is gone. */
  forget(server: string): void {
    this.#announced.delete(server)
  }

  /** The head that most servers announce, of equally many the newest: a hint for fetching early, never an answer. */
  get announced(): AnnouncedHead | undefined {
    const counts = new Map<string, { readonly head: AnnouncedHead; readonly servers: number }>()
    for (const head of this.#announced.values()) {
      const key = `${head.slot} ${bytesToHex(head.blockRoot)}`
      counts.set(key, { head, servers: (counts.get(key)?.servers ?? 0) + 1 })
    }
    const ranked = [...counts.values()].sort((a, b) => b.servers - a.servers || b.head.slot - a.head.slot)
    return ranked[0]?.head
  }

  /** Servers that announce this head: whom to ask for its parts before others have it. */
  announcersOf({ slot, blockRoot }: AnnouncedHead): readonly string[] {
    return [...this.#announced]
      .filter(([, head]) => head.slot === slot && byteArrayEquals(head.blockRoot, blockRoot))
      .map(([server]) => server)
  }

  #takeFinality(head: FinalityHead): HeadChange {
    const known = this.#finality
    const change = compare(head, known, (of) => of.finalizedHeader)
    const isOtherBlock = known !== undefined && isOther(head.finalizedHeader, known.finalizedHeader)
    if (known !== undefined && isOtherBlock) return { kind: 'conflict', known, other: head }
    if (change.kind !== 'known') this.#finality = head
    return change
  }
}

const KNOWN = { kind: 'known' } as const

const attestedOf = (head: ValidatedHead): LightClientHeader => head.attestedHeader

const isFinality = (head: ValidatedHead<'used'>): head is FinalityHead => head.finalizedHeader !== undefined

function compare<Head extends ValidatedHead>(
  head: Head,
  known: Head | undefined,
  headerOf: (head: Head) => LightClientHeader,
): { readonly kind: 'newer' | 'better' | 'known' } {
  if (known === undefined) return { kind: 'newer' }
  const ahead = headerOf(head).beacon.slot - headerOf(known).beacon.slot
  if (ahead > 0) return { kind: 'newer' }
  return ahead === 0 && head.signers > known.signers ? { kind: 'better' } : KNOWN
}

function isOther({ beacon }: LightClientHeader, { beacon: known }: LightClientHeader): boolean {
  return beacon.slot === known.slot && !BeaconBlockHeaderType.equals(beacon, known)
}
