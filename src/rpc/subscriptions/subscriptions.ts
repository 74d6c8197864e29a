/**
 * What one session has subscribed to.
 *
 * Always: nothing is told of a subscription before the answer that names it is out; what it is told is in the chain's order.
 * One that cannot be kept up, also before that, ends with a last notification whose result is `{ error: { code, message } }`,
 * and `ended`: whoever hears it asks for what was missed, and subscribes again.
 */
import { data } from '../../network/json-rpc/hex.ts'
import type { Json } from '../../network/json-rpc/json.ts'
import { headWithHash } from '../../network/json-rpc/objects/block-json.ts'
import { decodeHeader } from '../../network/json-rpc/objects/header.ts'
import type { Topic } from '../../network/json-rpc/params/subscription.ts'
import { limitExceeded, unavailable } from '../../network/json-rpc/rpc-error.ts'
import type { RpcSetting } from '../rpc-setting.ts'
import type { SessionNews } from '../session-messages.ts'
import { syncingJson } from '../syncing.ts'
import { placeAfter, type ChainFeed, type ChainStep } from './chain-feed.ts'
import { MAX_HELD, MAX_SUBSCRIPTIONS } from './constants.ts'
import { LogQueue } from './log-queue.ts'
import { newId } from './new-id.ts'

export interface SubscriptionsOptions {
  readonly setting: RpcSetting
  readonly feed: ChainFeed
  /** To the provider; must not throw. */
  readonly send: (news: SessionNews) => void
}

/** What may be subscribed to: all but what nobody can prove. */
export type ProvenTopic = Exclude<Topic, { readonly kind: 'newPendingTransactions' }>

export class Subscriptions {
  /** How each ends, by id. */
  private readonly open = new Map<string, () => void>()
  /** What those have to say whose names are not out yet. */
  private readonly held = new Map<string, Json[]>()
  /** Up to which block, by its hash, everything was told of each whose name is not out yet. */
  private readonly places = new Map<string, Uint8Array>()
  private readonly ofSyncing = new Set<string>()
  private wasSyncing: boolean

  constructor(private readonly options: SubscriptionsOptions) {
    this.wasSyncing = this.isSyncing()
  }

  /** @param signal the request is of no use any more: nothing is left of it. @throws {RpcError} -32005 */
  subscribe(topic: ProvenTopic, signal: AbortSignal, feed = this.options.feed): string {
    signal.throwIfAborted()
    if (this.open.size >= MAX_SUBSCRIPTIONS)
      throw limitExceeded(`${MAX_SUBSCRIPTIONS} subscriptions are there: end some with eth_unsubscribe`)
    const id = newId()
    this.held.set(id, [])
    const here = topic.kind === 'syncing' ? undefined : feed.here()
    if (here !== undefined) this.tellPlace(id, here.hash)
    this.open.set(id, this.begin(id, topic, feed))
    signal.addEventListener('abort', () => this.held.has(id) && this.unsubscribe(id), { once: true })
    return id
  }

  has(id: string): boolean {
    return this.open.has(id)
  }

  /** Whether there was such a subscription. */
  unsubscribe(id: string): boolean {
    this.open.get(id)?.()
    this.held.delete(id)
    this.places.delete(id)
    return this.open.delete(id)
  }

  /** The answer is out: it may name a subscription. */
  answered(result: Json): void {
    if (typeof result !== 'string') return
    const held = this.held.get(result)
    if (held === undefined) return
    const place = this.places.get(result)
    this.held.delete(result)
    this.places.delete(result)
    for (const each of held) this.notify(result, each)
    if (!this.open.has(result)) this.options.send({ kind: 'ended', of: result })
    else if (place !== undefined) this.tellPlace(result, place)
  }

  headChanged(): void {
    const isSyncing = this.isSyncing()
    if (isSyncing === this.wasSyncing) return
    this.wasSyncing = isSyncing
    const status = syncingJson(this.options.setting.view)
    for (const id of this.ofSyncing) this.deliver(id, status === false ? false : { syncing: true, status })
  }

  close(): void {
    for (const id of [...this.open.keys()]) this.unsubscribe(id)
  }

  private begin(id: string, topic: ProvenTopic, feed: ChainFeed): () => void {
    const { setting } = this.options
    const fail = (reason: string): void => this.fail(id, reason)
    switch (topic.kind) {
      case 'syncing':
        this.ofSyncing.add(id)
        return () => void this.ofSyncing.delete(id)
      case 'newHeads':
        return feed.listen({ steps: (steps) => this.tellHeads(id, steps), fail })
      case 'logs': {
        const queue = new LogQueue(topic.criteria, setting, {
          deliver: (log) => this.deliver(id, log),
          told: (block) => this.tellPlace(id, block),
          fail,
        })
        const stop = feed.listen(queue)
        return () => {
          stop()
          queue.end()
        }
      }
    }
  }

  private tellHeads(id: string, steps: readonly ChainStep[]): void {
    for (const { fate, header } of steps)
      if (fate === 'added') this.deliver(id, headWithHash(header.hash, decodeHeader(header.rlp)))
    const last = steps.at(-1)
    if (last !== undefined) this.tellPlace(id, placeAfter(last))
  }

  private tellPlace(id: string, block: Uint8Array): void {
    if (this.held.has(id)) this.places.set(id, block)
    else if (this.open.has(id)) this.options.send({ kind: 'told', of: id, block: data(block) })
  }

  private deliver(id: string, result: Json): void {
    if (!this.open.has(id)) return
    const held = this.held.get(id)
    if (held === undefined) this.notify(id, result)
    else if (held.length < MAX_HELD) held.push(result)
    else this.fail(id, `more than ${MAX_HELD} notifications came before its name was out`)
  }

  private notify(id: string, result: Json): void {
    this.options.send({ kind: 'notification', subscription: id, result })
  }

  /** What is held of one whose name is not out yet stays: it is told with the name, and last that it has ended. */
  private fail(id: string, reason: string): void {
    const stop = this.open.get(id)
    if (stop === undefined) return
    this.open.delete(id)
    stop()
    const { code, message } = unavailable(`the subscription has ended: ${reason}`)
    const last = { error: { code, message } }
    const held = this.held.get(id)
    if (held !== undefined) return void held.push(last)
    this.notify(id, last)
    this.options.send({ kind: 'ended', of: id })
  }

  private isSyncing(): boolean {
    return this.options.setting.view.heads.reason() !== undefined
  }
}
