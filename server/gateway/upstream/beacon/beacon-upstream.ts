/** One beacon node behind the gateway: asked once it is known to be of the network, and listened to. */
import type { Network } from '../../../../src/chain/network.ts'
import { BeaconRest } from '../../../../src/network/beacon/beacon-rest.ts'
import { beaconServer, type BeaconServer } from '../../../../src/network/beacon/beacon-server.ts'
import { HttpEndpoint } from '../../../../src/network/http/http-endpoint.ts'
import { parseServerUrl } from '../../../../src/network/http/server-url.ts'
import type { HttpTransport } from '../../../../src/network/http/transport.ts'
import { RequestError, type ModuleNews, type ServerNews } from '../../../../src/network/request-server.ts'
import type { Upstream } from '../first-good.ts'

export interface BeaconUpstreamOptions {
  readonly network: Network
  readonly url: string
  readonly transport: HttpTransport
  readonly onNews: (news: ModuleNews) => void
}

export class BeaconUpstream implements Upstream {
  readonly #server: BeaconServer
  readonly #rest: BeaconRest
  readonly #onNews: (news: ModuleNews) => void
  /** The last that it failed at. */
  #trouble: string
  #stop: () => void = () => undefined

  /** @throws {ServerUrlError} */
  constructor({ network, url, transport, onNews }: BeaconUpstreamOptions) {
    this.#server = beaconServer({ network, url, transport })
    const endpoint = new HttpEndpoint(parseServerUrl(url), transport)
    this.#rest = new BeaconRest({ network, endpoint, onTime: () => undefined })
    this.#onNews = onNews
    this.#trouble = `${this.name} has not answered yet`
  }

  get name(): string {
    return this.#server.name
  }

  /** @throws {RequestError} where it is not known to be of our network */
  rest(): BeaconRest {
    if (this.#server.capabilities.headers !== undefined) return this.#rest
    throw new RequestError({ code: 'unreachable' }, this.#trouble)
  }

  /** Resolves when it has answered or failed once. */
  start(): Promise<void> {
    return new Promise((resolve) => {
      this.#stop = this.#server.subscribe((news) => {
        this.#hear(news)
        if (news.kind === 'capabilities' || news.kind === 'fault') resolve()
      })
    })
  }

  stop(): void {
    this.#stop()
  }

  #hear(news: ServerNews): void {
    if (news.kind === 'fault') this.#trouble = news.error.message
    else if (news.kind !== 'limits') this.#onNews(news)
  }
}
