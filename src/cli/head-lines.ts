/** What `follow` prints of the light client's status: one line per head, and when to end. */
import type { FollowedHead, LightClientStatus } from '../sync/light-client/light-client-status.ts'

/** When a run is over; without either it goes on until it is stopped. */
export interface FollowEnd {
  /** At the first finalized head. */
  readonly once: boolean
  /** Slots after the first head. */
  readonly slots: number | undefined
}

export interface HeadLine {
  readonly slot: number
  readonly blockRoot: string
  readonly finalizedSlot: number | null
  /** null before Capella, which proves nothing of the execution chain to light clients. */
  readonly execution: { readonly hash: string; readonly number: number | null } | null
  readonly signers: number
  readonly size: number
  readonly server: string
}

/**
 * Always: only while the head is followed anything is printed, counted or over: a stale one may be of a single server that
 * is behind, and proves no more than that. Heads are printed in the order in which they were validated, each once; again
 * only where the run ends at the first finalized one and that is proven for a head printed before. A head of which only
 * the execution hash is proven waits for the block's number, at most until the next slot begins.
 */
export class HeadLines {
  private printed: FollowedHead | undefined
  private printedFinalized = false
  private heldSince: number | undefined
  private firstSlot: number | undefined

  constructor(private readonly end: FollowEnd) {}

  /** Whether anything was. */
  get hasPrinted(): boolean {
    return this.printed !== undefined
  }

  take({ stage, optimistic, finalized, currentSlot }: LightClientStatus): {
    readonly line?: HeadLine
    readonly isOver: boolean
  } {
    if (stage.kind !== 'following') return { isOver: false }
    const isFirstFinalized = this.end.once && finalized !== undefined && !this.printedFinalized
    const isDue = optimistic !== undefined && (this.isDue(optimistic, currentSlot) || isFirstFinalized)
    const line = isDue ? this.print(optimistic, finalized) : undefined
    if (line !== undefined) this.firstSlot ??= currentSlot
    return { ...(line && { line }), isOver: this.isOver(currentSlot) }
  }

  /** Whether a head is all that is missing for the run to end, or to begin to count. */
  needsHead({ currentSlot }: LightClientStatus): boolean {
    if (this.end.once) return true
    return this.end.slots !== undefined && currentSlot - (this.firstSlot ?? -Infinity) >= this.end.slots
  }

  private isDue(head: FollowedHead, currentSlot: number): boolean {
    if (head.blockRoot === this.printed?.blockRoot) return false
    const isComplete = head.execution === undefined || head.execution.number !== undefined
    this.heldSince ??= currentSlot
    return isComplete || currentSlot > this.heldSince
  }

  private print(head: FollowedHead, finalized: FollowedHead | undefined): HeadLine {
    this.printed = head
    this.printedFinalized = finalized !== undefined
    this.heldSince = undefined
    const { slot, blockRoot, execution, signers, committeeSize, server } = head
    return {
      slot,
      blockRoot,
      finalizedSlot: finalized?.slot ?? null,
      execution: execution === undefined ? null : { hash: execution.hash, number: execution.number ?? null },
      signers,
      size: committeeSize,
      server,
    }
  }

  private isOver(currentSlot: number): boolean {
    if (this.printed === undefined) return false
    if (this.end.once && this.printedFinalized) return true
    return this.end.slots !== undefined && currentSlot - (this.firstSlot ?? currentSlot) >= this.end.slots
  }
}
