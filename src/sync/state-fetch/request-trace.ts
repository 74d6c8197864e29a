/** When requests were under way, one by one: what a waterfall is drawn from. What they cost is counted apart. Plain data. */

/** What a request is about, as far as it is known when it goes out. */
export interface RequestName {
  /** What was asked, as of an `AskKind`. */
  readonly kind: string
  /** Whom, by its name. */
  readonly server: string
  /** Things asked for at once. */
  readonly items: number
}

export interface RequestSpan extends RequestName {
  /** The moment of waiting that it is a part of, from 1: requests of one trip overlap. */
  readonly trip: number
  /** ms, by the counter's clock. */
  readonly start: number
  /** Undefined while it is under way. */
  readonly end: number | undefined
  /** Of contents that came; none where it failed, or where nobody waited for it any more. */
  readonly bytes: number
}

/**
 * Requests of one fetch that are listed. The longest walk seen, mainnet block 24628608 by hashes of single nodes, takes some
 * 120 trips of up to four requests; a picture of more than these says nothing that the count does not.
 */
export const MAX_TRACED_REQUESTS = 512

/** Always: at most {@link MAX_TRACED_REQUESTS} requests, the first ones, in the order in which they went out. */
export class RequestTrace {
  readonly #spans: Writable<RequestSpan>[] = []
  #untold = 0

  /** Requests that are not listed. */
  get untold(): number {
    return this.#untold
  }

  /** @returns to be called when it is over */
  begin(name: RequestName, trip: number, start: number): (end: number, bytes: number) => void {
    if (this.#spans.length >= MAX_TRACED_REQUESTS) {
      this.#untold += 1
      return () => undefined
    }
    const { kind, server, items } = name
    const span: Writable<RequestSpan> = { kind, server, items, trip, start, end: undefined, bytes: 0 }
    this.#spans.push(span)
    return (end, bytes) => {
      span.end = end
      span.bytes = bytes
    }
  }

  /** Copies, as they are now. */
  spans(): RequestSpan[] {
    return this.#spans.map((span) => ({ ...span }))
  }
}

type Writable<T> = { -readonly [Name in keyof T]: T[Name] }
