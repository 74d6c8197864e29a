/**
 * What happens on a chain, as the notifications of `eth_subscribe`. A reorganisation gives the logs of the blocks that
 * went with `removed: true`, newest block first, and then headers and logs of those that came, oldest first, as in geth.
 */
import { messageOf } from '../../../../src/chain/thrown.ts'
import type { ExecutionBlock, ExecutionNews } from '../../../execution/execution-source.ts'
import type { ChainReader } from '../chain-reader.ts'
import { decodeHeader } from '../../../../src/network/json-rpc/objects/header.ts'
import { headWithHash } from '../../../../src/network/json-rpc/objects/block-json.ts'
import { logTest } from '../../../../src/network/json-rpc/objects/log-test.ts'
import { logJson, logsOf } from '../../../../src/network/json-rpc/objects/logs.ts'
import { data } from '../../../../src/network/json-rpc/hex.ts'
import type { Topic } from './subscriber.ts'

export interface NewsListener {
  /** @param result as JSON text */
  deliver(result: string): void
  fail(reason: string): void
}

/** Changes that wait while receipts are fetched. A source that is so far behind is not one to follow. */
const MAX_WAITING = 256

interface Listening {
  readonly topic: Topic
  readonly listener: NewsListener
  /** Of a log; never where no logs are listened for. */
  readonly isWanted: ReturnType<typeof logTest>
  /** Changes before this one are none of its business. */
  readonly since: number
}

interface NumberedNews {
  readonly number: number
  readonly news: ExecutionNews
}

/**
 * Always: news are worked on one at a time, in the order they came; every listener hears of each change that came after
 * it was added, or is told that it will not. The source is listened to as long as anybody listens here.
 */
export class NewsFeed {
  private readonly listeners = new Set<Listening>()
  private readonly waiting: NumberedNews[] = []
  private isWorking = false
  private count = 0
  private stopSource: (() => void) | undefined

  constructor(private readonly chain: ChainReader) {}

  /** Until the returned function is called. */
  listen(topic: Topic, listener: NewsListener): () => void {
    const isWanted = topic.kind === 'logs' ? logTest(topic.criteria) : () => false
    const listening: Listening = { topic, listener, isWanted, since: this.count }
    this.listeners.add(listening)
    this.stopSource ??= this.chain.source.listen((news) => this.hear(news))
    return () => {
      this.listeners.delete(listening)
      if (this.listeners.size === 0) this.close()
    }
  }

  close(): void {
    this.stopSource?.()
    this.stopSource = undefined
    this.listeners.clear()
    this.waiting.length = 0
  }

  private hear(news: ExecutionNews): void {
    if (this.waiting.length >= MAX_WAITING) {
      this.waiting.length = 0
      this.failAll([...this.listeners], 'the chain moves faster than its logs can be fetched')
    }
    this.waiting.push({ number: this.count++, news })
    void this.work()
  }

  private async work(): Promise<void> {
    if (this.isWorking) return
    this.isWorking = true
    for (let next = this.waiting.shift(); next !== undefined; next = this.waiting.shift()) await this.tell(next)
    this.isWorking = false
  }

  private async tell({ number, news }: NumberedNews): Promise<void> {
    if (news.kind === 'pending') {
      for (const { listener } of this.those('newPendingTransactions', number)) {
        listener.deliver(JSON.stringify(data(news.hash)))
      }
      return
    }
    for (const block of news.removed) await this.tellLogs(block, number, 'removed')
    for (const block of news.added) {
      this.tellHead(block, number)
      await this.tellLogs(block, number, 'added')
    }
  }

  private tellHead(block: ExecutionBlock, number: number): void {
    const listening = this.those('newHeads', number)
    if (listening.length === 0) return
    try {
      const text = JSON.stringify(headWithHash(block.hash, decodeHeader(block.header)))
      for (const { listener } of listening) listener.deliver(text)
    } catch (error) {
      this.failAll(listening, messageOf(error))
    }
  }

  private async tellLogs(block: ExecutionBlock, number: number, fate: 'added' | 'removed'): Promise<void> {
    if (this.those('logs', number).length === 0) return
    try {
      const decoded = this.chain.decoded(block)
      const logs = logsOf(await this.chain.receipts(decoded))
      // Who listens may have changed meanwhile.
      const listening = this.those('logs', number)
      for (const log of logs) {
        const wanted = listening.filter(({ isWanted }) => isWanted(log.log))
        if (wanted.length === 0) continue
        const text = JSON.stringify(logJson(decoded, log, fate))
        for (const { listener } of wanted) listener.deliver(text)
      }
    } catch (error) {
      this.failAll(this.those('logs', number), `the logs of block ${block.number} cannot be had: ${messageOf(error)}`)
    }
  }

  private those(kind: Topic['kind'], number: number): Listening[] {
    return [...this.listeners].filter(({ topic, since }) => topic.kind === kind && since <= number)
  }

  private failAll(listening: readonly Listening[], reason: string): void {
    for (const each of listening) {
      this.listeners.delete(each)
      each.listener.fail(reason)
    }
  }
}
