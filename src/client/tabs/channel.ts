/** What tabs of one origin say to each other by name. Nothing is kept for who is not there: it is heard by those who listen. */

export interface Channel {
  /** Plain data. Not heard by this end itself. */
  post(message: unknown): void
  close(): void
}

/** @param hear told of what comes, as it came: any script of the origin can say anything */
export type OpenChannel = (name: string, hear: (message: unknown) => void) => Channel

/** Of browsers and of Node alike. */
export const openBroadcastChannel: OpenChannel = (name, hear) => {
  const channel = new BroadcastChannel(name)
  channel.onmessage = ({ data }: MessageEvent<unknown>) => hear(data)
  return {
    post: (message) => channel.postMessage(message),
    close: () => channel.close(),
  }
}
