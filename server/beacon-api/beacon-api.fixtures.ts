/** What tests of the beacon API share: a devnet by a clock of their own, and a client of it. */
import type { DevnetBeacon, DevnetBeaconOptions } from '../devnet/start-devnet-beacon.ts'
import { startDevnetBeacon } from '../devnet/start-devnet-beacon.ts'
import { SimulatedClock } from '../../src/testing/simulated-clock.ts'

/** 2026-11-21 10:00:00 UTC. */
export const START = 1_795_255_200_000
/** Of the minimal preset, ms. */
export const SLOT = 6_000

export interface TestDevnet extends DevnetBeacon {
  readonly clock: SimulatedClock
  readonly client: ApiClient
}

/** Stands at slot 127 of two periods. */
export async function testDevnet(options: DevnetBeaconOptions = {}): Promise<TestDevnet> {
  const clock = new SimulatedClock(START)
  const devnet = await startDevnetBeacon({ clock, agePeriods: 2, ...options })
  return { ...devnet, clock, client: new ApiClient(devnet.url) }
}

export class ApiClient {
  constructor(readonly url: string) {}

  get(path: string, accept?: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`${this.url}${path}`, { headers: accept === undefined ? {} : { Accept: accept }, ...init })
  }

  async json(path: string): Promise<Record<string, unknown>> {
    return (await (await this.get(path)).json()) as Record<string, unknown>
  }

  async data(path: string): Promise<Record<string, unknown>> {
    return (await this.json(path))['data'] as Record<string, unknown>
  }

  async ssz(path: string): Promise<Uint8Array> {
    return new Uint8Array(await (await this.get(path, 'application/octet-stream')).arrayBuffer())
  }

  async status(path: string): Promise<number> {
    const response = await this.get(path)
    await response.arrayBuffer()
    return response.status
  }

  async listen(topics: string): Promise<Listener> {
    return new Listener(await this.get(`/eth/v1/events?topics=${topics}`, 'text/event-stream'))
  }
}

/** What happens on a socket takes a moment, which no clock of a test measures. */
export async function eventually(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => void setTimeout(resolve, 5))
}

/** Events as they come, `topic slot` each. */
export class Listener {
  readonly seen: string[] = []
  #text = ''
  readonly ended: Promise<void>

  constructor(response: Response) {
    this.ended = this.#read(response)
  }

  async #read({ body }: Response): Promise<void> {
    const decoder = new TextDecoder()
    try {
      for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
        this.#text += decoder.decode(chunk, { stream: true })
        for (let end = this.#text.indexOf('\n\n'); end !== -1; end = this.#text.indexOf('\n\n')) {
          this.#take(this.#text.slice(0, end))
          this.#text = this.#text.slice(end + 2)
        }
      }
    } catch {
      // Cut by the server or by the test: what came is what is looked at.
    }
  }

  #take(event: string): void {
    if (event.startsWith(':')) {
      this.seen.push('comment')
      return
    }
    const [, topic, data] = /^event: (\S+)\ndata: (.*)$/.exec(event) ?? []
    const slot = /"slot":"(\d+)"/.exec(data ?? '')?.[1]
    this.seen.push(`${topic} ${slot ?? data}`)
  }

  /** Once there are so many of them. */
  async until(count: number): Promise<string[]> {
    await eventually(() => this.seen.length >= count)
    return this.seen
  }
}
