/** What steps of a block lack, each value once. */
import type { MissingValue, MissingValues } from './missing-values.ts'
import type { MissedValue, SpeculativeStep } from './speculation.ts'

/** Always: in the order in which they were added first. */
export class MissedValues {
  private readonly missed = new Map<string, { readonly value: MissingValue; readonly by: SpeculativeStep[] }>()

  /** @param by undefined for what is the block's own */
  add(missing: MissingValues, by: SpeculativeStep | undefined): void {
    for (const [name, value] of missing) {
      let entry = this.missed.get(name)
      if (entry === undefined) this.missed.set(name, (entry = { value, by: [] }))
      if (by !== undefined) entry.by.push(by)
    }
  }

  values(): MissedValue[] {
    return [...this.missed.values()]
  }
}
