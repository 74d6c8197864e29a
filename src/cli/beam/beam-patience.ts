/** How long a run of `beam` that is to end after some blocks waits without one. */
import type { LightStatus } from '../../client/public-types.ts'
import type { Network } from '../../chain/network.ts'
import { timeSpan } from '../../chain/time-span.ts'
import { FollowPatience } from '../follow-patience.ts'

/** Slots and seconds in which nothing may happen to any block: more than chains in trouble have stood still for and gone on. */
const IDLE_SLOTS = 32
const IDLE_SECONDS = 60

export class BeamPatience {
  private readonly following: FollowPatience
  private readonly idleSeconds: number
  private light: LightStatus | undefined

  /** @param lastBlock ms by the clock of {@link spent}: when something last happened to a block, or the run began */
  constructor(
    network: Network,
    private lastBlock: number,
  ) {
    this.following = new FollowPatience(network)
    this.idleSeconds = IDLE_SLOTS * network.slotSeconds + IDLE_SECONDS
  }

  status(light: LightStatus): void {
    this.light = light
  }

  block(now: number): void {
    this.lastBlock = now
  }

  /** To be asked every second or so. @returns why there is nothing to wait for any more */
  spent(now: number): string | undefined {
    const headless = this.light && this.following.take(this.light, now)
    if (headless !== undefined) return headless
    if (this.light?.stage.kind !== 'following' || (now - this.lastBlock) / 1000 < this.idleSeconds) return undefined
    return `given up: the chain has had no new block for ${timeSpan(this.idleSeconds)}`
  }
}
