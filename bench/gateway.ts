/** `gateway`: requests that a gateway with a devnet answers, by route and by how much each asks for. */
import { bytesToHex } from '@ethereumjs/util'
import { asHash, type Hash } from '../src/chain/bytes.ts'
import { systemClock } from '../src/chain/clock.ts'
import { loadWasmCrypto } from '../src/execution/crypto/wasm-crypto.ts'
import { HttpEndpoint } from '../src/network/http/http-endpoint.ts'
import { parseServerUrl } from '../src/network/http/server-url.ts'
import { platformTransport } from '../src/network/http/transport.ts'
import type { StateKind, StateRequestOf, TouchedKeys } from '../src/network/state-service/messages.ts'
import { httpForm } from '../src/network/state-service/http-form.ts'
import { STATE_MEDIA_TYPE } from '../src/network/state-service/constants.ts'
import { StateServiceClient } from '../src/network/state-service/state-service-client.ts'
import { startGatewayProcess } from './gateway-process.ts'

/** Blocks with workload before the start: what is asked for comes from them. */
const BLOCKS = 16

/** Requests under way at a time: enough that the server never waits for the client. */
const PARALLEL = 8

/** ms of each measurement, after {@link WARM_UP_MS}. */
const MEASURED_MS = 3_000
const WARM_UP_MS = 500

interface Route {
  readonly route: string
  /** Things asked for by one request. */
  readonly batch: number
  /** The request of a turn; those of successive turns ask for different things. */
  readonly request: (turn: number) => Request
}

/** What there is to ask for. */
interface Content {
  readonly blocks: readonly Hash[]
  readonly head: { readonly number: number; readonly stateRoot: Hash }
  readonly nodes: readonly Hash[]
  readonly codes: readonly Hash[]
  readonly keys: readonly TouchedKeys[]
}

export async function benchGateway(_: unknown, files: readonly string[], print: (line: object) => void): Promise<void> {
  // One client asks more than any tab would.
  const options = ['--devnet', '--slots', `${BLOCKS}`, '--slot', '12', '--max-requests-per-second', '1000000', ...files]
  const gateway = await startGatewayProcess(options)
  try {
    print({ bench: 'gateway', where: 'node', route: 'start', ms: Math.round(gateway.readyMs) })
    const content = await contentOf(gateway.url)
    const { keccak } = await loadWasmCrypto()
    for (const route of routesOf(gateway.url, content, keccak)) print(await measure(route))
    const mebibytes = (await gateway.residentBytes()) / 2 ** 20
    print({ bench: 'gateway', where: 'node', route: 'memory', residentMiB: Math.round(mebibytes) })
  } finally {
    await gateway.stop()
  }
}

async function contentOf(url: string): Promise<Content> {
  const client = new StateServiceClient(new HttpEndpoint(parseServerUrl(url), platformTransport(systemClock)))
  const { signal } = new AbortController()
  const { head } = await client.ask('status', {}, signal)
  const { keccak } = await loadWasmCrypto()
  const { headers } = await client.ask('headers', { start: { hash: head.hash }, count: BLOCKS }, signal)
  const blocks = headers.map((header) => asHash(keccak(header)))
  const metadata = await Promise.all(blocks.map((blockHash) => client.ask('witnessMetadata', { blockHash }, signal)))
  const distinct = (hashes: readonly Hash[]) => [...new Map(hashes.map((hash) => [bytesToHex(hash), hash])).values()]
  return {
    blocks,
    head: { number: head.number, stateRoot: stateRootOf(headers[0]!) },
    // Nodes of older states are pruned one day; those that newer blocks read are there.
    nodes: distinct(metadata.flatMap(({ nodes }) => nodes)),
    codes: distinct(metadata.flatMap(({ codes }) => codes)),
    keys: metadata.flatMap(({ keys }) => keys ?? []),
  }
}

/** The fourth field of a header: behind a list's head of 3 bytes, two hashes and an address. */
const stateRootOf = (header: Uint8Array): Hash => asHash(header.slice(3 + 33 + 33 + 21 + 1, 3 + 33 + 33 + 21 + 33))

