/** Follows the heads of execution clients by asking for them. */
import type { Hash } from '../../../../src/chain/bytes.ts'
import type { Clock } from '../../../../src/chain/clock.ts'
import { hashKey } from '../../../../src/state/hash-key.ts'
import { equalBytes } from '../../../../src/execution/words.ts'
import { messageOf } from '../../../../src/chain/thrown.ts'
import { UnavailableError, type ExecutionBlock, type ExecutionNews } from '../../../execution/execution-source.ts'

/** How blocks are asked for; undefined: there is no such block. Throws {@link UnavailableError}. */
export interface HeadQuestions {
  block(
    selector:
      | { readonly kind: 'tag'; readonly tag: 'latest' | 'safe' | 'finalized' }
      | { readonly kind: 'hash'; readonly hash: Hash },
  ): Promise<ExecutionBlock | undefined>
}

export interface Heads {
  readonly head: ExecutionBlock
  readonly safe: ExecutionBlock | undefined
  readonly finalized: ExecutionBlock | undefined
}

/** ms between questions: half of the shortest slots that are in use. A head costs one small request. */
const POLL_MS = 1_000
/** ms without an answer after which the last head is not given as the head any more: two of mainnet's slots and some. */
const STALE_MS = 30_000
/** Blocks that a jump of the head is told of; a longer one is told by its newest. */
const MAX_ADDED = 64

/** Always: one question at a time; the listener is told of each head once, with what changed since the last. */
export class HeadWatch {
  #heads: Heads | undefined
  /** Of the clock, when upstreams last answered. */
  #answeredAt = 0
  #failure = 'not asked yet'
  /** Newest last; what heads were built on. */
  #canonical: ExecutionBlock[] = []
  #cancel: () => void = () => undefined
  #isStopped = false

  constructor(
    private readonly questions: HeadQuestions,
    private readonly clock: Clock,
    private readonly tell: (news: ExecutionNews) => void,
  ) {}

  /** Resolves after the first question, whatever comes. */
  async start(): Promise<void> {
    await this.#poll()
    this.#waitForNext()
  }

  /** @throws {UnavailableError} where upstreams have not answered for a while */
  current(): Heads {
    if (this.#heads !== undefined && this.clock.now() - this.#answeredAt <= STALE_MS) return this.#heads
    throw new UnavailableError(this.#failure)
  }

  stop(): void {
    this.#isStopped = true
    this.#cancel()
  }

  #waitForNext(): void {
    if (this.#isStopped) return
    this.#cancel = this.clock.after(POLL_MS, () => void this.#poll().then(() => this.#waitForNext()))
  }

  async #poll(): Promise<void> {
    try {
      const head = await this.questions.block({ kind: 'tag', tag: 'latest' })
      if (head === undefined) throw new UnavailableError('upstream: there is no latest block')
      if (this.#heads === undefined || !equalBytes(this.#heads.head.hash, head.hash)) await this.#move(head)
      this.#answeredAt = this.clock.now()
    } catch (error) {
      // Whatever it was, the next question may go well.
      this.#failure = messageOf(error)
    }
  }

  async #move(head: ExecutionBlock): Promise<void> {
    const safe = await this.#optional('safe')
    const finalized = await this.#optional('finalized')
    const { added, kept } = await this.#branch(head)
    const removed = this.#canonical.slice(kept).reverse()
    const isFirst = this.#heads === undefined
    this.#canonical = [...this.#canonical.slice(0, kept), ...added].slice(-MAX_ADDED)
    this.#heads = { head, safe, finalized }
    if (!isFirst && !this.#isStopped) this.tell({ kind: 'head', head, added, removed })
  }

  /** Clients before the merge, and development nodes, know no such blocks; one that has just failed says nothing new. */
  async #optional(tag: 'safe' | 'finalized'): Promise<ExecutionBlock | undefined> {
    try {
      return await this.questions.block({ kind: 'tag', tag })
    } catch (error) {
      if (error instanceof UnavailableError) return this.#heads?.[tag]
      throw error
    }
  }

  /** Back from the head to a block that was canonical before, of which so many are kept. */
  async #branch(head: ExecutionBlock): Promise<{ readonly added: ExecutionBlock[]; readonly kept: number }> {
    const places = new Map(this.#canonical.map((block, index) => [hashKey(block.hash), index]))
    const added = [head]
    const oldest = this.#canonical[0]
    while (oldest !== undefined && added.length < MAX_ADDED && added[0]!.number > oldest.number) {
      const { parentHash } = added[0]!
      const place = places.get(hashKey(parentHash))
      if (place !== undefined) return { added, kept: place + 1 }
      const parent = await this.questions.block({ kind: 'hash', hash: parentHash })
      if (parent === undefined) break
      added.unshift(parent)
    }
    return { added, kept: 0 }
  }
}
