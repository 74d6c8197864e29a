/**
 * Subscriptions and filters of this tab's provider, under the ids that it knows. The node that keeps them may end, and another
 * make them anew under ids of its own: they then go on where they were.
 */
import type { SessionCall } from '../../rpc/session-messages.ts'

export type SessionRequest = Extract<SessionCall, { readonly kind: 'request' }>

export interface Listening {
  /** By which it was made. */
  readonly request: SessionRequest
  /** The id that the provider knows it by. */
  readonly id: string
  /** Its id at the node that answers now; undefined until it was made there. */
  nodeId: string | undefined
  /** Hash of the block up to which everything was told. */
  told: string | undefined
}

const MAKING: ReadonlySet<string> = new Set([
  'eth_subscribe',
  'eth_newFilter',
  'eth_newBlockFilter',
  'eth_newPendingTransactionFilter',
])

const ENDING: ReadonlySet<string> = new Set(['eth_unsubscribe', 'eth_uninstallFilter'])

const NAMING: ReadonlySet<string> = new Set([...ENDING, 'eth_getFilterChanges', 'eth_getFilterLogs'])

/** More than a node has for one session (1,000 subscriptions, 256 filters) and says of what ends there; a faulty one may not. */
export const MAX_LISTENINGS = 2_000

/** Always: an id of the provider names at most one; at most {@link MAX_LISTENINGS} are known. */
export class Listenings {
  private readonly byId = new Map<string, Listening>()
  private readonly byNodeId = new Map<string, Listening>()

  /**
   * A request was answered with this result.
   *
   * @returns what has to end since there would be too many: the oldest filter, which whoever polls it makes again; or else
   * the oldest subscription
   */
  answered(request: SessionRequest, result: unknown): Listening | undefined {
    if (MAKING.has(request.method) && typeof result === 'string') {
      this.placed({ request, id: result, nodeId: undefined, told: undefined }, result)
    } else if (ENDING.has(request.method)) {
      const listening = this.named(request)
      if (listening !== undefined) this.delete(listening)
    }
    if (this.byId.size <= MAX_LISTENINGS) return undefined
    const all = [...this.byId.values()]
    return all.find((listening) => !isSubscription(listening)) ?? all[0]
  }

  has({ id }: Listening): boolean {
    return this.byId.has(id)
  }

  /** It is at the node under this id. */
  placed(listening: Listening, nodeId: string): void {
    listening.nodeId = nodeId
    this.byId.set(listening.id, listening)
    this.byNodeId.set(nodeId, listening)
  }

  /** Nothing is left at the node. */
  lost(): void {
    this.byNodeId.clear()
    for (const listening of this.byId.values()) listening.nodeId = undefined
  }

  delete(listening: Listening): void {
    this.byId.delete(listening.id)
    if (listening.nodeId !== undefined) this.byNodeId.delete(listening.nodeId)
  }

  /** What a request is about by its id; undefined where it is about none that is known. */
  named({ method, params }: SessionRequest): Listening | undefined {
    if (!NAMING.has(method) || !Array.isArray(params)) return undefined
    const id: unknown = (params as readonly unknown[])[0]
    return typeof id === 'string' ? this.byId.get(id) : undefined
  }

  ofNode(nodeId: string): Listening | undefined {
    return this.byNodeId.get(nodeId)
  }

  isEnding({ method }: SessionRequest): boolean {
    return ENDING.has(method)
  }

  /** Those that are to be made at the node. */
  missing(): readonly Listening[] {
    return [...this.byId.values()].filter(({ nodeId }) => nodeId === undefined)
  }
}

export const isSubscription = ({ request }: Listening): boolean => request.method === 'eth_subscribe'

/** As the node knows it. */
export function atNode(request: SessionRequest, listening: Listening): SessionRequest {
  const [, ...others] = request.params as readonly never[]
  return { ...request, params: [listening.nodeId!, ...others] }
}
