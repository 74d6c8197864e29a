/**
 * Notices that this machine's clock is wrong. Everything of the light client is judged by it, from the age of a checkpoint
 * to the slot of a head, so a user has to be told; it is never corrected by what servers say.
 */
import { timeOfSlot } from '../../chain/beacon-config.ts'
import type { Clock } from '../../chain/clock.ts'
import { timeSpan } from '../../chain/time-span.ts'
import type { ServerNews } from '../../network/request-server.ts'
import type { Environment, ServerHandle } from '../environment.ts'
import type { Module, ModuleEvent } from '../module.ts'
import { Signal } from '../signal.ts'
import type { LightClientState } from './light-client-state.ts'

export interface ClockSkew {
  /** How far this machine's clock is ahead; negative: behind. By heads alone it is at least so much. */
  readonly ms: number
  /**
   * `times`: what most servers say the time is. `heads`: most announce a block of a slot that has not begun here.
   * `validated`: two thirds of a committee have signed in such a slot, which the clock must have passed once and then gone back.
   */
  readonly by: 'times' | 'heads' | 'validated'
  /** That were compared with. */
  readonly servers: number
}

/** Less is nothing to trouble people with: blocks take seconds to arrive, and servers round their time to one. */
export const TOLERATED_SKEW_MS = 10_000

/** Half of the second to which servers round down. */
const ROUNDING_MS = 500

/** What one server made us believe of our clock; positive: we are ahead. Undefined where it has not said. */
interface Belief {
  readonly byTime?: number
  /** At most 0: a head of the past says nothing. */
  readonly byHead?: number
}

export class ClockWatch implements Module {
  readonly name = 'clock watch'
  readonly triggers: readonly Signal[]
  /** {@link skew} has come, gone or changed. */
  readonly changed = new Signal('clock skew')
  readonly #beliefs = new Map<ServerHandle, Belief>()
  #skew: ClockSkew | undefined

  constructor(
    private readonly state: LightClientState,
    private readonly clock: Clock,
  ) {
    this.triggers = [state.headsChanged]
  }

  /** Undefined while it is less than {@link TOLERATED_SKEW_MS}, or nobody has said anything. */
  get skew(): ClockSkew | undefined {
    return this.#skew
  }

  /** For people, where the clock may be why something else fails. */
  explain(): string | undefined {
    const { skew } = this
    return skew && describeSkew(skew)
  }

  process(_environment: Environment, events: readonly ModuleEvent[]): void {
    for (const event of events) {
      if (event.kind === 'unregistered') this.#beliefs.delete(event.server)
      else if (event.kind === 'news') this.#hear(event.server, event.news)
    }
    const before = this.#skew
    this.#skew = this.#find()
    if (before?.ms !== this.#skew?.ms || before?.by !== this.#skew?.by) this.changed.fire()
  }

  #hear(server: ServerHandle, news: Exclude<ServerNews, { kind: 'limits' }>): void {
    const known = this.#beliefs.get(server)
    switch (news.kind) {
      case 'time':
        this.#beliefs.set(server, { ...known, byTime: this.clock.now() - (news.now + ROUNDING_MS) })
        return
      case 'head':
        this.#beliefs.set(server, { ...known, byHead: Math.min(0, this.#sinceSlot(news.slot)) })
        return
      case 'finalityUpdate':
      case 'optimisticUpdate':
        this.#beliefs.set(server, { ...known, byHead: Math.min(0, this.#sinceSlot(news.update.signatureSlot)) })
        return
      case 'capabilities':
      case 'fault':
        return
    }
  }

  #find(): ClockSkew | undefined {
    const beliefs = [...this.#beliefs.values()]
    const validated = this.state.optimistic?.head.signatureSlot
    const sources: readonly (readonly [ClockSkew['by'], readonly number[]])[] = [
      ['times', beliefs.flatMap(({ byTime }) => byTime ?? [])],
      ['heads', beliefs.flatMap(({ byHead }) => byHead ?? [])],
      ['validated', validated === undefined ? [] : [Math.min(0, this.#sinceSlot(validated))]],
    ]
    for (const [by, ahead] of sources) {
      const ms = cautiousMedian(ahead)
      if (Math.abs(ms) > TOLERATED_SKEW_MS) return { ms, by, servers: ahead.length }
    }
    return undefined
  }

  /** ms since a slot began; negative before. */
  #sinceSlot(slot: number): number {
    return this.clock.now() - timeOfSlot(this.state.network, slot) * 1000
  }
}

/** Of an even number the one of the middle two that is nearer to zero, so that one of two servers alone alarms nobody. 0 of none. */
function cautiousMedian(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = [sorted[Math.floor((sorted.length - 1) / 2)] ?? 0, sorted[Math.ceil((sorted.length - 1) / 2)] ?? 0]
  const [low, high] = middle as [number, number]
  return Math.abs(low) <= Math.abs(high) ? low : high
}

export function describeSkew({ ms, by, servers }: ClockSkew): string {
  const span = timeSpan(Math.abs(ms) / 1000)
  const place = ms > 0 ? `${span} ahead of` : `${by === 'times' ? '' : 'at least '}${span} behind`
  const whom = {
    times: servers === 1 ? 'the only server that tells its time' : `most of ${servers} servers`,
    heads: `the heads that ${servers === 1 ? 'the only server announces' : `most of ${servers} servers announce`}`,
    validated: 'the newest head that two thirds of a committee have signed',
  }[by]
  return `This machine's clock is ${place} ${whom}: set it, or nothing recent can be verified.`
}
