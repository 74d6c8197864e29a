/** The tab's title: the head's slot while it is followed, so that a glance at the tabs tells. */
import { followPhase } from './follow-phase.ts'

const TITLE = 'Beamtab: check Ethereum blocks in this tab'

export function pageTitle(state: Parameters<typeof followPhase>[0]): string {
  const phase = followPhase(state)
  if (phase.kind !== 'light') return TITLE
  const { stage, light } = phase
  if (stage.kind === 'disputed') return 'Disputed · Beamtab'
  if (light.optimistic === undefined) return TITLE
  const slot = `#${light.optimistic.slot}`
  if (stage.kind === 'following') return `${slot} · Beamtab`
  return stage.kind === 'stale' ? `${slot}, stale · Beamtab` : TITLE
}
