/** What assistive technology reads of executing blocks: when it begins, ends, passes something or finds a fault; nothing per block. */
import type { BeamtabStatus } from '../../client/public-types.ts'
import type { ClientState } from '../client-state.ts'
import { clipped, formatCount, sentence } from '../format.ts'

interface Told {
  readonly client: ClientState
}

/** Undefined when there is no news between the two. */
export function announceBeam(before: Told, after: Told): string | undefined {
  const [from, to] = [statusOf(before), statusOf(after)]
  if (to === undefined || to.mode.wanted === 'light') return undefined
  return modeNews(from, to) ?? blockNews(from?.beam?.blocks, to.beam?.blocks)
}

function statusOf({ client }: Told): BeamtabStatus | undefined {
  return client.kind === 'ready' ? client.status : undefined
}

function modeNews(from: BeamtabStatus | undefined, { mode }: BeamtabStatus): string | undefined {
  if (from?.mode.cause === mode.cause) return undefined
  if (mode.now === 'light') return sentence(`Blocks are not executed now: ${mode.reason ?? 'they are not to be'}`)
  return from?.mode.cause === undefined || from.mode.now !== 'light' ? undefined : 'Blocks are executed again.'
}

type Blocks = NonNullable<BeamtabStatus['beam']>['blocks']

function blockNews(from: Blocks | undefined, to: Blocks | undefined): string | undefined {
  if (to === undefined) return undefined
  const dispute = to.disputes.at(-1)
  if (dispute !== undefined && to.disputes.length > (from?.disputes.length ?? 0))
    return sentence(`Block ${dispute.number} is disputed: ${clipped(dispute.reason)}`)
  if (to.stopped !== undefined && from?.stopped === undefined)
    return sentence(`Blocks are not executed on: ${clipped(to.stopped)}`)
  const pivot = to.pivots.latest.at(-1)
  if (pivot !== undefined && pivot.skipped > 0 && pivot.at !== from?.pivots.latest.at(-1)?.at)
    return sentence(`${formatCount(pivot.skipped, 'block')} passed, not verified: ${clipped(pivot.reason)}`)
  const unavailable = to.blocks.find(({ state }) => state === 'unavailable')
  if (unavailable !== undefined && from?.blocks.some(({ state }) => state === 'unavailable') !== true)
    return sentence(
      `Block ${unavailable.number} cannot be had now: ${clipped(unavailable.reason ?? 'nobody serves it')}`,
    )
  if (to.verified !== undefined && from !== undefined && from.verified === undefined)
    return `Block ${to.verified.number} verified: every block is executed from here on.`
  return undefined
}
