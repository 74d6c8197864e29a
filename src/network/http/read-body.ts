/** Reads a body that may be of any length, or endless, into a bounded number of bytes. */

export type Body =
  | { readonly kind: 'whole'; readonly bytes: Uint8Array }
  /** It goes on after the most that may be read: the first so many bytes of it. The rest was cancelled. */
  | { readonly kind: 'tooLong'; readonly bytes: Uint8Array }

/** Bytes the buffer has at first: a light-client update fits. */
const FIRST_BUFFER = 32_768

/**
 * Rejects with what the stream fails with, and when the signal aborts; the stream is then cancelled.
 * @param stream null for an answer without a body
 */
export async function readBody(
  stream: ReadableStream<Uint8Array> | null,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Body> {
  if (stream === null) return { kind: 'whole', bytes: new Uint8Array() }
  let buffer = new Uint8Array(Math.min(FIRST_BUFFER, maxBytes))
  let length = 0
  for await (const chunk of chunksOf(stream, signal)) {
    const taken = chunk.subarray(0, maxBytes - length)
    // One buffer that doubles, because a server may send a byte at a time and a list of chunks would dwarf its bytes.
    if (length + taken.length > buffer.length) {
      const larger = new Uint8Array(Math.min(maxBytes, Math.max(2 * buffer.length, length + taken.length)))
      larger.set(buffer.subarray(0, length))
      buffer = larger
    }
    buffer.set(taken, length)
    length += taken.length
    if (taken.length < chunk.length) return { kind: 'tooLong', bytes: buffer.subarray(0, length) }
  }
  return { kind: 'whole', bytes: buffer.subarray(0, length) }
}

/**
 * The chunks of a stream as they come. Ends the stream when the loop over them ends, however it does; throws the
 * signal's reason when it aborts, whether or not the stream listens to it.
 */
export async function* chunksOf(stream: ReadableStream<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader()
  // Cancelling ends a read that waits, as if the stream were at its end.
  const cancel = () => void reader.cancel(signal.reason).catch(() => undefined)
  signal.addEventListener('abort', cancel, { once: true })
  try {
    for (;;) {
      signal.throwIfAborted()
      const { done, value } = await reader.read()
      signal.throwIfAborted()
      if (done) return
      yield value
    }
  } finally {
    signal.removeEventListener('abort', cancel)
    cancel()
  }
}
