/** Asks servers for the same thing, one after another, until its owner has what it needs or all have had their turn. */
import { REQUEST_RULES, type RequestKind, type RequestOf } from '../../network/request-server.ts'
import type { Environment, ServerHandle } from '../environment.ts'
import type { ModuleEvent, RequestFailure, RequestId, SentRequest, SentResponse } from '../module.ts'

export interface AskAroundOptions<K extends RequestKind> {
  readonly kind: K
  readonly request: RequestOf<K>
  /** Servers that are waited for at a time. One that is late is waited for still, while another is asked beside it. */
  readonly atOnce: number
  /** Servers to ask, at most; default: all there are. */
  readonly most?: number
  /** Waited for also while they take no requests; may lose members, and its owner may lose patience. Default: none. */
  readonly expected?: ReadonlySet<ServerHandle>
}

/** Late ones beside those waited for: three slow servers in a row are the network's fault, and more requests would not help it. */
const MAX_LATE = 3

export type AskAroundEvent<K extends RequestKind> =
  | (SentResponse<K> & { readonly kind: 'response' })
  | (SentRequest<K> & { readonly kind: 'failure'; readonly failure: RequestFailure })

/**
 * Always: each server is asked once; never more than `atOnce` that are on time, and {@link MAX_LATE} that are late.
 * Requests that are still open when the owner drops it end by themselves, unheard.
 */
export class AskAround<K extends RequestKind> {
  readonly #options: AskAroundOptions<K>
  readonly #asked = new Set<ServerHandle>()
  readonly #open = new Map<RequestId, 'onTime' | 'late'>()

  constructor(options: AskAroundOptions<K>) {
    this.#options = options
  }

  get asked(): ReadonlySet<ServerHandle> {
    return this.#asked
  }

  /**
   * Sends what may be sent now; to be called in each turn.
   * @returns `over` when everybody who can be asked, or is expected, has answered or failed; `nobody` where there is nobody to ask
   */
  step(environment: Environment): 'open' | 'over' | 'nobody' {
    const { kind, request, most = Infinity, expected = new Set() } = this.#options
    for (const server of environment.candidates(kind)) {
      if (!this.#hasRoom() || this.#asked.size >= most) break
      if (this.#asked.has(server)) continue
      this.#asked.add(server)
      this.#open.set(environment.send(server, kind, request), 'onTime')
    }
    const isAwaited = (server: ServerHandle) =>
      !this.#asked.has(server) && REQUEST_RULES[kind].capability in server.capabilities
    if (this.#open.size > 0 || (this.#asked.size < most && [...expected].some(isAwaited))) return 'open'
    return this.#asked.size === 0 ? 'nobody' : 'over'
  }

  /** @returns the event where it ends one of these requests */
  hear(event: ModuleEvent): AskAroundEvent<K> | undefined {
    if (event.kind !== 'late' && event.kind !== 'response' && event.kind !== 'failure') return undefined
    if (!this.#open.has(event.id)) return undefined
    if (event.kind === 'late') {
      this.#open.set(event.id, 'late')
      return undefined
    }
    this.#open.delete(event.id)
    // Its requests are all of kind K, which the event's type cannot know.
    return event as AskAroundEvent<K>
  }

  #hasRoom(): boolean {
    const late = [...this.#open.values()].filter((state) => state === 'late').length
    return this.#open.size - late < this.#options.atOnce && late < MAX_LATE
  }
}
