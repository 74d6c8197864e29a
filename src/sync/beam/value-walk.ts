/** Values that speculation asks for, on their way: one step of fetching after the other, until they are known or given up. */
import type { MissingValue } from '../../execution/speculation/missing-values.ts'
import type { LearnedValue } from '../../execution/speculation/parent-values.ts'
import type { BlockFetch } from '../state-fetch/block-fetch.ts'

/** Steps without progress after which a value is given up: predictions are tried, never insisted on. */
const MAX_VAIN_STEPS = 2

interface Walk {
  readonly value: MissingValue
  /** What the way to it lacks first. */
  lacks: string
  vainSteps: number
}

/** Always: a value is asked for, known, or given up; what is known or was given up is not asked for again. */
export class ValueWalk {
  private readonly walks = new Map<string, Walk>()
  private readonly ended = new Set<string>()

  constructor(private readonly fetch: Pick<BlockFetch, 'advance' | 'look' | 'lacks'>) {}

  /** Values to be had from now on; those that are not named any more are let go. */
  wanted(values: readonly MissingValue[]): void {
    const names = new Set<string>()
    for (const value of values) {
      const name = nameOf(value)
      names.add(name)
      if (this.walks.has(name) || this.ended.has(name)) continue
      this.walks.set(name, { value, lacks: this.fetch.lacks(value) ?? '', vainSteps: 0 })
    }
    for (const name of this.walks.keys()) if (!names.has(name)) this.walks.delete(name)
  }

  get size(): number {
    return this.walks.size
  }

  /** What needs no trip. @returns what has become known */
  atHand(): LearnedValue[] {
    const learned: LearnedValue[] = []
    for (const [name, walk] of this.walks) {
      if (walk.lacks !== '') continue
      const value = this.fetch.look(walk.value)
      if (value !== undefined) learned.push(value)
      this.end(name)
    }
    return learned
  }

  /** One round trip at most. @returns what has become known */
  async step(): Promise<LearnedValue[]> {
    const open = [...this.walks.values()].filter(({ lacks }) => lacks !== '').map(({ value }) => value)
    if (open.length > 0) await this.fetch.advance(open)
    const learned: LearnedValue[] = []
    for (const [name, walk] of this.walks) {
      const value = this.fetch.look(walk.value)
      if (value !== undefined) learned.push(value)
      else if (this.hasMoved(walk)) continue
      this.end(name)
    }
    return learned
  }

  private end(name: string): void {
    this.walks.delete(name)
    this.ended.add(name)
  }

  private hasMoved(walk: Walk): boolean {
    const lacks = this.fetch.lacks(walk.value)
    // Nothing is lacking, and there is no such value: code of an account without any.
    if (lacks === undefined) return false
    if (lacks !== walk.lacks) {
      walk.lacks = lacks
      walk.vainSteps = 0
      return true
    }
    return ++walk.vainSteps < MAX_VAIN_STEPS
  }
}

function nameOf(value: MissingValue): string {
  const address = String.fromCharCode(...value.address)
  switch (value.kind) {
    case 'account':
      return `account ${address}`
    case 'storage':
      return `slot ${address}${String.fromCharCode(...value.slot)}`
    case 'code':
      return `code ${address}`
  }
}
