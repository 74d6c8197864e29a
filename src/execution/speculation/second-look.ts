/**
 * Runs that lack slots, made once more with the other guess: what they look at then is worth fetching in the same trip.
 * Nothing else comes of it; their results are thrown away.
 *
 * Why so: a run ends where a guess leads it astray, and learns of that one trip later. On mainnet block 24628608, with the
 * keys that access lists name at hand, the longest chain of reads takes 11 trips on empty slots alone and 6 on both guesses,
 * with fewer keys fetched that nobody needs (134 instead of 148); block 24628607 takes 5 instead of 11.
 */
import type { GuessingReader } from './guessing-reader.ts'
import { hasCome, missingValues, type MissingValues } from './missing-values.ts'
import type { SpeculativeStep } from './speculation.ts'
import type { StepRun } from './step-runner.ts'
import type { StepResult } from './transaction-result.ts'

/**
 * Guesses of a run. Ordinary transactions read fewer keys than this in all, and a length that was taken for plenty makes
 * loops that would name thousands.
 */
const MAX_GUESSES = 128

export interface SecondLookTools {
  readonly reader: GuessingReader
  readonly run: (step: SpeculativeStep) => Promise<StepRun>
  /** Makes the state anew, as it is after these. */
  readonly begin: (before: readonly StepResult[]) => Promise<void>
  readonly now: () => number
}

/** A run as it is, and what it lacks. */
export interface FirstLook {
  readonly run: StepRun
  readonly missing: MissingValues
}

interface Look {
  readonly first: StepRun
  readonly missing: MissingValues
  /** Without what the first look has missed too. */
  readonly beyond: MissingValues
}

export class SecondLook {
  private readonly looks = new Map<SpeculativeStep, Look>()

  constructor(private readonly tools: SecondLookTools) {}

  /**
   * Looks again from the first to the last of these steps, which follow one another, that lacks a slot, where something is new.
   * @param opening what was done before all of them
   */
  async at(
    steps: readonly SpeculativeStep[],
    firstOf: (step: SpeculativeStep) => FirstLook | undefined,
    opening: StepResult,
    deadline: number,
  ): Promise<void> {
    const firsts = steps.map(firstOf)
    const lacks = firsts.map((first) => first !== undefined && lacksSlot(first.missing))
    const [from, to] = [lacks.indexOf(true), lacks.lastIndexOf(true) + 1]
    this.forget(from < 0 ? steps : [...steps.slice(0, from), ...steps.slice(to)])
    const until = firsts.slice(0, to).filter((first) => first !== undefined)
    if (from < 0 || until.length < to) return
    const part = steps.slice(from, to)
    if (!part.some((step, index) => this.isDue(step, until[from + index]!))) return
    const before = [opening, ...until.slice(0, from).map(({ run }) => run.step)]
    const { reader } = this.tools
    reader.assume('plenty')
    try {
      await this.follow(part, until.slice(from), before, deadline)
    } finally {
      reader.assume('empty')
    }
  }

  /** What the step lacks on the other guess alone; nothing where it was not looked at. */
  missing(step: SpeculativeStep): MissingValues {
    return this.looks.get(step)?.beyond ?? NONE
  }

  private async follow(
    steps: readonly SpeculativeStep[],
    firsts: readonly FirstLook[],
    before: StepResult[],
    deadline: number,
  ): Promise<void> {
    const { reader, run, begin, now } = this.tools
    await begin(before)
    for (const [index, step] of steps.entries()) {
      if (now() > deadline) return
      reader.allow({ guesses: MAX_GUESSES, deadline })
      const look = await run(step)
      if (look.end === 'out of time') return
      this.keep(step, firsts[index]!, missingValues(look.step.reads, reader))
      before.push(look.step)
      // What an unsuccessful run has left of the state is nothing to go on with.
      if (look.end !== 'done') await begin(before)
    }
  }

  private keep(step: SpeculativeStep, first: FirstLook, missing: MissingValues): void {
    const beyond = new Map([...missing].filter(([name]) => !first.missing.has(name)))
    this.looks.set(step, { first: first.run, missing, beyond })
  }

  private isDue(step: SpeculativeStep, { run }: FirstLook): boolean {
    const look = this.looks.get(step)
    return look === undefined || look.first !== run || hasCome(look.missing, this.tools.reader)
  }

  private forget(steps: readonly SpeculativeStep[]): void {
    for (const step of steps) this.looks.delete(step)
  }
}

const NONE: MissingValues = new Map()

function lacksSlot(missing: MissingValues): boolean {
  for (const { kind } of missing.values()) if (kind === 'storage') return true
  return false
}
