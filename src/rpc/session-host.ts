/** The sessions of one node: a provider in this tab, and those of other tabs. */
import type { ChainHost, ChainHostParts } from '../sync/chain-view/chain-host.ts'
import type { AnswerTools } from './answer-request.ts'
import { BlockReader } from './block-reader.ts'
import { PreparedLogs } from './logs/prepared-logs.ts'
import { METHODS } from './registry.ts'
import { RpcSession } from './rpc-session.ts'
import { SentTransactions } from './sending/sent-transactions.ts'

/** Providers at a time: one for each tab and frame of the origin, and then some. */
export const MAX_SESSIONS = 64

/** Sessions of other tabs: fewer than all, so that they never end those of this tab. */
const MAX_CHANNELS = 48

/** What is used of a `MessagePort` and of a `BroadcastChannel`. */
interface SessionEnd {
  postMessage(news: unknown): void
  addEventListener(type: 'message', hear: (event: { readonly data: unknown }) => void): void
  close(): void
}

export function openSessionHost({ onDefect, ...parts }: ChainHostParts): ChainHost {
  const sent = new SentTransactions(parts.view, parts.crypto)
  const setting = { ...parts, sent, blocks: new BlockReader(parts.view, parts.crypto) }
  const ended = new AbortController()
  const prepared = new PreparedLogs(parts.view, setting.blocks.logs, ended.signal)
  const tools: AnswerTools = { setting, methods: METHODS, onDefect }
  /** The oldest first. */
  const sessions = new Map<SessionEnd, RpcSession>()
  /** Those of other tabs, by the names of their channels. */
  const channels = new Map<string, SessionEnd>()

  const end = (port: SessionEnd): void => {
    sessions.get(port)?.close()
    sessions.delete(port)
    port.close()
  }

  /** The oldest of these makes room. */
  const evict = (port: SessionEnd, count: number): void => {
    sessions.get(port)?.evict(`the node answers ${count} sessions, and a newer one was opened`)
    end(port)
  }

  const begin = (port: SessionEnd): void => {
    const [oldest] = sessions.keys()
    if (sessions.size >= MAX_SESSIONS && oldest !== undefined) evict(oldest, MAX_SESSIONS)
    const session = new RpcSession({ tools, send: (news) => port.postMessage(news) })
    sessions.set(port, session)
    port.addEventListener('message', ({ data }) => session.hear(data))
  }

  const endChannel = (name: string): void => {
    const channel = channels.get(name)
    channels.delete(name)
    if (channel !== undefined) end(channel)
  }

  return {
    open(port) {
      begin(port)
      port.addEventListener('close', () => end(port))
      port.start()
    },
    openChannel(name) {
      const open = channels.get(name)
      if (open !== undefined && sessions.has(open)) return sessions.get(open)?.tellAgain()
      const [oldest] = channels
      if (channels.size >= MAX_CHANNELS && oldest !== undefined) {
        channels.delete(oldest[0])
        evict(oldest[1], MAX_CHANNELS)
      }
      const channel: SessionEnd = new BroadcastChannel(name)
      channels.set(name, channel)
      begin(channel)
    },
    closeChannel: endChannel,
    headChanged() {
      sent.headChanged()
      prepared.headChanged()
      for (const session of sessions.values()) session.headChanged()
    },
    close() {
      ended.abort(new Error('the client is closed'))
      sent.close()
      for (const port of sessions.keys()) end(port)
      channels.clear()
    },
  }
}
