/**
 * A checkpointz instance or a beacon node as a source (github.com/ethpandaops/checkpointz; beacon-APIs: finality
 * checkpoints, headers). Which of the two it is shows in what it answers.
 */
import type { BeaconPreset } from '../../chain/beacon-preset.ts'
import type { Root } from '../../chain/bytes.ts'
import { readDecimal, readRoot, valueAt } from '../../network/beacon/api-json.ts'
import { boundedSignal } from '../../network/http/bounded-signal.ts'
import { HttpEndpoint } from '../../network/http/http-endpoint.ts'
import { bodyForm } from '../../network/http/media-type.ts'
import { refusalOf } from '../../network/http/refusal.ts'
import { parseServerUrl } from '../../network/http/server-url.ts'
import type { Fetch, HttpTransport } from '../../network/http/transport.ts'
import { RequestError } from '../../network/request-server.ts'
import { SourceError, type CheckpointSource, type FinalizedCheckpoint } from './checkpoint-source.ts'
import { ownerOf } from './owner.ts'

/** Bytes of an answer. A checkpoint takes 500, a checkpointz status with twenty upstreams or its list of slots about 10,000. */
const SOURCE_BODY_MAX = 65_536

/** ms for a question, however many requests it takes: nothing is shown before sources agree, so a hanging one must not hold them for long. */
const SOURCE_TIMEOUT_MS = 10_000

/**
 * Empty slots before an epoch's boundary that are walked over. Five in a row is rare on any network that finalizes, and
 * past them the source is merely asked again for its newest checkpoint.
 */
const MAX_EMPTY_SLOTS = 4

/** @throws {ServerUrlError} for a URL that cannot be asked */
export function httpSource(url: string, preset: BeaconPreset, transport: HttpTransport): CheckpointSource {
  const { name, origin } = parseServerUrl(url)
  const owner = ownerOf(origin)
  const endpoint = new HttpEndpoint(parseServerUrl(url), {
    ...transport,
    fetch: fromOwner(transport.fetch, name, owner),
  })
  return new HttpSource(name, owner, { preset, endpoint })
}

/** What an answer says; undefined where it is of another shape. */
type Reading<T> = (json: unknown, preset: BeaconPreset) => T | undefined

interface Way {
  readonly path: string
  readonly read: Reading<FinalizedCheckpoint | 'notYet'>
}

/**
 * Where the newest checkpoint is found, best first. The state of the head knows a newer one than the finalized state,
 * which is what some nodes offer alone; a header says its epoch only through its slot.
 */
const WAYS: readonly Way[] = [
  { path: '/checkpointz/v1/status', read: (json) => readFinality(valueAt(json, 'data.finality')) },
  { path: '/eth/v1/beacon/states/head/finality_checkpoints', read: (json) => readFinality(valueAt(json, 'data')) },
  { path: '/eth/v1/beacon/states/finalized/finality_checkpoints', read: (json) => readFinality(valueAt(json, 'data')) },
  { path: '/eth/v1/beacon/headers/finalized', read: (json, preset) => readHeader(json, preset) },
]

interface Parts {
  readonly preset: BeaconPreset
  readonly endpoint: HttpEndpoint
}

type Answer =
  | { readonly kind: 'json'; readonly json: unknown }
  /** What it says to this path; what it says to another may differ. */
  | { readonly kind: 'none'; readonly error: SourceError }

class HttpSource implements CheckpointSource {
  /** The way that led to an answer the last time. */
  #way: Way | undefined

  constructor(
    readonly name: string,
    readonly owner: string,
    private readonly parts: Parts,
  ) {}

  latest(signal: AbortSignal): Promise<FinalizedCheckpoint> {
    return this.#inTime(signal, (bounded) => this.#latest(bounded))
  }

  ofEpoch(epoch: number, signal: AbortSignal): Promise<FinalizedCheckpoint> {
    return this.#inTime(signal, (bounded) => this.#ofEpoch(epoch, bounded))
  }

