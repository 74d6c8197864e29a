/** Follows the heads that the light client tells, one after the other, the newest next. */
import { hexToBytes } from '@ethereumjs/util'
import { asHash } from '../../chain/bytes.ts'
import type { Clock } from '../../chain/clock.ts'
import { messageOf } from '../../chain/thrown.ts'
import { pause } from '../../network/pause.ts'
import type { ChainHeads } from '../beam/chain-heads.ts'
import type { Bearing } from './beacon-history.ts'
import type { ChainHeaders } from './chain-headers.ts'
import { Evidence } from './evidence.ts'
import type { ExecutedBlocks, NamedBlock } from './executed-blocks.ts'
import { Finality } from './finality.ts'
import type { HeadView, Objector } from './head-view.ts'
import { RefusedBlocks } from './refused-blocks.ts'

/** ms until a head's header that could not be had is asked for again: a new block spreads in about as long. */
const HEAD_RETRY_MS = 1_000

export interface HeadFollowerOptions {
  readonly headers: ChainHeaders
  readonly heads: HeadView
  readonly executed: ExecutedBlocks
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Slot of a moment in seconds since 1970; undefined where nobody follows the beacon chain. */
  readonly slotAt: ((seconds: number) => number) | undefined
  /** There is another head, or none to answer at; must not throw. */
  readonly onChange: () => void
}

export class HeadFollower {
  private readonly refused: RefusedBlocks
  private readonly finality: Finality
  private followed: Bearing | undefined
  private newest: ChainHeads | undefined
  private wanted: ChainHeads | undefined
  private isFollowing = false
  /** Problems that the light client has had: a head from before one is not followed to its end. */
  private problems = 0

  constructor(private readonly options: HeadFollowerOptions) {
    const { headers, heads, signal } = options
    this.refused = new RefusedBlocks(headers)
    this.finality = new Finality({ headers, signal, onFound: (head) => heads.setFinalized(head) })
  }

  /** The head that was followed last; undefined where its slot is not known. */
  get signed(): Bearing | undefined {
    return this.followed
  }

  /** What the light client has proven. Its problem stands until a head that came after it, without one, was followed. */
  setHeads(heads: ChainHeads): void {
    if (heads.problem !== undefined) {
      this.problems += 1
      this.tellProblem('light client', heads.problem)
    }
    this.newest = heads
    this.followNewest()
  }

  /** It was executed here and is invalid: nothing is answered while the signed head is it, or descends from it. */
  setRefused(block: NamedBlock): void {
    this.refused.add(block)
    const problem = this.refused.known()
    if (problem !== undefined) this.tellProblem('execution', problem)
    this.followNewest()
  }

  private followNewest(): void {
    this.wanted = this.newest
    if (!this.isFollowing) void this.follow()
  }

  private async follow(): Promise<void> {
    this.isFollowing = true
    const { signal, clock } = this.options
    for (let heads = this.take(); heads !== undefined && !signal.aborted; heads = this.take()) {
      try {
        await this.followOnce(heads)
      } catch (error) {
        if (signal.aborted) break
        this.tellProblem('header', `the header of the newest signed block cannot be had: ${messageOf(error)}`)
        this.wanted ??= heads
        await pause(clock, HEAD_RETRY_MS, signal).catch(() => undefined)
      }
    }
    this.isFollowing = false
  }

  private take(): ChainHeads | undefined {
    const heads = this.wanted
    this.wanted = undefined
    return heads
  }

  private async followOnce({ optimistic, finalized, problem }: ChainHeads): Promise<void> {
    if (optimistic === undefined || problem !== undefined) return
    const { headers, heads, executed, signal, slotAt, onChange } = this.options
    const { problems } = this
    const { head, removed } = await headers.follow(asHash(hexToBytes(optimistic.hash)), signal)
    executed.chainChanged(removed)
    const slot = slotAt?.(optimistic.slotTime)
    this.followed = slot === undefined ? undefined : { number: head.number, slot }
    const refused = await this.refused.problem({ signal, evidence: new Evidence() })
    // What was a head before the problem may be none after it.
    if (problems !== this.problems) return
    heads.setProblem('light client', undefined)
    heads.setProblem('header', undefined)
    heads.setProblem('execution', refused)
    heads.setSigned({ header: head, ...optimistic })
    onChange()
    this.finality.tell(finalized)
  }

  private tellProblem(objector: Objector, problem: string): void {
    this.options.heads.setProblem(objector, problem)
    this.options.onChange()
  }
}
