/** Following as text and numbers: what is said of each state, and which of it counts as proven, is decided here. */
import type { CheckpointTrust, FollowedHead, Hex, LightStatus, ResumedHead } from '../../client/public-types.ts'
import type { Tone } from '../block-view.ts'
import type { ClientState } from '../client-state.ts'
import { clipped, formatCount, formatInteger, formatShare, sentence } from '../format.ts'
import { formatDuration } from './age.ts'
import { followPhase, type FollowPhase } from './follow-phase.ts'
import type { ActiveFollow, FollowState } from './follow-state.ts'

export interface LiveView {
  readonly state: StateLine
  /** Undefined as long as there is no light client to tell of. */
  readonly light: LightView | undefined
}

/** The state in one line. */
export interface StateLine {
  readonly tone: Tone | 'caution'
  readonly word: string
  /** The head that it is about; its age is told beside it. */
  readonly slot: number | undefined
  /** What the word leaves open; one sentence. */
  readonly text: string | undefined
  readonly progress: { readonly value: number; readonly max: number; readonly text: string } | undefined
  /** Said by interrupting: what the visitor must not overlook. */
  readonly isAlarm: boolean
}

export interface LightView {
  /** What it is made of: the times of slots and the servers. */
  readonly status: LightStatus
  /** Always the same three, so that nothing moves when one comes. */
  readonly heads: readonly HeadView[]
  readonly facts: readonly Fact[]
  readonly cautions: readonly string[]
}

export interface HeadView {
  readonly label: string
  readonly standing: HeadStanding
  readonly slot: number | undefined
  readonly blockRoot: Hex | undefined
  readonly execution: { readonly hash: Hex; readonly number: string | undefined } | undefined
  /** What it rests on. */
  readonly basis: string
  /** Who brought it. */
  readonly server: string | undefined
}

/** `proven` and nothing else gets the mark of what is verified. */
export type HeadStanding = 'proven' | 'disputed' | 'resumed' | 'announced' | 'none'

export interface Fact {
  readonly label: string
  readonly text: string
  readonly hash?: Hex
}

export function liveView(state: { readonly client: ClientState; readonly follow: FollowState }): LiveView {
  const phase = followPhase(state)
  return {
    state: stateLine(phase),
    light: phase.kind === 'light' ? lightView(phase.light, state.follow) : undefined,
  }
}

function stateLine(phase: FollowPhase): StateLine {
  const line = { slot: undefined, text: undefined, progress: undefined, isAlarm: false }
  switch (phase.kind) {
    case 'off':
      return { ...line, tone: 'quiet', word: 'Not following', text: 'No server is contacted.' }
    case 'refused':
      return { ...line, tone: 'failed', word: 'Not following', text: sentence(phase.reason) }
    case 'loading-network':
      return { ...line, tone: 'busy', word: 'Fetching the network file', text: clipped(phase.from) }
    case 'starting':
      return { ...line, tone: 'busy', word: 'Starting the workers' }
    case 'failed':
      return { ...line, tone: 'failed', word: 'Not following', text: 'The workers did not start.' }
    case 'beginning':
      return { ...line, tone: 'busy', word: 'Beginning to follow' }
    case 'light':
      return stageLine(phase.light)
  }
}

function stageLine(light: LightStatus): StateLine {
  const line = { slot: undefined, text: undefined, progress: undefined, isAlarm: false }
  const { stage } = light
  switch (stage.kind) {
    case 'checkpoint': {
      const problem = stage.problem === undefined ? undefined : sentence(clipped(stage.problem))
      return problem === undefined
        ? { ...line, tone: 'busy', word: 'Deciding on a checkpoint' }
        : { ...line, tone: 'caution', word: 'No checkpoint yet', text: `${problem} It is tried again.` }
    }
    case 'committees': {
      const { value, max } = committeeCount(light.committees)
      const text = max === 0 ? undefined : `${formatInteger(value)} of ${formatInteger(max)}`
      const progress = text === undefined ? undefined : { value, max, text }
      return { ...line, tone: 'busy', word: 'Proving sync committees', text, progress }
    }
    case 'awaiting-head':
      return { ...line, tone: 'busy', word: 'Waiting for a head' }
    case 'following':
      return { ...line, tone: 'proven', word: 'Following the head', slot: light.optimistic?.slot }
    case 'stale':
      return {
        ...line,
        tone: 'caution',
        word: 'Stale',
        slot: light.optimistic?.slot,
        text: 'Nothing newer has been proven since: do the servers still answer?',
      }
    case 'clock-behind':
      return {
        ...line,
        tone: 'caution',
        word: 'Clock set back',
        slot: light.optimistic?.slot,
        text: `By this machine’s clock the head comes in ${formatDuration(stage.seconds)}: nothing newer can be proven until the clock is right.`,
      }
    case 'disputed':
      return {
        ...line,
        tone: 'failed',
        word: 'Disputed',
        text: sentence(`Nothing is followed until a checkpoint is confirmed anew: ${clipped(stage.what)}`),
        isAlarm: true,
      }
  }
}

