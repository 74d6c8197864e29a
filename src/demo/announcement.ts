/** What assistive technology reads when a job ends: one sentence, the outcome first. */
import type { BlockReport, LightClientReport } from '../client/public-types.ts'
import { clipped, formatCount, sentence } from './format.ts'

export function announceBlock({ number, outcome }: BlockReport): string {
  const block = number === undefined ? 'The block' : `Block ${number}`
  switch (outcome.kind) {
    case 'verified':
      return `${block} verified.`
    case 'mismatch':
      return `${block} does not match its header: ${outcome.field}.`
    case 'fault':
      return sentence(`${block} lacks data: ${clipped(outcome.what)}`)
    case 'error':
      return sentence(`${block} failed: ${clipped(outcome.message)}`)
  }
}

export function announceChain({ bootstrap, updates }: LightClientReport): string {
  if (bootstrap.kind === 'rejected') return sentence(`Light client: bootstrap rejected, ${clipped(bootstrap.reason)}`)
  const accepted = updates.filter(({ outcome }) => outcome.kind === 'accepted').length
  const rejected = updates.length - accepted
  const parts = [
    ...(accepted > 0 ? [`${formatCount(accepted, 'period')} verified`] : []),
    ...(rejected > 0 ? [`${formatCount(rejected, 'update')} rejected`] : []),
  ]
  return `Light client: ${parts.length === 0 ? 'no update among the files' : parts.join(', ')}.`
}
