/** What the messages of a WebSocket meet between the two sides. */
import type { Line } from '../../http/send-paced.ts'

export type Arrival =
  | { readonly kind: 'arrives'; readonly delay: number }
  /** It is never answered. */
  | { readonly kind: 'ignored' }
  /** The connection ends in its place. */
  | { readonly kind: 'disconnected' }

export interface Departure {
  readonly text: string
  /** How fast it is carried; undefined: at once. */
  readonly line: Line | undefined
}

export interface MessageWay {
  /** Asked once for each message that came; `delay` in ms. */
  readonly arrival: () => Arrival
  /** What becomes of an answer or a notification; undefined: it is lost. */
  readonly departure: (text: string) => Departure | undefined
}

export const SMOOTH_WAY: MessageWay = {
  arrival: () => ({ kind: 'arrives', delay: 0 }),
  departure: (text) => ({ text, line: undefined }),
}
