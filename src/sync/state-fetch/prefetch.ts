/** Values brought before anybody waits for them: all of them step by step, each as far as it goes. */
import type { MissingValue } from '../../execution/speculation/missing-values.ts'
import { MAX_WALK } from './constants.ts'

export type Walked =
  /** All of it is known. */
  | 'complete'
  /** Something came; ask again. */
  | 'more'
  /** The rest cannot be had now. */
  | 'stuck'

export interface Walker {
  readonly fetch: {
    /** One step for all of them at once. */
    advance(values: readonly MissingValue[]): Promise<Walked>
    /** What the way to a value lacks first; undefined where it lacks nothing. */
    lacks(value: MissingValue): string | undefined
  }
  /** Accounts whose keys are asked for one by one from now on. Grows. */
  readonly apart: ReadonlySet<string>
}

/**
 * What a step does not bring is not asked for again: a trip for what servers do not have saves none later. But where they
 * refused several keys at once, the next step asks for each of them alone.
 */
export async function prefetch(values: readonly MissingValue[], { fetch, apart }: Walker): Promise<Walked> {
  let open = values.map((value) => ({ value, lacks: fetch.lacks(value) }))
  for (let step = 0; step < MAX_WALK && open.length > 0; step++) {
    const { size } = apart
    if ((await fetch.advance(open.map(({ value }) => value))) === 'complete') return 'complete'
    const isDivided = apart.size > size
    open = open
      .map(({ value, lacks }) => ({ value, lacks: fetch.lacks(value), before: lacks }))
      .filter(({ lacks, before }) => lacks !== undefined && (isDivided || lacks !== before))
  }
  return values.every((value) => fetch.lacks(value) === undefined) ? 'complete' : 'stuck'
}
