/** Recorded light-client objects through a local server and back. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isDeepStrictEqual } from 'node:util'
import { timeOfSlot } from '../../chain/beacon-config.ts'
import { periodAtSlot } from '../../chain/beacon-preset.ts'
import { asRoot, type Root } from '../../chain/bytes.ts'
import { systemClock } from '../../chain/clock.ts'
import type { Network } from '../../chain/network.ts'
import type { LightClientBootstrap, LightClientUpdate } from '../../consensus/containers/light-client-objects.ts'
import { readBootstrap, readHeadUpdate, readUpdates } from '../../consensus/containers/read-file.ts'
import { BeaconBlockHeaderType } from '../../consensus/containers/ssz-types.ts'
import { readBeaconEvent } from '../../network/beacon/beacon-event.ts'
import { beaconServer } from '../../network/beacon/beacon-server.ts'
import { ACCEPT_JSON, EVENT_MAX, MAX_REQUEST_LIGHT_CLIENT_UPDATES } from '../../network/beacon/constants.ts'
import { EventStreamParser } from '../../network/http/event-stream-parser.ts'
import { platformTransport, type HttpTransport } from '../../network/http/transport.ts'
import type { Answers, ServerNews } from '../../network/request-server.ts'
import { startBeaconApi } from '../../../server/beacon-api/beacon-api-server.ts'
import { recordedSource, type RecordedObjects } from '../../../server/beacon-api/recorded-source.ts'
import { heardWithin } from './heard-within.ts'
import type { Recording } from './recordings.ts'
import type { ConformanceCase, Outcome } from './suite.ts'

/** One object, or the updates of one file: what it should decode to, and how a client asks for it. */
interface Expected {
  readonly what: string
  readonly file: string
  readonly value: unknown
  /** As {@link recordedSource} takes it. */
  readonly objects: RecordedObjects
  readonly fetch: (answers: Answers, signal: AbortSignal) => Promise<unknown>
}

export async function* servedCases(recording: Recording): AsyncIterable<ConformanceCase> {
  const { name, network } = recording
  for await (const expected of expectations(recording)) {
    const { file, what } = expected
    yield {
      name: `${name}/${what}/as recorded`,
      run: async () => {
        const body = await recording.bytes(file)
        return servingBytes(body, contentType(file), (url) => compare(network, url, expected, transports.any))
      },
    }
    for (const form of ['ssz', 'json'] as const) {
      yield {
        name: `${name}/${what}/served as ${form}`,
        run: async () => {
          const server = await startBeaconApi({ source: recordedSource(network, expected.objects) })
          try {
            return await compare(network, server.url, expected, form === 'ssz' ? transports.any : transports.json)
          } finally {
            await server.close()
          }
        },
      }
    }
  }
  for (const file of recording.events) {
    yield { name: `${name}/${file}/as recorded`, run: async () => streamed(network, await recording.bytes(file)) }
  }
}

async function* expectations(recording: Recording): AsyncIterable<Expected> {
  const { network, bytes } = recording
  for (const file of recording.bootstraps) {
    const bootstrap = readBootstrap(network, await bytes(file))
    const blockRoot = rootOf(bootstrap)
    const fetch: Expected['fetch'] = (answers, signal) => must(answers.bootstrap)({ blockRoot }, signal)
    yield { what: file, file, value: bootstrap, objects: { bootstraps: [bootstrap] }, fetch }
  }
  for (const file of recording.updates) {
    const decoded = readUpdates(network, await bytes(file))
    const updates = decoded.map((each) => {
      if (each.kind === 'malformed') throw each.error
      return each.update
    })
    const startPeriod = periodOf(network, updates[0])
    const count = Math.min(updates.length, MAX_REQUEST_LIGHT_CLIENT_UPDATES)
    const fetch: Expected['fetch'] = (answers, signal) => must(answers.updates)({ startPeriod, count }, signal)
    yield { what: file, file, value: decoded, objects: { updates }, fetch }
  }
  for (const { file, kind } of recording.heads) {
    const update = readHeadUpdate(network, kind, await bytes(file))
    const fetch: Expected['fetch'] = (answers, signal) => must(answers[kind])({}, signal)
    yield { what: file, file, value: update, objects: { [kind]: update }, fetch }
  }
}

const node = platformTransport(systemClock)

const transports = {
  any: node,
  /** Of a client that takes no SSZ. */
  json: { ...node, fetch: (url, init) => node.fetch(url, { ...init, headers: { accept: ACCEPT_JSON } }) },
} satisfies Readonly<Record<string, HttpTransport>>

async function compare(
  network: Network,
  url: string,
  { value, fetch }: Expected,
  transport: HttpTransport,
): Promise<Outcome> {
  const came = await fetch(beaconServer({ network, url, transport }).answers, new AbortController().signal)
  return isDeepStrictEqual(came, value)
    ? { kind: 'passed' }
    : { kind: 'failed', error: 'what was fetched is not what was recorded' }
}

/** Answers every request with these bytes. */
async function servingBytes<T>(body: Uint8Array, type: string, use: (url: string) => Promise<T>): Promise<T> {
  const server = createServer((_, response) => void response.writeHead(200, { 'content-type': type }).end(body))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

/** The genesis does not decode from an event stream, so the server is one that is asked nothing but its events. */
async function streamed(network: Network, stream: Uint8Array): Promise<Outcome> {
  const events = new EventStreamParser(EVENT_MAX).push(stream).map((event) => readBeaconEvent(network, event))
  const expected = events.flatMap((event) => (event.kind === 'news' ? [event.news] : []))
  const last = expected.at(-1)
  if (last === undefined) return { kind: 'failed', error: 'no event in the stream' }
  return servingBytes(stream, 'text/event-stream', async (url) => {
    const fetch: HttpTransport['fetch'] = (asked, init) =>
      asked.includes('/events') ? node.fetch(asked, init) : Promise.resolve(new Response(null, { status: 404 }))
    const clock = { ...systemClock, now: () => timeOfSlot(network, last.kind === 'head' ? last.slot : 0) * 1_000 }
    const heard: ServerNews[] = []
    const server = beaconServer({ network, url, transport: { fetch, clock, origin: undefined } })
    const isOver = () => heard.filter(({ kind }) => kind === 'head').length >= expected.length
    const kept = (news: ServerNews) => news.kind !== 'capabilities' && news.kind !== 'fault'
    const stop = server.subscribe((news) => void (kept(news) && heard.push(news)))
    try {
      await heardWithin(isOver)
    } finally {
      stop()
    }
    return isDeepStrictEqual(heard.slice(0, expected.length), expected)
      ? { kind: 'passed' }
      : { kind: 'failed', error: `${heard.length} events were heard, not the ${expected.length} of the recording` }
  })
}

const contentType = (file: string): string => (file.endsWith('.json') ? 'application/json' : 'application/octet-stream')

const rootOf = ({ header }: LightClientBootstrap): Root => asRoot(BeaconBlockHeaderType.hashTreeRoot(header.beacon))

function periodOf({ preset }: Network, update: LightClientUpdate | undefined): number {
  if (update === undefined) throw new Error('the file holds no update')
  return periodAtSlot(preset, update.attestedHeader.beacon.slot)
}

function must<T>(answer: T | undefined): T {
  if (answer === undefined) throw new Error('beacon servers do not answer this')
  return answer
}
