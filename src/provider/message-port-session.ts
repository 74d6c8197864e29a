/** The way to a node at the other end of a port: this tab's worker, or a page that has one. */
import { readSessionNews } from '../rpc/session-messages.ts'
import type { ProviderSession } from './public-types.ts'

/** What of a `MessagePort` is needed; a worker, of browsers and of Node by way of its events, is one too. */
export interface SessionPort {
  postMessage(message: unknown): void
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
  removeEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
  /** A port holds messages back until it is called. */
  start?(): void
}

/** What comes and is no news is passed over. */
export function messagePortSession(port: SessionPort): ProviderSession {
  return {
    send: (call) => port.postMessage(call),
    listen(onNews) {
      const hear = ({ data }: { readonly data: unknown }): void => {
        const news = readSessionNews(data)
        if (news !== undefined) onNews(news)
      }
      port.addEventListener('message', hear)
      port.start?.()
      return () => port.removeEventListener('message', hear)
    },
  }
}
