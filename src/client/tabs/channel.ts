/** What tabs of one origin say to each other by name. Nothing is kept for who is not there: it is heard by those who listen. */

export interface Channel {
  /** Plain data. Not heard by this end itself; by nobody after {@link close}. */
  post(message: unknown): void
  close(): void
}

/** @param hear told of what comes, as it came: any script of the origin can say anything */
export type OpenChannel = (name: string, hear: (message: unknown) => void) => Channel

/** Of browsers and of Node alike. */
export const openBroadcastChannel: OpenChannel = (name, hear) => {
  const channel = new BroadcastChannel(name)
  channel.onmessage = ({ data }: MessageEvent<unknown>) => hear(data)
  let isClosed = false
  return {
    // A session may end while its provider asks: the next node is asked the same. The browser's own would throw.
    post: (message) => void (isClosed || channel.postMessage(message)),
    close: () => {
      isClosed = true
      channel.close()
    },
  }
}