function* routesOf(url: string, content: Content, keccak: (bytes: Uint8Array) => Uint8Array): Generator<Route> {
  const state = <K extends StateKind>(kind: K, request: StateRequestOf<K>): Request => {
    const { path, query, body } = httpForm(kind, request)
    const address = new URL(url + path)
    for (const [name, value] of Object.entries(query ?? {})) {
      for (const one of typeof value === 'string' ? [value] : value) address.searchParams.append(name, one)
    }
    const headers = { Accept: STATE_MEDIA_TYPE, ...(body !== undefined && { 'Content-Type': STATE_MEDIA_TYPE }) }
    return new Request(address, { headers, ...(body !== undefined && { method: 'POST', body }) })
  }
  const rpc = (calls: readonly object[]): Request =>
    new Request(`${url}/rpc`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(calls.map((call, id) => ({ jsonrpc: '2.0', id, ...call }))),
    })
  const pick = <T>(from: readonly T[], turn: number, count: number): T[] =>
    Array.from({ length: count }, (_, i) => from[(turn * count + i) % from.length]!)

  for (const batch of [1, 8, 32, 128, 384]) {
    yield { route: 'nodes', batch, request: (turn) => state('nodes', { hashes: pick(content.nodes, turn, batch) }) }
  }
  for (const batch of [1, 8]) {
    yield { route: 'codes', batch, request: (turn) => state('codes', { hashes: pick(content.codes, turn, batch) }) }
  }
  for (const batch of [1, 16, 64, 256]) {
    const keys = (turn: number) =>
      pick(content.keys, turn, batch).map(({ address, slots }) => ({
        account: asHash(keccak(address)),
        slots: slots.slice(0, 1).map((slot) => asHash(keccak(slot))),
      }))
    yield {
      route: 'paths',
      batch,
      request: (turn) => state('paths', { stateRoot: content.head.stateRoot, keys: keys(turn) }),
    }
  }
  for (const batch of [1, 16, 64]) {
    const call = ({ address, slots }: TouchedKeys) => ({
      method: 'eth_getProof',
      params: [bytesToHex(address), slots.slice(0, 1).map(bytesToHex), `0x${content.head.number.toString(16)}`],
    })
    yield { route: 'eth_getProof', batch, request: (turn) => rpc(pick(content.keys, turn, batch).map(call)) }
  }
  const block = (turn: number) => content.blocks[turn % content.blocks.length]!
  yield { route: 'witness', batch: 1, request: (turn) => state('witness', { blockHash: block(turn) }) }
  yield { route: 'witnessMetadata', batch: 1, request: (turn) => state('witnessMetadata', { blockHash: block(turn) }) }
  yield { route: 'block', batch: 1, request: (turn) => state('block', { blockHash: block(turn) }) }
  yield {
    route: 'range',
    batch: 1,
    request: (turn) =>
      state('range', {
        stateRoot: content.head.stateRoot,
        account: undefined,
        origin: asHash(keccak(Uint8Array.of(turn & 255, (turn >> 8) & 255))),
        limit: asHash(new Uint8Array(32).fill(255)),
        maxBytes: 65_536,
      }),
  }
}

async function measure({ route, batch, request }: Route): Promise<object> {
  let turn = 0
  let bytes = 0
  const times: number[] = []
  const start = performance.now()
  const worker = async () => {
    while (performance.now() - start < WARM_UP_MS + MEASURED_MS) {
      const begun = performance.now()
      const response = await fetch(request(turn++))
      const body = await response.arrayBuffer()
      if (!response.ok) throw new Error(`${route}: ${response.status} ${new TextDecoder().decode(body).slice(0, 300)}`)
      if (begun - start < WARM_UP_MS) continue
      times.push(performance.now() - begun)
      bytes += body.byteLength
    }
  }
  await Promise.all(Array.from({ length: PARALLEL }, worker))
  const seconds = (performance.now() - start - WARM_UP_MS) / 1_000
  times.sort((a, b) => a - b)
  const requestsPerSecond = times.length / seconds
  return {
    bench: 'gateway',
    where: 'node',
    route,
    batch,
    requestsPerSecond: Math.round(requestsPerSecond),
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    bytes: Math.round(bytes / times.length),
    // Constant or falling with the batch, where a request costs no more than what it asks for.
    usPerItem: Math.round(1e6 / (requestsPerSecond * batch)),
  }
}

const quantile = (sorted: readonly number[], share: number): number =>
  Number((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN).toFixed(2))
