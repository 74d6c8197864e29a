/** What each server says and has shown of its chain: for knowing what to ask it, and for telling people. */
import type { LightClientUpdate } from '../../consensus/containers/light-client-objects.ts'
import type { ServerHandle } from '../environment.ts'

/** Slots; undefined where there was nothing yet. */
export interface ServerView {
  /** Of the head it announces; its word. */
  readonly announcedSlot?: number
  /** The newest that it says it has, whether as a head or in an update; its word. */
  readonly claimedSlot?: number
  /** Of the newest attested header it sent that was proven. */
  readonly validSlot?: number
  /** Of the newest finalized header it sent that was proven. */
  readonly finalizedSlot?: number
  /** The newest period for which it showed the same next committee as ours. */
  readonly agreesAt?: number
  /** The newest period of a head that it sent and that our committee did not sign; it may follow other committees. */
  readonly doubtedAt?: number
  /** Why something it sent was not used, though that need not be its fault; until the like of it is proven. */
  readonly problem?: Error
  /** What {@link problem} is with. */
  readonly problemWith?: SentObject
}

export type SentObject = 'finalityUpdate' | 'optimisticUpdate' | 'update'

const NOTHING_KNOWN: ServerView = {}

/** Always: one view per server that was noted and not forgotten; validated slots never go back. */
export class ServerViews {
  readonly #views = new Map<ServerHandle, ServerView>()

  of(server: ServerHandle): ServerView {
    return this.#views.get(server) ?? NOTHING_KNOWN
  }

  noteAnnounced(server: ServerHandle, slot: number): void {
    this.#change(server, { announcedSlot: slot, claimedSlot: newer(slot, this.of(server).claimedSlot) })
  }

  noteClaimed(server: ServerHandle, slot: number): void {
    this.#change(server, { claimedSlot: newer(slot, this.of(server).claimedSlot) })
  }

  /** A head that it sent was proven. */
  noteValid(server: ServerHandle, kind: 'finalityUpdate' | 'optimisticUpdate', update: LightClientUpdate): void {
    const view = this.of(server)
    const finalizedSlot = update.finality?.header.beacon.slot
    this.#change(server, { validSlot: newer(update.attestedHeader.beacon.slot, view.validSlot) })
    this.#endProblem(server, kind)
    if (finalizedSlot !== undefined) {
      this.#change(server, { finalizedSlot: newer(finalizedSlot, view.finalizedSlot) })
    }
  }

  /** An update of that period that it sent was proven, and teaches the committee that we know. */
  noteAgrees(server: ServerHandle, period: number): void {
    this.#change(server, { agreesAt: newer(period, this.of(server).agreesAt) })
    this.#endProblem(server, 'update')
  }

  /** A head that it sent for that period was not signed by our committee. */
  noteDoubt(server: ServerHandle, period: number): void {
    this.#change(server, { doubtedAt: newer(period, this.of(server).doubtedAt) })
  }

  noteProblem(server: ServerHandle, problemWith: SentObject, problem: Error): void {
    this.#change(server, { problem, problemWith })
  }

  /** Of a server that is gone. */
  forget(server: ServerHandle): void {
    this.#views.delete(server)
  }

  #endProblem(server: ServerHandle, about: SentObject): void {
    const { problem: _, problemWith, ...others } = this.of(server)
    if (problemWith === about) this.#views.set(server, others)
  }

  #change(server: ServerHandle, change: ServerView): void {
    this.#views.set(server, { ...this.of(server), ...change })
  }
}

const newer = (slot: number, known: number | undefined): number => Math.max(slot, known ?? slot)
