/** A server for tests of the request framework: it does what it is told, on the test's clock. */
import { asRoot } from '../chain/bytes.ts'
import type { Clock } from '../chain/clock.ts'
import {
  RequestError,
  type KnownHeader,
  type RequestFault,
  type RequestServer,
  type ServerNews,
} from '../network/request-server.ts'

/** What becomes of the requests that arrive while it is set; `ms` is the time until then. */
export type Behaviour =
  | { readonly kind: 'answer'; readonly ms: number }
  | { readonly kind: 'fail'; readonly ms: number; readonly fault: RequestFault }
  | { readonly kind: 'throw' }
  | { readonly kind: 'stall' }

/** Takes headers by slot (class `chain`) and by root (class `content`). It answers late even after it was told to stop. */
export class SimulatedServer implements RequestServer {
  capabilities: RequestServer['capabilities'] = { headers: { kind: 'all' } }
  /** Not answered, and not called off. */
  readonly open = { chain: 0, content: 0 }
  /** The most that were {@link open} at once. */
  readonly most = { chain: 0, content: 0 }
  received = 0
  private readonly listeners = new Set<(news: ServerNews) => void>()

  constructor(
    readonly name: string,
    private readonly clock: Clock,
    public behaviour: Behaviour = { kind: 'answer', ms: 10 },
  ) {}

  readonly answers: RequestServer['answers'] = {
    headerBySlot: ({ slot }, signal) => this.respond('chain', slot, signal),
    headerByRoot: ({ blockRoot }, signal) => this.respond('content', blockRoot[0] ?? 0, signal),
  }

  subscribe(listener: (news: ServerNews) => void): () => void {
    this.listeners.add(listener)
    return () => void this.listeners.delete(listener)
  }

  get subscribed(): number {
    return this.listeners.size
  }

  tell(news: ServerNews): void {
    for (const listener of this.listeners) listener(news)
  }

  private respond(load: 'chain' | 'content', slot: number, signal: AbortSignal): Promise<KnownHeader> {
    const { behaviour } = this
    this.received += 1
    if (behaviour.kind === 'throw') throw new TypeError('a transport may throw at once')
    this.open[load] += 1
    this.most[load] = Math.max(this.most[load], this.open[load])
    let counted = true
    const uncount = () => {
      if (counted) this.open[load] -= 1
      counted = false
    }
    signal.addEventListener('abort', uncount)
    return new Promise((resolve, reject) => {
      if (behaviour.kind === 'stall') return
      this.clock.after(behaviour.ms, () => {
        uncount()
        if (behaviour.kind === 'answer') resolve(headerAt(slot))
        else reject(new RequestError(behaviour.fault, `${this.name}: ${behaviour.fault.code}`))
      })
    })
  }
}

export const headNews = (slot: number): ServerNews => ({ kind: 'head', slot, blockRoot: rootOf(slot) })

export const rootOf = (number: number) => asRoot(new Uint8Array(32).fill(number))

function headerAt(slot: number): KnownHeader {
  const zero = new Uint8Array(32)
  const header = { slot, proposerIndex: 0, parentRoot: zero, stateRoot: zero, bodyRoot: zero }
  return { header, canonical: undefined, finalized: undefined }
}
