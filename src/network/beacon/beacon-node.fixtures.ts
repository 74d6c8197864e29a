/** What beacon nodes answer, for tests: over real HTTP, or by a `fetch` of its own for tests with a clock of their own. */
import { bytesToHex } from '@ethereumjs/util'
import type { Root } from '../../chain/bytes.ts'
import { forkAtSlot } from '../../chain/beacon-config.ts'
import type { Network } from '../../chain/network.ts'
import { containerFork, type MessageKind } from '../../consensus/containers/decode.ts'
import { encodeBootstrap, encodeUpdate } from '../../consensus/containers/encode.ts'
import type { LightClientBootstrap, LightClientUpdate } from '../../consensus/containers/light-client-objects.ts'
import {
  BeaconBlockHeaderType,
  lightClientTypes,
  type BeaconBlockHeader,
} from '../../consensus/containers/ssz-types.ts'
import type { SimulatedClock } from '../../testing/simulated-clock.ts'
import { answering, type Handler } from '../http/http-server.fixtures.ts'
import type { HttpTransport } from '../http/transport.ts'
import { BeaconRest } from './beacon-rest.ts'
import { endpointOf } from '../http/http-server.fixtures.ts'

export const JSON_TYPE = 'application/json'
export const SSZ_TYPE = 'application/octet-stream'
export const HTML = '<!doctype html><title>Log in</title>'

export const restOf = (network: Network, url: string): BeaconRest =>
  new BeaconRest({ network, endpoint: endpointOf(url), onTime: () => undefined })

/** Handlers by path; 404 as the API says it for the rest. */
export const routing =
  (routes: Readonly<Record<string, Handler>>): Handler =>
  (request, response) => {
    const handler = routes[request.url?.split('?')[0] ?? '']
    ;(handler ?? answering(404, JSON_TYPE, '{"code":404,"message":"no such route"}'))(request, response)
  }

/** An object as SSZ and as JSON, with its version. */
export interface WireObject {
  readonly ssz: Uint8Array
  /** `{version, data}` */
  readonly json: unknown
  readonly version: string
  readonly forkDigest: Uint8Array
}

export function wireUpdate(
  network: Network,
  update: LightClientUpdate,
  kind: Exclude<MessageKind, 'bootstrap'>,
): WireObject {
  return wireObject(network, kind, update.attestedHeader.beacon.slot, encodeUpdate(network, update, kind))
}

export const wireBootstrap = (network: Network, bootstrap: LightClientBootstrap): WireObject =>
  wireObject(network, 'bootstrap', bootstrap.header.beacon.slot, encodeBootstrap(network, bootstrap))

function wireObject(
  network: Network,
  kind: MessageKind,
  slot: number,
  { ssz, forkDigest }: { readonly ssz: Uint8Array; readonly forkDigest: Uint8Array },
): WireObject {
  const version = forkAtSlot(network, slot).name
  const type = lightClientTypes(network.preset).messages[containerFork(version, kind)][kind]
  // One of the four types, which the compiler sees as taking what all of them have in common.
  const json = { version, data: type.toJson(type.deserialize(ssz) as never) }
  return { ssz, json, version, forkDigest }
}

/** As the `updates` route sends them. */
export function updateStream(objects: readonly WireObject[]): Uint8Array {
  const chunks = objects.map(({ ssz, forkDigest }) => {
    const chunk = new Uint8Array(12 + ssz.length)
    new DataView(chunk.buffer).setBigUint64(0, BigInt(4 + ssz.length), true)
    chunk.set(forkDigest, 8)
    chunk.set(ssz, 12)
    return chunk
  })
  return new Uint8Array(Buffer.concat(chunks))
}

/** SSZ where it is accepted, JSON otherwise. */
export const negotiating =
  ({ ssz, json, version }: WireObject): Handler =>
  (request, response) =>
    (request.headers.accept?.includes(SSZ_TYPE) === true
      ? answering(200, SSZ_TYPE, ssz, { 'eth-consensus-version': version })
      : answering(200, JSON_TYPE, JSON.stringify(json)))(request, response)

export const genesisJson = ({ genesisTime, genesisValidatorsRoot }: Network): string =>
  JSON.stringify({
    data: {
      genesis_time: String(genesisTime),
      genesis_validators_root: bytesToHex(genesisValidatorsRoot),
      genesis_fork_version: '0x00000001',
    },
  })

export const headerJson = (header: BeaconBlockHeader): string =>
  JSON.stringify({
    execution_optimistic: false,
    finalized: true,
    data: {
      root: bytesToHex(BeaconBlockHeaderType.hashTreeRoot(header)),
      canonical: true,
      header: { message: BeaconBlockHeaderType.toJson(header), signature: `0x${'00'.repeat(96)}` },
    },
  })

export const headEvent = (slot: number, blockRoot: Root): string =>
  `event: head\ndata: ${JSON.stringify({ slot: String(slot), block: bytesToHex(blockRoot) })}\n\n`

/** What a `fetch` without a network answers by path; a stream ends with its request's signal. */
export interface LocalNode {
  readonly transport: HttpTransport
  /** Path and query of each request with the time it came at. */
  readonly requests: readonly (readonly [at: number, request: string])[]
  /** To be changed while it runs. */
  routes: Record<string, () => Response | Promise<Response>>
}

export function localNode(clock: SimulatedClock, routes: LocalNode['routes']): LocalNode {
  const requests: [number, string][] = []
  const node: LocalNode = {
    requests,
    routes,
    transport: {
      clock,
      origin: undefined,
      fetch: async (url) => {
        const { pathname, search } = new URL(url)
        requests.push([clock.now(), `${pathname}${search}`])
        return (await node.routes[pathname]?.()) ?? new Response('{}', { status: 404 })
      },
    },
  }
  return node
}

export const jsonResponse = (json: unknown): Response =>
  new Response(JSON.stringify(json), { headers: { 'content-type': JSON_TYPE } })

/** An event stream that a test writes to. */
export function eventStream(): {
  readonly response: Response
  readonly write: (text: string) => void
  readonly close: () => void
  /** Whether its reader has let go of it. */
  readonly isCancelled: () => boolean
} {
  let controller: ReadableStreamDefaultController<Uint8Array> | undefined
  let cancelled = false
  const body = new ReadableStream<Uint8Array>({
    start: (started) => void (controller = started),
    cancel: () => void (cancelled = true),
  })
  return {
    response: new Response(body, { headers: { 'content-type': 'text/event-stream' } }),
    write: (text) => controller?.enqueue(new TextEncoder().encode(text)),
    close: () => controller?.close(),
    isCancelled: () => cancelled,
  }
}
