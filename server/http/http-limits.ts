/** Bounds of what an HTTP server takes, whatever it serves. */

export interface HttpLimits {
  /** Bytes of a request's body; more is refused with 413. */
  readonly requestBytes: number
  /** Characters of a path with its query; more is refused with 414. */
  readonly urlLength: number
  /** Bytes of a request's line and headers together; more is refused with 431. */
  readonly headerBytes: number
  /** Connections that are open, of all clients; more are closed at once. */
  readonly connections: number
  /** ms until a request's headers, and until the whole request, must be there. */
  readonly headersTimeout: number
  readonly requestTimeout: number
  /** ms for which a connection may carry nothing: a client that does not read, a service that hangs. */
  readonly idleTimeout: number
}

export const DEFAULT_HTTP_LIMITS: HttpLimits = {
  // 384 hashes as hex are 26 kB, a transaction with blobs is 780 kB; 1,024 proof keys in a batch of a hundred come near 8 MB.
  requestBytes: 8 << 20,
  // The longest that means something has a descriptor of 2,048 bytes as hex in it.
  urlLength: 8_192,
  // Node's own default, which holds such an address and room for headers.
  headerBytes: 16_384,
  connections: 1_024,
  // From the same machine a request takes a few ms; from the other side of the world with loss, some seconds.
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  // Event streams and WebSockets speak up every 15 s.
  idleTimeout: 60_000,
}
