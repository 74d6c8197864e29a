/** What `beam` says on stderr: how far following has come, servers, pivots, and whatever is loud. */
import type { BeamNews, BeamStatus, BeamtabStatus } from '../../client/public-types.ts'
import type { PivotStatus } from '../../sync/import/import-status.ts'
import { FollowLog } from '../follow-log.ts'
import { SaidOnce } from '../said-once.ts'

export class BeamLog {
  private readonly once: SaidOnce
  private readonly following: FollowLog

  constructor(private readonly log: (line: string) => void) {
    this.once = new SaidOnce(log)
    this.following = new FollowLog(log)
  }

  status({ light, beam, store }: BeamtabStatus): void {
    if (light !== undefined) this.following.take(light, undefined)
    if (store.problem !== undefined) this.once.say('store', `the store: ${store.problem}`)
    if (beam !== undefined) this.beam(beam)
  }

  news(news: BeamNews): void {
    switch (news.kind) {
      case 'pivot':
        return this.log(describePivot(news.pivot))
      case 'refused': {
        const { number, hash, state, reason } = news.block
        return this.log(`block ${number} ${hash} is ${state}: ${reason}`)
      }
      case 'defect':
        return this.log(`a defect: ${news.what}`)
      case 'dropped':
        return this.log(news.what)
      case 'block': {
        const { number, hash, state, reason, record } = news.block
        if (state === 'unavailable') this.once.say(`block ${hash}`, `block ${number} cannot be had yet: ${reason}`)
        if (record.kind === 'not-kept') this.once.say('record', `block ${number} is not kept: ${record.reason}`)
      }
    }
  }

  private beam({ servers, blocks }: BeamStatus): void {
    for (const server of servers) {
      if (server.state === 'failed') this.once.say(`state of ${server.url}`, `no state from it yet: ${server.reason}`)
    }
    if (blocks.stopped !== undefined) this.once.say('stopped', `the head is not followed: ${blocks.stopped}`)
  }
}

function describePivot({ kind, from, to, skipped, reason }: PivotStatus): string {
  if (kind === 'start') return `executing from block ${to.number} on`
  const passed = skipped === 0 ? 'no block' : `${skipped} blocks`
  return `going on at block ${to.number} (${kind}; from ${from?.number ?? 'nothing'}, ${passed} left unverified): ${reason}`
}
