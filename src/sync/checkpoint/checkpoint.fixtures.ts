/** What checkpoint tests share: a web of made-up hosts on the test's clock, and sources without a web. */
import { bytesToHex } from '@ethereumjs/util'
import { asRoot, type Root } from '../../chain/bytes.ts'
import type { Clock } from '../../chain/clock.ts'
import type { HttpTransport } from '../../network/http/transport.ts'
import { SourceError, type CheckpointSource, type FinalizedCheckpoint } from './checkpoint-source.ts'

export const root = (byte: number): Root => asRoot(new Uint8Array(32).fill(byte))
export const hexRoot = (byte: number): string => bytesToHex(root(byte))

/** JSON by path; a function makes the answer itself; the text `hang` never answers, other text is a page. Other paths are 404. */
export type Routes = Readonly<Record<string, object | string | (() => Response)>>

/** Hosts by origin. An origin that is missing cannot be reached. */
export function webOf(
  hosts: Readonly<Record<string, Routes>>,
  clock: Clock,
): { transport: HttpTransport; asked: string[] } {
  const asked: string[] = []
  const fetch = (url: string, init: RequestInit): Promise<Response> => {
    asked.push(url)
    const { origin, pathname } = new URL(url)
    const routes = hosts[origin]
    if (routes === undefined) return Promise.reject(new TypeError('fetch failed'))
    const route = routes[pathname] ?? (() => Response.json({ code: 404, message: 'not found' }, { status: 404 }))
    if (route === 'hang') return new Promise((_, reject) => untilStopped(init, reject))
    if (typeof route === 'function') return Promise.resolve((route as () => Response)())
    return Promise.resolve(typeof route === 'string' ? page(route) : Response.json(route))
  }
  return { transport: { fetch, clock, origin: undefined }, asked }
}

const untilStopped = ({ signal }: RequestInit, reject: (reason: Error) => void): void =>
  signal?.addEventListener('abort', () => reject(signal.reason as Error))

const page = (text: string): Response => new Response(text, { headers: { 'content-type': 'text/html' } })

export const finality = (epoch: number, byte: number) => ({ finalized: { epoch: String(epoch), root: hexRoot(byte) } })

export const header = (slot: number, byte: number, said: { canonical?: boolean; finalized?: boolean } = {}) => ({
  finalized: said.finalized ?? true,
  data: {
    root: hexRoot(byte),
    canonical: said.canonical ?? true,
    header: { message: { slot: String(slot) }, signature: '0x' },
  },
})

/** What a source without a web knows: the byte of each epoch's root, the newest being the last. */
export interface Knowledge {
  readonly epochs: Readonly<Record<number, number>>
  /** Default: 10. */
  readonly ms?: number
  readonly hangs?: boolean
}

export class KnowingSource implements CheckpointSource {
  asked = 0

  constructor(
    readonly name: string,
    readonly owner: string,
    private readonly clock: Clock,
    public knowledge: Knowledge | undefined,
  ) {}

  latest(): Promise<FinalizedCheckpoint> {
    this.asked += 1
    return this.#answer((epochs) => Math.max(...Object.keys(epochs).map(Number)))
  }

  ofEpoch(epoch: number): Promise<FinalizedCheckpoint> {
    return this.#answer(() => epoch)
  }

  /** It does not listen to signals, as some transports do not. */
  #answer(choose: (epochs: Knowledge['epochs']) => number): Promise<FinalizedCheckpoint> {
    const { knowledge } = this
    return new Promise((resolve, reject) => {
      const ms = knowledge?.ms ?? 10
      if (knowledge?.hangs === true) return
      this.clock.after(ms, () => {
        const epoch = choose(knowledge?.epochs ?? {})
        const byte = knowledge?.epochs[epoch]
        if (byte !== undefined) resolve({ epoch, root: root(byte) })
        else reject(new SourceError({ code: 'unreachable' }, `${this.name} is down`))
      })
    })
  }
}

/** How a promise ended, once the clock was moved far enough. */
export function outcomeOf<T>(promise: Promise<T>): { value?: T; error?: Error } {
  const outcome: { value?: T; error?: Error } = {}
  promise.then(
    (value) => (outcome.value = value),
    (error: Error) => (outcome.error = error),
  )
  return outcome
}
