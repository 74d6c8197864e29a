/**
 * Server-sent events out of bytes (WHATWG HTML, section 9.2.6 "Interpreting an event stream"). Own, because Node 20 and
 * workers of some browsers have no `EventSource`, and because that one buffers without a bound.
 */

export interface ServerSentEvent {
  /** `message` where the stream names none. */
  readonly event: string
  /** Its lines joined with a line feed. */
  readonly data: string
}

/** A line, or an event of several, is longer than the parser keeps: the stream is not worth reading on. */
export class EventTooLongError extends Error {
  override name = 'EventTooLongError'
}

const COLON = ':'
const LINE_END = /\r\n|\n|\r/g

/** Always: what is kept between two pushes, a line and an event that are not over, is at most `maxLength` characters each. */
export class EventStreamParser {
  /** Takes a byte order mark off the start and puts characters together that were cut in two. */
  readonly #decoder = new TextDecoder('utf-8')
  #line = ''
  #lastWasReturn = false
  #event = ''
  #data: string[] = []
  #dataLength = 0
  #retryMs: number | undefined

  constructor(private readonly maxLength: number) {}

  /** ms after which the server wishes to be connected to again; undefined where it does not say. */
  get retryMs(): number | undefined {
    return this.#retryMs
  }

  /** The events that end in these bytes. An event at the end of a stream that no blank line ends is none. @throws {EventTooLongError} */
  push(bytes: Uint8Array): ServerSentEvent[] {
    let text = this.#decoder.decode(bytes, { stream: true })
    if (text === '') return []
    // The line feed after a carriage return belongs to it, also when a packet ends between them.
    if (this.#lastWasReturn && text.startsWith('\n')) text = text.slice(1)
    this.#lastWasReturn = text.endsWith('\r')
    const events: ServerSentEvent[] = []
    let start = 0
    for (const end of text.matchAll(LINE_END)) {
      const event = this.#take(this.#line + text.slice(start, end.index))
      this.#line = ''
      start = end.index + end[0].length
      if (event !== undefined) events.push(event)
    }
    this.#line += text.slice(start)
    this.#requireShort(this.#line.length)
    return events
  }

  /** @returns the event that a blank line ends */
  #take(line: string): ServerSentEvent | undefined {
    this.#requireShort(line.length)
    if (line === '') return this.#dispatch()
    if (line.startsWith(COLON)) return undefined
    const colon = line.indexOf(COLON)
    const field = colon === -1 ? line : line.slice(0, colon)
    const rest = colon === -1 ? '' : line.slice(colon + 1)
    this.#note(field, rest.startsWith(' ') ? rest.slice(1) : rest)
    return undefined
  }

  #note(field: string, value: string): void {
    if (field === 'event') this.#event = value
    else if (field === 'data') {
      this.#dataLength += value.length + 1
      this.#requireShort(this.#dataLength)
      this.#data.push(value)
    } else if (field === 'retry' && /^\d{1,9}$/.test(value)) this.#retryMs = Number(value)
  }

  #dispatch(): ServerSentEvent | undefined {
    const event = { event: this.#event === '' ? 'message' : this.#event, data: this.#data.join('\n') }
    const hasData = this.#data.length > 0
    this.#event = ''
    this.#data = []
    this.#dataLength = 0
    return hasData ? event : undefined
  }

  #requireShort(length: number): void {
    if (length <= this.maxLength) return
    throw new EventTooLongError(`an event is longer than ${this.maxLength} characters, the most that are kept`)
  }
}
