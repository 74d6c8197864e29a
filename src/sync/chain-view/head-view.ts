/**
 * Which block `latest`, `safe` and `finalized` mean now: one answer for every method and event.
 *
 * Always: `latest` is a block that a chain of hashes leads to from a head that two thirds of a sync committee signed. It
 * goes back to a lower number only where the block it was is no part of that chain any more. A block that was executed here
 * is preferred to the signed head while it is at most {@link EXECUTED_BEHIND} behind: reads of it ask nobody.
 */
import type { Clock } from '../../chain/clock.ts'
import type { RawHeader } from '../../execution/block/raw-block.ts'
import { NoHeadError } from './chain-view-error.ts'

/** Executing takes a second or two of each slot; more than this, and execution is behind for another reason. */
export const EXECUTED_BEHIND = 2

/** Whose signatures an answer rests on. */
export interface SignedHead {
  readonly header: RawHeader
  readonly signers: number
  readonly committeeSize: number
  /** Seconds since 1970 at which its slot began. */
  readonly slotTime: number
}

export interface HeadViewOptions {
  readonly clock: Clock
  /** Seconds after its slot began at which a head is too old to answer at; Infinity: never. */
  readonly maxHeadAge: number
  /** Whether the block is in the chain of the signed head; false where that is not known. */
  readonly isCanonical: (header: RawHeader) => boolean
}

/**
 * Who may say that nothing is to be answered, the one whose word is told first ahead: the light client of its chain,
 * execution of a block in it, the view where it lacks the head's header. Each takes back its own word only.
 */
const OBJECTORS = ['light client', 'execution', 'header'] as const
export type Objector = (typeof OBJECTORS)[number]

export class HeadView {
  private signed: SignedHead | undefined
  private finalizedHead: SignedHead | undefined
  private executed: RawHeader | undefined
  private current: RawHeader | undefined
  private readonly problems = new Map<Objector, string>()

  constructor(private readonly options: HeadViewOptions) {}

  setSigned(head: SignedHead): void {
    this.signed = head
    this.settle()
  }

  setFinalized(head: SignedHead): void {
    this.finalizedHead = head
  }

  /** The newest block of the signed head's branch that was executed here; undefined where execution has ended. */
  setExecuted(header: RawHeader | undefined): void {
    this.executed = header
    this.settle()
  }

  /** Nothing is answered until who said so takes it back, by undefined: another head is no answer to it. */
  setProblem(objector: Objector, problem: string | undefined): void {
    if (problem === undefined) this.problems.delete(objector)
    else this.problems.set(objector, problem)
  }

  /** @throws {NoHeadError} */
  latest(): RawHeader {
    this.require()
    return this.current!
  }

  /** The head whose signatures everything rests on. @throws {NoHeadError} */
  head(): SignedHead {
    return this.require()
  }

  /** Undefined before anything is final. @throws {NoHeadError} */
  finalized(): SignedHead | undefined {
    this.require()
    return this.finalizedHead
  }

  /** Why nothing can be answered now; undefined when it can. */
  reason(): string | undefined {
    const { problems, signed } = this
    const problem = OBJECTORS.map((objector) => problems.get(objector)).find((one) => one !== undefined)
    if (problem !== undefined) return problem
    if (signed === undefined) return 'no head has been proven yet'
    const age = this.ageSeconds(signed)
    const { maxHeadAge } = this.options
    return age > maxHeadAge
      ? `the newest proven head is ${Math.floor(age)} s old, more than ${maxHeadAge} s`
      : undefined
  }

  ageSeconds({ slotTime }: SignedHead): number {
    return Math.max(0, this.options.clock.now() / 1000 - slotTime)
  }

  private require(): SignedHead {
    const reason = this.reason()
    if (reason !== undefined || this.signed === undefined) throw new NoHeadError(reason)
    return this.signed
  }

  private settle(): void {
    const { signed, executed, current } = this
    if (signed === undefined) return
    const candidate = this.isNearHead(executed) ? executed : signed.header
    const goesBack = current !== undefined && candidate.number < current.number
    if (goesBack && this.options.isCanonical(current)) return
    this.current = candidate
  }

  private isNearHead(executed: RawHeader | undefined): executed is RawHeader {
    if (executed === undefined || this.signed === undefined) return false
    const behind = this.signed.header.number - executed.number
    return behind >= 0 && behind <= EXECUTED_BEHIND && this.options.isCanonical(executed)
  }
}