function lightView(light: LightStatus, follow: FollowState): LightView {
  const { optimistic, finalized, resumed, checkpoint, committees } = light
  const standing = light.stage.kind === 'disputed' ? 'disputed' : 'proven'
  const { value, max } = committeeCount(committees)
  return {
    status: light,
    heads: [
      headView('Head', optimistic, standing, resumed && { slot: resumed.optimisticSlot, blockRoot: resumed.blockRoot }),
      headView('Finalized', finalized, standing, resumedFinality(resumed)),
      announcedView(light.announced),
    ],
    facts: [
      checkpoint === undefined
        ? { label: 'Checkpoint', text: 'none yet' }
        : {
            label: 'Checkpoint',
            text: `slot ${formatInteger(checkpoint.slot)}, ${trustOf(checkpoint.by, follow.active)}`,
            hash: checkpoint.root,
          },
      {
        label: 'Sync committees',
        text:
          committees === undefined
            ? 'none yet'
            : `${formatInteger(value)} of ${formatInteger(max)}, from period ${formatInteger(committees.first)}`,
      },
      { label: 'Slot now', text: formatInteger(light.currentSlot) },
    ],
    cautions: cautionsOf(light, follow.active),
  }
}

function headView(
  label: string,
  head: FollowedHead | undefined,
  standing: HeadStanding,
  resumed: { readonly slot: number; readonly blockRoot: Hex | undefined } | undefined,
): HeadView {
  if (head !== undefined) {
    const { slot, blockRoot, execution, server } = head
    const block = execution && { hash: execution.hash, number: execution.number?.toString() }
    return { label, standing, slot, blockRoot, execution: block, basis: signers(head), server }
  }
  const none = { label, execution: undefined, server: undefined }
  if (resumed === undefined)
    return { ...none, standing: 'none', slot: undefined, blockRoot: undefined, basis: 'none yet' }
  return { ...none, standing: 'resumed', ...resumed, basis: 'from your last visit, being checked again' }
}

function resumedFinality(resumed: ResumedHead | undefined) {
  const slot = resumed?.finalizedSlot
  return slot === undefined ? undefined : { slot, blockRoot: undefined }
}

function announcedView(announced: LightStatus['announced']): HeadView {
  const none = { label: 'Announced', execution: undefined, server: undefined }
  if (announced === undefined) {
    return { ...none, standing: 'none', slot: undefined, blockRoot: undefined, basis: 'none yet' }
  }
  const { slot, blockRoot, servers } = announced
  return {
    ...none,
    standing: 'announced',
    slot,
    blockRoot,
    basis: `not proven, named by ${formatCount(servers, 'server')}`,
  }
}

function signers({ signers, committeeSize }: FollowedHead): string {
  const share = formatShare(signers, committeeSize)
  return `${formatInteger(signers)} of ${formatInteger(committeeSize)}${share === undefined ? '' : ` (${share})`}`
}

function committeeCount(committees: LightStatus['committees']): { readonly value: number; readonly max: number } {
  if (committees === undefined) return { value: 0, max: 0 }
  const { first, period, target } = committees
  return { value: period - first + 1, max: Math.max(period, target) - first + 1 }
}

function trustOf(by: CheckpointTrust, active: ActiveFollow | undefined): string {
  switch (by) {
    case 'given':
      if (active === undefined || active.settings.checkpoint.trim() === '') return 'given by the network file'
      return active.origin === 'address' ? 'given by this page’s address' : 'given by you'
    case 'kept':
      return 'kept from your last visit'
    case 'built-in':
      return 'built into this page'
    case 'quorum':
      return 'two or more sources of different owners agree'
  }
}

function cautionsOf(light: LightStatus, active: ActiveFollow | undefined): string[] {
  const { clockSkewMs, checkpoint, checkpointNotes, defect } = light
  const cautions: string[] = checkpointNotes.map((note) => sentence(`Checkpoint: ${clipped(note)}`))
  if (defect !== undefined) {
    cautions.push(sentence(`Beamtab itself did something wrong and went on; please report it: ${clipped(defect)}`))
  }
  if (clockSkewMs !== undefined) {
    const side = clockSkewMs > 0 ? 'ahead of' : 'behind'
    const skew = formatDuration(Math.abs(clockSkewMs) / 1_000)
    cautions.push(`This machine’s clock is ${skew} ${side} most servers’. Ages are wrong by as much: set the clock.`)
  }
  if (checkpoint?.by === 'given' && active?.origin === 'address' && active.settings.checkpoint !== '') {
    cautions.push('The checkpoint came with the link that opened this page: it is as good as who made the link.')
  }
  if (active?.settings.allowOldCheckpoint === true) {
    cautions.push('An old checkpoint is allowed: whoever holds keys of past validators could show you another chain.')
  }
  return cautions
}
