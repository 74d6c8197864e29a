/** How much one message may ask for. Every bound has a default that an ordinary wallet, indexer or tab never meets. */

export interface JsonRpcLimits {
  /** Calls in one batch. */
  readonly batchCalls: number
  /** Calls of a batch that run at the same time. */
  readonly batchLanes: number
  /** Characters of one answer, all calls of its batch together, with room for an error in the place of each. */
  readonly answerLength: number
  /** Characters of all answers together that are being put together; what each has of them in any case does not count. */
  readonly answersLength: number
  /** Milliseconds for one message, all calls of its batch together. */
  readonly messageTime: number
  /** Blocks that one `eth_getLogs` may span. */
  readonly logBlocks: number
  /** Logs that one `eth_getLogs` may give. */
  readonly logs: number
  /** Storage keys of one `eth_getProof`. */
  readonly proofKeys: number
  /** Slots of one `eth_getStorageValues`, all accounts together. */
  readonly storageSlots: number
  /** Blocks that one `eth_feeHistory` may span. */
  readonly feeBlocks: number
  /** Percentiles that one `eth_feeHistory` may ask for. */
  readonly feePercentiles: number
}

export const DEFAULT_LIMITS: JsonRpcLimits = {
  // geth's BatchRequestLimit.
  batchCalls: 1_000,
  // A relay waits for its upstream: in turn, a batch would take as many round trips as it has calls. A local chain gains nothing.
  batchLanes: 8,
  // The witness of a mainnet block is 10 to 15 MB, twice that as hex; a batch gets no more.
  answerLength: 64 * 1024 * 1024,
  // Two of the longest: with what joining and sending them takes, as much as a process of 700 MB can spare.
  answersLength: 128 * 1024 * 1024,
  // geth's write timeout: whoever asked has given up by then.
  messageTime: 30_000,
  // Public nodes allow 1,000 to 10,000; each block costs a look at its bloom here.
  logBlocks: 10_000,
  // The same as those; 10,000 logs are some 6 MB.
  logs: 10_000,
  // geth's maxGetProofKeys.
  proofKeys: 1_024,
  // geth's maxGetStorageSlots.
  storageSlots: 1_024,
  // geth's maxHeaderHistory.
  feeBlocks: 1_024,
  // geth's maxQueryLimit.
  feePercentiles: 100,
}

/** How much one WebSocket may hold and ask for. */
export interface WebSocketLimits {
  /** Sockets at a time. */
  readonly connections: number
  /** Sockets of one client, by its address. */
  readonly connectionsPerClient: number
  readonly subscriptions: number
  /** Bytes of one message. */
  readonly messageBytes: number
  /** Frames of one message. */
  readonly messageFrames: number
  /** Messages of one socket that are worked on at a time; no more are read until one of them is done. */
  readonly messagesUnderWay: number
  /** Messages a second; as many may come at once. Who sends more is cut off. */
  readonly messagesPerSecond: number
  /** Bytes that may wait for a slow reader when there is something more to send; with more it is cut off. */
  readonly queuedBytes: number
  /** The same for all sockets of one client together. */
  readonly queuedBytesPerClient: number
  /** Milliseconds between pings; who has not answered one by the next is gone. */
  readonly pingInterval: number
}

export const DEFAULT_WEB_SOCKET_LIMITS: WebSocketLimits = {
  // A tab opens one; so many tabs of one machine are no tabs.
  connections: 256,
  connectionsPerClient: 64,
  // A dapp has a handful; a wallet with many accounts some dozens.
  subscriptions: 128,
  // Room for a transaction with all the blobs it may have (EIP-7691: 9, each 128 KiB, as hex, with proofs).
  messageBytes: 2.5 * 1024 * 1024,
  // Browsers send a message in one, or in pieces of 64 KiB and more.
  messageFrames: 256,
  // As many as lanes of a batch.
  messagesUnderWay: 8,
  // A busy page sends tens.
  messagesPerSecond: 500,
  // Many blocks' worth of notifications, or one answer that is under way.
  queuedBytes: 16 * 1024 * 1024,
  // One of them with an answer as long as any on its way.
  queuedBytesPerClient: 80 * 1024 * 1024,
  // Proxies close what is silent for a minute.
  pingInterval: 30_000,
}
