/**
 * What the tabs of one origin and network say to all others. Sessions of providers go by channels of their own, so that an
 * answer is heard by one tab only.
 */
import type { BeamtabStatus } from '../public-types.ts'

/** Changes with what tabs say to each other: those of another version do not understand this one, and go their own way. */
export const TAB_PROTOCOL = 3

export type TabMessage =
  /** Who leads? Said by a tab that waits. */
  | { readonly kind: 'hello'; readonly from: string }
  /**
   * This tab leads, and answers by these rules. Said when it begins to lead, and to whoever asks; a tab whose own rules are
   * others does not go through it.
   */
  | { readonly kind: 'leading'; readonly from: string; readonly rules: string }
  /**
   * A session is wanted of tab `to`, on the channel of this name; again, where nothing is heard. The lock of the same name
   * is held for as long as the session is of use. `isHidden`: nobody looks at the tab that wants it.
   */
  | {
      readonly kind: 'open'
      readonly from: string
      readonly to: string
      readonly session: string
      readonly isHidden: boolean
    }
  /** The node of the leading tab answers as many sessions as it can: this one is not opened. */
  | { readonly kind: 'full'; readonly from: string; readonly session: string }
  /** What the leading tab has come to. */
  | { readonly kind: 'status'; readonly from: string; readonly status: SharedStatus }

/** What of the leading tab's status is that of the others, too. */
export type SharedStatus = Pick<BeamtabStatus, 'light' | 'beam'>

/** Longer than any id or name of a session, and than the rules by far: 32 servers with addresses of 2,000 characters each. */
const MAX_LENGTH = 200_000

/** As it came from another tab; undefined for what is none. A status is looked at no further than its parts are there. */
export function readTabMessage(message: unknown): TabMessage | undefined {
  if (!isObject(message) || !isText(message['from'])) return undefined
  switch (message['kind']) {
    case 'hello':
      return message as TabMessage
    case 'leading':
      return isText(message['rules']) ? (message as TabMessage) : undefined
    case 'full':
      return isText(message['session']) ? (message as TabMessage) : undefined
    case 'open':
      return isText(message['to']) && isText(message['session']) && typeof message['isHidden'] === 'boolean'
        ? (message as TabMessage)
        : undefined
    case 'status':
      return isSharedStatus(message['status']) ? (message as TabMessage) : undefined
    default:
      return undefined
  }
}

function isSharedStatus(status: unknown): boolean {
  if (!isObject(status)) return false
  const { light, beam } = status
  return (light === undefined || isObject(light)) && (beam === undefined || isObject(beam))
}

type Members = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= MAX_LENGTH
