/** How requests leave this thread, whether it is a page, a worker or Node. */
import type { Clock } from '../../chain/clock.ts'

/** `fetch` of the platform, or a stand-in. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

export interface HttpTransport {
  readonly fetch: Fetch
  readonly clock: Clock
  /** Of the page, whose browser keeps to CORS; undefined in Node. */
  readonly origin: string | undefined
}

export function platformTransport(clock: Clock): HttpTransport {
  // Called as a method of anything but its global object, a browser's `fetch` throws.
  return { fetch: (url, init) => fetch(url, init), clock, origin: pageOrigin() }
}

/** Undefined in Node; `null` as text, for a page from a file or in a sandbox, is an origin that servers can refuse too. */
function pageOrigin(): string | undefined {
  const { location, origin } = globalThis as { readonly location?: Location; readonly origin?: string }
  return location === undefined ? undefined : (origin ?? location.origin)
}
