/** What the way between the gateway and its clients is like: slow, uneven, narrow, lossy; for all services or some. */
import type { Clock } from '../../../src/chain/clock.ts'
import { Line } from '../../http/send-paced.ts'

/** What is left out has no effect. */
export interface ConditionRule {
  /** `all`, a service or one of its routes. The last rule that names a request's route counts, part by part. */
  readonly route: string
  /** ms until a request is looked at. */
  readonly latency?: number | undefined
  /** ms that are added to it at most, evenly spread. */
  readonly jitter?: number | undefined
  /** Share of the answers that are lost: what was asked is done, and the connection closes without a word. */
  readonly loss?: number | undefined
  /** Bytes a second that answers take together, whoever gets them. */
  readonly bandwidth?: number | undefined
}

/** What one request meets. */
export interface MetConditions {
  readonly delay: number
  readonly isLost: boolean
  readonly line: Line | undefined
}

interface LaidRule extends ConditionRule {
  readonly line: Line | undefined
}

/** The conditions in force; rules may be replaced at any time, and hold from the next request on. */
export class Conditions {
  #rules: readonly LaidRule[] = []

  /** @param random from 0 to 1; seeded where runs should repeat */
  constructor(
    private readonly clock: Clock,
    private readonly random: () => number,
  ) {}

  get rules(): readonly ConditionRule[] {
    return this.#rules.map(({ line: _, ...rule }) => rule)
  }

  set(rules: readonly ConditionRule[]): void {
    this.#rules = rules.map((rule) => ({
      ...rule,
      line: rule.bandwidth === undefined ? undefined : new Line(rule.bandwidth, this.clock),
    }))
  }

  draw(names: readonly string[]): MetConditions {
    let latency = 0
    let jitter = 0
    let loss = 0
    let line: Line | undefined
    for (const rule of this.#rules) {
      if (rule.route !== 'all' && !names.includes(rule.route)) continue
      latency = rule.latency ?? latency
      jitter = rule.jitter ?? jitter
      loss = rule.loss ?? loss
      line = rule.line ?? line
    }
    return {
      delay: latency + (jitter > 0 ? jitter * this.random() : 0),
      isLost: loss > 0 && this.random() < loss,
      line,
    }
  }
}
