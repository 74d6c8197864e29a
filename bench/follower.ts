/** A client that follows a chain and executes its blocks for long, in Node or in a page, and what is to be told of it. */
import { startClient } from '../src/client/client.ts'
import type { Platform } from '../src/client/platform.ts'
import type { BeamNews, BeamtabStatus } from '../src/client/public-types.ts'

/** Plain data: it comes from the page. */
export interface FollowerFacts {
  /** Blocks verified since the start. */
  readonly verified: number
  /** Of the newest verified block; undefined before there is one. */
  readonly number: number | undefined
  /** Whether it has been at the head: only from then on lag counts. */
  readonly hasCaughtUp: boolean
  /** In blocks: now, and the most since it had caught up. */
  readonly lag: number
  readonly lagMax: number
  /** Kinds of them, in order; the first is the start. */
  readonly pivots: readonly string[]
  /** Attempts that ended so. */
  readonly unavailable: number
  /** Received for blocks. */
  readonly bytes: number
  /** What must not happen: blocks refused or passed over, defects, a crash. */
  readonly bad: readonly string[]
}

export interface Follower {
  facts(): FollowerFacts
  end(): Promise<void>
}

/** Texts of what went wrong that are kept: the first ones tell. */
const MAX_BAD = 20

export async function startFollower(platform: Platform, network: object): Promise<Follower> {
  const bad: string[] = []
  const pivots: string[] = []
  let hasCaughtUp = false
  let lagMax = 0
  const sayBad = (what: string) => {
    if (bad.length < MAX_BAD && !bad.includes(what)) bad.push(what)
  }
  const onNews = (news: BeamNews) => {
    switch (news.kind) {
      case 'block': {
        const { number, state, reason } = news.block
        if (state === 'invalid' || state === 'disputed' || state === 'skipped')
          sayBad(`block ${number} is ${state}: ${reason}`)
        return
      }
      case 'pivot':
        pivots.push(news.pivot.kind)
        return
      case 'defect':
        return sayBad(news.what)
      case 'refused':
      case 'dropped':
        return
    }
  }
  const onStatus = ({ beam, crash, mode }: BeamtabStatus) => {
    if (crash !== undefined) sayBad(`crashed: ${crash}`)
    if (mode.cause !== undefined && mode.cause !== 'not-leading') sayBad(`executes no blocks: ${mode.reason}`)
    if (beam === undefined) return
    const { lag, totals } = beam.blocks
    hasCaughtUp ||= totals.verified > 0 && lag.blocks === 0
    if (hasCaughtUp) lagMax = Math.max(lagMax, lag.blocks)
  }
  const client = await startClient({ network, mode: 'beam', beam: { onNews }, onStatus }, platform)
  return {
    facts() {
      const blocks = client.status().beam?.blocks
      return {
        verified: blocks?.totals.verified ?? 0,
        number: blocks?.verified?.number,
        hasCaughtUp,
        lag: blocks?.lag.blocks ?? 0,
        lagMax,
        pivots: [...pivots],
        unavailable: blocks?.totals.unavailable ?? 0,
        bytes: blocks?.totals.costs.bytes ?? 0,
        bad: [...bad],
      }
    },
    end: () => client.close(),
  }
}
