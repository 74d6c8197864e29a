/** How long a run of `follow` that is to end waits for a head that it may print. */
import type { Network } from '../chain/network.ts'
import { timeSpan } from '../chain/time-span.ts'
import type { LightClientStage, LightClientStatus } from '../sync/light-client/light-client-status.ts'

/**
 * Slots and seconds for which there may be nothing but a head that is not followed: a server that has newer ones is
 * polled in each slot, and asked again after at most a minute where it has failed (`FAILURE_DELAY_MAX_MS`).
 */
const UNFOLLOWED_SLOTS = 2
const UNFOLLOWED_SECONDS = 60

/**
 * Epochs, beyond those seconds, in which there may be no progress before the first head: a root that is not final yet
 * has its bootstrap when it is, two or three epochs after its block, and sources agree on a new one with each epoch.
 */
const BEGINNING_EPOCHS = 4

/**
 * Seconds in which servers that do not know a root may come to know it: one that may be trusted is of minutes ago, so that
 * only those that have just been started lack it.
 */
const UNKNOWN_SECONDS = 30

type Wait = 'beginning' | 'unknown' | 'hopeless' | 'unfollowed' | 'none'

/** Whether only other arguments would help: a tab can be given another root while it waits, a command ends. */
export function isHopeless({ stage }: Pick<LightClientStatus, 'stage'>): boolean {
  return waitOf(stage) === 'hopeless'
}

export class FollowPatience {
  /** What is waited for, in words that change with all progress there is. */
  private state = ''
  /** By the clock of {@link take}. */
  private since = 0

  constructor(private readonly network: Network) {}

  /**
   * To be told every status.
   * @param now ms by a clock that nobody sets
   * @returns why there is nothing to wait for any more
   */
  take(status: LightClientStatus, now: number): string | undefined {
    const wait = waitOf(status.stage)
    const state = wait === 'beginning' ? `${status.stage.kind} ${status.committees?.period}` : wait
    if (state !== this.state) this.since = now
    this.state = state
    const seconds = this.secondsOf(wait)
    return (now - this.since) / 1000 < seconds ? undefined : describe(status, seconds)
  }

  private secondsOf(wait: Wait): number {
    const { slotSeconds, preset } = this.network
    switch (wait) {
      case 'beginning':
        return BEGINNING_EPOCHS * preset.slotsPerEpoch * slotSeconds + UNFOLLOWED_SECONDS
      case 'unknown':
        return UNKNOWN_SECONDS
      case 'hopeless':
        return 0
      case 'unfollowed':
        return UNFOLLOWED_SLOTS * slotSeconds + UNFOLLOWED_SECONDS
      case 'none':
        return Infinity
    }
  }
}

function waitOf(stage: LightClientStage): Wait {
  switch (stage.kind) {
    case 'checkpoint':
      return stage.hope === undefined ? 'beginning' : stage.hope === 'none' ? 'hopeless' : 'unknown'
    case 'committees':
    case 'awaiting-head':
      return 'beginning'
    case 'stale':
    case 'disputed':
    case 'clock-behind':
      return 'unfollowed'
    case 'following':
      return 'none'
  }
}

function describe({ stage, optimistic }: LightClientStatus, seconds: number): string {
  const waited = `given up after ${timeSpan(seconds)}`
  const head = `the newest head that is proven, of slot ${optimistic?.slot},`
  switch (stage.kind) {
    case 'stale':
      return `${waited}: ${head} is ${timeSpan(stage.ageSeconds)} old, and no server sends a newer one: they are behind, or the chain stands still. Name other servers`
    case 'disputed':
      return `${waited}: the chain is disputed: ${stage.what}`
    case 'clock-behind':
      return `${waited}: ${head} is of the future by this machine's clock, which was set back: set it right`
    case 'checkpoint':
      if (stage.hope === 'none') return `given up: ${stage.problem}`
      return `${waited} without a checkpoint: ${stage.problem ?? 'none was decided on'}`
    case 'committees':
    case 'awaiting-head':
    case 'following':
      return `${waited} without a head: no server sends one that is signed`
  }
}