  async #latest(signal: AbortSignal): Promise<FinalizedCheckpoint> {
    let last: SourceError | undefined
    for (const way of this.#way === undefined ? WAYS : new Set([this.#way, ...WAYS])) {
      const found = await this.#follow(way, signal)
      if (found instanceof SourceError) {
        last = found
        continue
      }
      this.#way = way
      if (found !== 'notYet') return found
      throw new SourceError({ code: 'notFinal' }, `${this.name} has nothing finalized yet`)
    }
    throw new SourceError(
      last?.fault ?? { code: 'malformed' },
      `${this.name} answers neither as checkpointz nor as a beacon node; last: ${last?.message}`,
      { cause: last },
    )
  }

  async #ofEpoch(epoch: number, signal: AbortSignal): Promise<FinalizedCheckpoint> {
    const root = await (this.#way === WAYS[0] ? this.#listedRoot(epoch, signal) : this.#headerRoot(epoch, signal))
    if (root !== undefined) return { epoch, root }
    throw new SourceError({ code: 'notFinal' }, `${this.name} keeps no finalized block for epoch ${epoch}`)
  }

  /** @returns why this way leads nowhere, where another may @throws {SourceError} where none would */
  async #follow({ path, read }: Way, signal: AbortSignal): Promise<FinalizedCheckpoint | 'notYet' | SourceError> {
    const answer = await this.#get(path, signal)
    if (answer.kind === 'none') return answer.error
    return read(answer.json, this.parts.preset) ?? this.#misread(path)
  }

  /** From the checkpoints that a checkpointz instance still serves. The block of an epoch may be of a slot before its boundary. */
  async #listedRoot(epoch: number, signal: AbortSignal): Promise<Root | undefined> {
    const path = '/checkpointz/v1/beacon/slots'
    const answer = await this.#get(path, signal)
    if (answer.kind === 'none') throw answer.error
    const listed = valueAt(answer.json, 'data.slots')
    if (!Array.isArray(listed)) throw this.#misread(path)
    for (const entry of listed as readonly unknown[]) {
      const slot = readDecimal(valueAt(entry, 'slot'))
      if (slot !== undefined && epochOfBoundary(this.parts.preset, slot) === epoch)
        return readRoot(valueAt(entry, 'block_root'))
    }
    return undefined
  }

  /** From the last block up to the epoch's first slot, where the node says that it is final. */
  async #headerRoot(epoch: number, signal: AbortSignal): Promise<Root | undefined> {
    const boundary = epoch * this.parts.preset.slotsPerEpoch
    for (let slot = boundary; slot >= Math.max(0, boundary - MAX_EMPTY_SLOTS); slot--) {
      const path = `/eth/v1/beacon/headers/${slot}`
      const answer = await this.#get(path, signal)
      if (answer.kind === 'none') {
        if (answer.error.fault.code === 'notFinal') continue
        throw answer.error
      }
      const header = readKnownHeader(answer.json)
      if (header === undefined || header.slot !== slot) throw this.#misread(path)
      return header.canonical && header.finalized ? header.root : undefined
    }
    return undefined
  }

  /** @throws {SourceError} where it answers nothing, or asks to be left alone */
  async #get(path: string, signal: AbortSignal): Promise<Answer> {
    const { endpoint } = this.parts
    try {
      const answer = await endpoint.ask({ path, accept: 'application/json' }, SOURCE_BODY_MAX, signal)
      if (answer.status !== 200) {
        const refusal = refusalOf(answer, endpoint.transport.clock.now())
        if (refusal.fault.code === 'busy') throw refusal
        return { kind: 'none', error: sourceError(refusal) }
      }
      const json = parseJson(answer.bytes)
      if (json !== undefined) return { kind: 'json', json }
      // Web servers like to answer any path with a page of their own.
      const what = bodyForm(answer.headers, answer.bytes) === 'html' ? 'an HTML page' : 'something that is no JSON'
      return { kind: 'none', error: sourceError(answer.failure({ code: 'malformed' }, what)) }
    } catch (error) {
      throw error instanceof RequestError ? sourceError(error) : error
    }
  }

  async #inTime<T>(signal: AbortSignal, ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const bounded = boundedSignal(signal, this.parts.endpoint.transport.clock, SOURCE_TIMEOUT_MS)
    try {
      return await ask(bounded.signal)
    } finally {
      bounded.end()
    }
  }

  #misread(path: string): SourceError {
    return new SourceError({ code: 'malformed' }, `${this.name} was asked for ${path}: JSON of another shape`)
  }
}

/** A redirect to another's server would let one owner count twice. */
function fromOwner(fetch: Fetch, name: string, owner: string): Fetch {
  return async (url, init) => {
    const response = await fetch(url, init)
    const from = response.url === '' ? owner : ownerOf(response.url)
    if (from === owner) return response
    await response.body?.cancel()
    throw new SourceError({ code: 'otherOwner', owner: from }, `${name} forwards to ${from}: name that source itself`)
  }
}

function sourceError(error: RequestError): SourceError {
  if (error.cause instanceof SourceError) return error.cause
  const code = error.fault.code === 'absent' ? 'notFinal' : error.fault.code
  return new SourceError({ code: code === 'busy' ? 'unreachable' : code }, error.message, { cause: error })
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return undefined
  }
}

/** A block stands for the first epoch that begins at its slot or after it. */
const epochOfBoundary = ({ slotsPerEpoch }: BeaconPreset, slot: number): number => Math.ceil(slot / slotsPerEpoch)

/** `{finalized: {epoch, root}}`; epoch 0 with a zero root is how nodes say that nothing is final (beacon-APIs). */
function readFinality(json: unknown): FinalizedCheckpoint | 'notYet' | undefined {
  const epoch = readDecimal(valueAt(json, 'finalized.epoch'))
  const root = readRoot(valueAt(json, 'finalized.root'))
  if (epoch === undefined || root === undefined) return undefined
  return root.every((byte) => byte === 0) ? 'notYet' : { epoch, root }
}

function readHeader(json: unknown, preset: BeaconPreset): FinalizedCheckpoint | undefined {
  const header = readKnownHeader(json)
  return header && { epoch: epochOfBoundary(preset, header.slot), root: header.root }
}

function readKnownHeader(json: unknown) {
  const root = readRoot(valueAt(json, 'data.root'))
  const slot = readDecimal(valueAt(json, 'data.header.message.slot'))
  if (root === undefined || slot === undefined) return undefined
  return {
    root,
    slot,
    canonical: valueAt(json, 'data.canonical') === true,
    finalized: valueAt(json, 'finalized') === true,
  }
}
