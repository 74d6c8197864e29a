/** The sessions of one node: a provider in this tab, and those of other tabs. */
import type { ChainHost, ChainHostParts } from '../sync/chain-view/chain-host.ts'
import type { AnswerTools } from './answer-request.ts'
import { BlockReader } from './block-reader.ts'
import { METHODS } from './registry.ts'
import { RpcSession } from './rpc-session.ts'
import { SentTransactions } from './sending/sent-transactions.ts'

/** Providers at a time: one for each tab and frame of the origin, and then some. */
const MAX_SESSIONS = 64

export function openSessionHost({ onDefect, ...parts }: ChainHostParts): ChainHost {
  const sent = new SentTransactions(parts.view, parts.crypto)
  const setting = { ...parts, sent, blocks: new BlockReader(parts.view, parts.crypto) }
  const tools: AnswerTools = { setting, methods: METHODS, onDefect }
  /** The oldest first. */
  const sessions = new Map<MessagePort, RpcSession>()

  const end = (port: MessagePort): void => {
    sessions.get(port)?.close()
    sessions.delete(port)
    port.close()
  }

  return {
    open(port) {
      const [oldest] = sessions.keys()
      if (sessions.size >= MAX_SESSIONS && oldest !== undefined) end(oldest)
      const session = new RpcSession({ tools, send: (news) => port.postMessage(news) })
      sessions.set(port, session)
      port.addEventListener('message', ({ data }) => session.hear(data))
      port.addEventListener('close', () => end(port))
      port.start()
    },
    headChanged() {
      sent.headChanged()
      for (const session of sessions.values()) session.headChanged()
    },
    close() {
      sent.close()
      for (const port of sessions.keys()) end(port)
    },
  }
}
