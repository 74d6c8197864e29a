/** Bounds of what one gateway takes and gives, each with its default. Services are handed those that concern them. */

export interface GatewayLimits {
  /** Bytes of a request's body; more is refused with 413. */
  readonly requestBytes: number
  /** Characters of a path with its query; more is refused with 414. */
  readonly urlLength: number
  /** Bytes of a request's line and headers together; more is refused with 431. */
  readonly headerBytes: number
  /** Bytes of an answer's body. Services keep below it by giving less; what is larger all the same fails with 500. */
  readonly responseBytes: number
  /** Requests of one client that are answered at a time; more are refused with 429. Event streams count apart. */
  readonly concurrentRequests: number
  /** Requests of one client in a second, over some seconds; more are refused with 429. */
  readonly requestsPerSecond: number
  /** Connections that are open, of all clients. */
  readonly connections: number
  /** Connections of one client that are open; WebSockets and event streams included. */
  readonly connectionsPerClient: number
  /** ms until a request's headers, and until the whole request, must be there. */
  readonly headersTimeout: number
  readonly requestTimeout: number
  /** ms for which a connection may carry nothing while an answer is due: a client that does not read, a service that hangs. */
  readonly idleTimeout: number
  /** ms that requests under way get when the gateway is told to end. */
  readonly drainTime: number
}

export const DEFAULT_LIMITS: GatewayLimits = {
  // 384 hashes as hex are 26 kB, a transaction with blobs is 780 kB; 1,024 proof keys in a batch of a hundred come near 8 MB.
  requestBytes: 8 << 20,
  // The longest that means something has a descriptor of 2,048 bytes as hex in it.
  urlLength: 8_192,
  // Node's own default, which holds such an address twice.
  headerBytes: 16_384,
  // A witness of a 50 Mgas block is 15 MB, as hex in JSON twice that.
  responseBytes: 64 << 20,
  // A browser opens six connections to an origin, so that this is some dozens of tabs.
  concurrentRequests: 256,
  // A tab that heals a state asks some hundred times a second. What one core can answer is a few thousand.
  requestsPerSecond: 2_000,
  connections: 1_024,
  connectionsPerClient: 512,
  // From the same machine a request takes a few ms; from the other side of the world with loss, some seconds.
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  // Twice what Node's own idle connections get; event streams and WebSockets speak up every 15 s.
  idleTimeout: 60_000,
  drainTime: 3_000,
}
