/** A server as text and numbers. Its quality in words, since a share alone does not say what it is a share of. */
import type { LightServer } from '../../client/public-types.ts'
import type { Tone } from '../block-view.ts'
import { clipped, formatInteger } from '../format.ts'

export interface ServerView {
  readonly name: string
  /** Undefined for beacon nodes, which most are. */
  readonly askedFor: string | undefined
  readonly answers: Quality
  readonly truth: Quality
  readonly announced: string | undefined
  readonly valid: string | undefined
  readonly lastError: string | undefined
}

export interface Quality {
  readonly word: string
  /** 0 to 1. */
  readonly share: number
  readonly tone: Tone | 'caution' | 'plain'
}

/** Where a server begins that nothing is known of. */
const UNKNOWN = 0.5

/** One that leaves one in ten requests unanswered settles here. */
const ANSWERS_WELL = 0.9

export function serverView(server: LightServer): ServerView {
  return {
    name: clipped(server.name),
    askedFor: server.kind === 'execution' ? 'for execution headers' : undefined,
    answers: answersOf(server.availability),
    truth: truthOf(server.verification),
    announced: slotText(server.announcedSlot),
    valid: slotText(server.validSlot),
    lastError: server.lastError === undefined ? undefined : clipped(server.lastError),
  }
}

function answersOf(share: number): Quality {
  if (share === UNKNOWN) return { word: 'not asked yet', share, tone: 'quiet' }
  if (share >= ANSWERS_WELL) return { word: 'answers', share, tone: 'plain' }
  if (share > UNKNOWN) return { word: 'answers mostly', share, tone: 'plain' }
  return { word: 'often silent', share, tone: 'caution' }
}

/**
 * It begins in the middle, only proven responses raise it, and a false one lowers it far: below the middle is whoever sent
 * something false and has not made up for it. A score is a reason to ask, never to believe, so it gets no mark of proof.
 */
function truthOf(share: number): Quality {
  if (share === UNKNOWN) return { word: 'nothing checked yet', share, tone: 'quiet' }
  if (share > UNKNOWN) return { word: 'held so far', share, tone: 'plain' }
  return { word: 'sent false data', share, tone: 'failed' }
}

function slotText(slot: number | undefined): string | undefined {
  return slot === undefined ? undefined : formatInteger(slot)
}
