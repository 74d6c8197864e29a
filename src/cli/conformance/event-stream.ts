/** A recorded `text/event-stream` (WHATWG server-sent events) as a list. */
export interface ServerSentEvent {
  readonly event: string
  readonly data: string
}

/** Lines starting with a colon are comments; an event without data is none. */
export function parseEventStream(text: string): ServerSentEvent[] {
  const blocks = text.replace(/\r\n?/g, '\n').split(/\n{2,}/)
  return blocks.flatMap((block) => {
    const fields = block.split('\n').map((line) => /^(\w+): ?(.*)$/.exec(line))
    const values = (name: string) => fields.flatMap((field) => (field?.[1] === name ? [field[2] ?? ''] : []))
    const data = values('data')
    return data.length === 0 ? [] : [{ event: values('event').at(-1) ?? 'message', data: data.join('\n') }]
  })
}
