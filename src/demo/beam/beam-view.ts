/** Executing blocks as text and numbers: what is said of each state of it is decided here, and tested without a browser. */
import type { BeamtabStatus, Mode, PauseCause } from '../../client/public-types.ts'
import { formatDuration } from '../follow/age.ts'
import type { Fact, StateLine } from '../follow/live-view.ts'
import { clipped, formatBytes, formatCount, formatTime, sentence } from '../format.ts'
import { MAX_LISTED_PIVOTS } from '../limits.ts'
import type { PageState } from '../page-state.ts'
import { executionOffer, type ExecutionOffer } from './execution-offer.ts'
import { feedCost, feedRow, type FeedRow } from './feed-view.ts'

type Status = NonNullable<BeamtabStatus['beam']>
type Pivot = Status['blocks']['pivots']['latest'][number]

export interface BeamView {
  readonly line: StateLine
  /** The switch between executing and following alone. */
  readonly choice: { readonly isOn: boolean; readonly isPossible: boolean; readonly hint: string }
  /** Said loudly. */
  readonly disputes: readonly string[]
  readonly cautions: readonly string[]
  readonly facts: readonly Fact[]
  readonly rows: readonly FeedRow[]
  readonly pivots: readonly PivotView[]
  readonly servers: readonly StateServerView[]
}

export interface PivotView {
  readonly key: string
  readonly title: string
  readonly text: string
}

export interface StateServerView {
  readonly url: string
  readonly kind: string
  /** What it is asked for, or why it is not. */
  readonly text: string
  readonly tone: 'plain' | 'quiet' | 'caution'
}

export function beamView(state: PageState): BeamView {
  const { beam: known, follow, client } = state
  const status = client.kind === 'ready' ? client.status.beam : undefined
  return {
    line: lineOf(state, status),
    choice: choiceOf(executionOffer(follow), follow.mode),
    disputes: status?.blocks.disputes.map(disputeText) ?? [],
    cautions: [...modeCautions(state), ...(status === undefined ? [] : cautionsOf(status))],
    facts: factsOf(state, status),
    rows: known.feed.map(feedRow),
    pivots: status === undefined ? [] : pivotsOf(status),
    servers: status?.servers.map(serverView) ?? [],
  }
}

const LINE = { slot: undefined, progress: undefined, isAlarm: false } as const

function lineOf({ client, follow }: PageState, status: Status | undefined): StateLine {
  const mode = client.kind === 'ready' ? client.status.mode : undefined
  if (client.kind !== 'ready' || mode?.wanted === 'light' || mode === undefined) {
    const offer = executionOffer(follow)
    const isComing = client.kind === 'starting' && follow.mode !== 'light' && offer.kind === 'servers'
    if (isComing) return { ...LINE, tone: 'quiet', word: 'Starting', text: undefined }
    return { ...LINE, tone: 'quiet', word: 'Light', text: 'Heads are followed by signatures; no block is executed.' }
  }
  if (mode.cause !== undefined && mode.cause !== 'no-backfill') {
    const when = mode.retryAt === undefined ? '' : `, until ${formatTime(Math.ceil(mode.retryAt / 1_000))}`
    return { ...LINE, tone: 'caution', word: PAUSED[mode.cause], text: sentence(`${said(mode.reason ?? '')}${when}`) }
  }
  if (status === undefined) return { ...LINE, tone: 'busy', word: 'Starting', text: undefined }
  return runningLine(status)
}

function runningLine({ blocks, servers }: Status): StateLine {
  const { stopped, disputes, head, verified, lag } = blocks
  if (disputes.length > 0 || stopped !== undefined) {
    const text = stopped === undefined ? undefined : sentence(said(clipped(stopped)))
    return { ...LINE, tone: 'failed', word: 'Stopped', text, isAlarm: disputes.length > 0 }
  }
  if (servers.every(({ state }) => state === 'failed'))
    return {
      ...LINE,
      tone: 'caution',
      word: 'No server of state',
      text: 'None of those named can be used; they are tried again.',
    }
  if (head === undefined) return { ...LINE, tone: 'busy', word: 'Waiting for a head', text: undefined }
  if (verified === undefined)
    return { ...LINE, tone: 'busy', word: 'Executing the first block', text: `Block ${head.number}.` }
  if (lag.blocks === 0)
    return { ...LINE, tone: 'proven', word: 'Executed up to the head', text: `Block ${verified.number} is verified.` }
  const behind = `${formatCount(lag.blocks, 'block')} and ${formatDuration(lag.seconds)} behind`
  return { ...LINE, tone: 'busy', word: 'Executing', text: `${behind}: block ${verified.number} of ${head.number}.` }
}

/** Short; the reason stands beside it. */
const PAUSED: Readonly<Record<PauseCause, string>> = {
  'not-leading': 'Executed in another tab',
  'data-saver': 'Paused to save data',
  metered: 'Paused on a metered connection',
  'rate-limited': 'Paused by the servers’ limits',
  hidden: 'Paused in the background',
}

