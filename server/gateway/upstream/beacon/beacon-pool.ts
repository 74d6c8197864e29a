/** Beacon nodes of one network that are asked for the same: the first good answer counts. */
import type { Clock } from '../../../../src/chain/clock.ts'
import type { Network } from '../../../../src/chain/network.ts'
import type { BeaconRest } from '../../../../src/network/beacon/beacon-rest.ts'
import type { HttpTransport } from '../../../../src/network/http/transport.ts'
import { pause } from '../../../../src/network/pause.ts'
import { RequestError, type ModuleNews } from '../../../../src/network/request-server.ts'
import { firstGood, QUICK } from '../first-good.ts'
import { limitedTransport } from '../limited-transport.ts'
import { BeaconUpstream } from './beacon-upstream.ts'

export interface BeaconPoolOptions {
  readonly network: Network
  readonly urls: readonly string[]
  readonly transport: HttpTransport
  readonly clock: Clock
  /** What any of them says unasked. */
  readonly onNews: (news: ModuleNews) => void
}

/** An answer that is of another block than was asked for, or a payload that is of none. */
export class WrongBlockError extends Error {
  override name = 'WrongBlockError'
}

/** Asks one server. @throws {RequestError} */
export type AskBeacon<T> = (rest: BeaconRest, signal: AbortSignal) => Promise<T>

/** ms for which a start waits until upstreams have said of which network they are. */
const START_MS = 5_000

/** Always: nothing is asked of a server before it has said that it is of the network. */
export class BeaconPool {
  readonly #upstreams: readonly BeaconUpstream[]
  readonly #closing = new AbortController()
  readonly #clock: Clock
  /** Gave the last good answer, and is asked first. */
  #preferred = 0

  /** @throws {ServerUrlError} */
  constructor({ network, urls, transport, clock, onNews }: BeaconPoolOptions) {
    this.#clock = clock
    this.#upstreams = urls.map(
      (url) => new BeaconUpstream({ network, url, transport: limitedTransport(transport), onNews }),
    )
  }

  get names(): readonly string[] {
    return this.#upstreams.map(({ name }) => name)
  }

  /** Resolves when each upstream has answered or failed once, or after {@link START_MS}. */
  async start(): Promise<void> {
    const enough = new AbortController()
    await Promise.race([
      Promise.all(this.#upstreams.map((upstream) => upstream.start())),
      pause(this.#clock, START_MS, enough.signal),
    ])
    enough.abort()
  }

  /**
   * Beginning with the one that answered last. Undefined where all say that there is no such thing.
   * @throws {UnavailableError} naming each server that failed
   */
  async first<T>(ask: AskBeacon<T>): Promise<T | undefined> {
    const good = await firstGood({
      servers: [...this.#upstreams.slice(this.#preferred), ...this.#upstreams.slice(0, this.#preferred)],
      ask: async (upstream, signal) => {
        try {
          return await ask(upstream.rest(), signal)
        } catch (error) {
          if (error instanceof RequestError && error.fault.code === 'absent') return undefined
          throw error
        }
      },
      isBadAnswer,
      clock: this.#clock,
      times: QUICK,
      closing: this.#closing.signal,
    })
    if (good === undefined) return undefined
    this.#preferred = this.#upstreams.indexOf(good.server)
    return good.answer
  }

  close(): void {
    this.#closing.abort()
    for (const upstream of this.#upstreams) upstream.stop()
  }
}

function isBadAnswer(error: unknown): error is Error {
  return BAD_ANSWERS.some((one) => error instanceof one)
}

const BAD_ANSWERS = [RequestError, WrongBlockError]