function choiceOf(offer: ExecutionOffer, mode: Mode): BeamView['choice'] {
  switch (offer.kind) {
    case 'servers':
      return {
        ...{ isOn: mode !== 'light', isPossible: true },
        hint: 'Downloads the state that each block touches: on mainnet some 5 MB a block, 36 GB a day; less as the store fills.',
      }
    case 'linked':
      return {
        ...{ isOn: false, isPossible: true },
        hint: 'A link began to follow this chain. Executing its blocks keeps them in your store: do it if you trust who made the link.',
      }
    case 'no-servers':
      return {
        ...{ isOn: false, isPossible: false },
        hint: 'Takes a server of state: name an execution server below, or use a network file that names one.',
      }
    case 'not-following':
      return {
        isOn: mode !== 'light',
        isPossible: true,
        hint: 'Begins when the chain is followed and a server of state is named.',
      }
  }
}

function factsOf({ beam: known }: PageState, status: Status | undefined): Fact[] {
  const cost = feedCost(known.feed)
  const costs: Fact[] = cost === undefined ? [] : [{ label: 'Cost', text: cost.text }]
  if (cost?.atHand !== undefined) costs.push({ label: 'From the store', text: cost.atHand })
  if (status === undefined) return costs
  const { anchor, lag, totals } = status.blocks
  return [
    {
      label: 'Lag',
      text: lag.blocks === 0 ? 'none' : `${formatCount(lag.blocks, 'block')}, ${formatDuration(lag.seconds)}`,
    },
    ...costs,
    { label: 'In memory', text: formatBytes(status.contents.memoryBytes) },
    { label: 'Executed since', text: anchor === undefined ? 'nothing yet' : `block ${anchor.number}` },
    { label: 'Verified here', text: formatCount(totals.verified, 'block') },
    ...(totals.reorganizations > 0
      ? [{ label: 'Reorganized', text: formatCount(totals.reorganizations, 'time') }]
      : []),
    ...(totals.unavailable > 0 ? [{ label: 'Unavailable', text: formatCount(totals.unavailable, 'attempt') }] : []),
  ]
}

/** Of what is wanted and not done beside executing. */
function modeCautions({ client }: PageState): string[] {
  if (client.kind !== 'ready' || client.status.mode.cause !== 'no-backfill') return []
  return [sentence(said(client.status.mode.reason ?? ''))]
}

function disputeText({ number, reason }: Status['blocks']['disputes'][number]): string {
  return sentence(
    `Block ${number} is disputed: two thirds of a sync committee signed what this tab computes to be invalid. ` +
      `Nothing above it is called verified. ${said(clipped(reason))}`,
  )
}

function cautionsOf({ blocks: { skipped, totals } }: Status): string[] {
  const marks = skipped.marks.slice(-MAX_LISTED_PIVOTS).map(({ from, to, reason }) => {
    const which = from === to ? `Block ${from} was passed and is` : `Blocks ${from} to ${to} were passed and are`
    return sentence(`${which} not verified here: ${clipped(reason)}`)
  })
  const listed = skipped.marks.slice(-MAX_LISTED_PIVOTS).reduce((sum, { from, to }) => sum + to - from + 1, 0)
  const others = skipped.count - listed
  const more = others > 0 ? [`${formatCount(others, 'earlier block')} passed and not verified here.`] : []
  const overturned =
    totals.overturned > 0
      ? [
          `Beamtab’s fast engine called ${formatCount(totals.overturned, 'block')} invalid that the other verified: please report it.`,
        ]
      : []
  return [...overturned, ...marks.reverse(), ...more]
}

function pivotsOf({ blocks: { pivots } }: Status): PivotView[] {
  return pivots.latest
    .slice(-MAX_LISTED_PIVOTS)
    .reverse()
    .map((pivot) => ({
      key: `${pivot.at} ${pivot.to.hash}`,
      title: PIVOTS[pivot.kind],
      text: sentence(
        `${formatTime(Math.floor(pivot.at / 1_000))}, to block ${pivot.to.number}${passed(pivot)}: ${clipped(pivot.reason)}`,
      ),
    }))
}

function passed({ skipped }: Pivot): string {
  return skipped === 0 ? '' : ` over ${formatCount(skipped, 'block')}`
}

const PIVOTS: Readonly<Record<Pivot['kind'], string>> = {
  start: 'Began',
  lag: 'Too far behind',
  'state-gone': 'State no longer served',
  'over-cap': 'Block too expensive',
  gap: 'Gap',
  reorganization: 'Reorganization',
}

function serverView(server: Status['servers'][number]): StateServerView {
  const { url } = server
  switch (server.state) {
    case 'probing':
      return { url, kind: 'not known yet', text: 'being asked what it can do', tone: 'quiet' }
    case 'failed':
      return { url, kind: 'not usable', text: sentence(clipped(server.reason)), tone: 'caution' }
    case 'ready': {
      const kind = server.kind === 'gateway' ? 'gateway' : 'execution client'
      if (server.busySince !== undefined) return { url, kind, text: 'refuses more requests for now', tone: 'caution' }
      const offers = server.offers.map((offer) => OFFERS[offer] ?? offer)
      const last = server.lastError === undefined ? '' : `; last error: ${clipped(server.lastError)}`
      return { url, kind, text: `${[...new Set(offers)].join(', ')}${last}`, tone: 'plain' }
    }
  }
}

const OFFERS: Readonly<Record<string, string>> = {
  block: 'blocks',
  accessList: 'access lists',
  callKeys: 'hints',
  tracedKeys: 'hints',
  metadata: 'witness metadata',
  accountCodes: 'codes',
}

const said = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
