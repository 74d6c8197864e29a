/** Servers that lie about one kind of thing, and requests that are answered in spite of them. */
import { asAddress, asHash, type Hash, type Keccak } from '../chain/bytes.ts'
import type { Network } from '../chain/network.ts'
import { networkByName } from '../chain/network.ts'
import { decodeRawBlock } from '../execution/block/raw-block.ts'
import type { LocalExecution } from '../../server/execution/local-execution.ts'
import type { Json } from '../network/json-rpc/json.ts'
import { RequestError } from '../network/request-server.ts'
import type { AskKind, AskOf, StateAnswers, StateServer } from '../sync/state-fetch/state-server.ts'
import { SimulatedClock } from '../testing/simulated-clock.ts'
import { answerRequest } from './answer-request.ts'
import { openView, serverOf } from './imported-view.fixtures.ts'
import { METHODS } from './registry.ts'
import type { SessionNews } from './session-messages.ts'
import { createSubscriber } from './subscriptions/subscriber.ts'

type Answer = (request: unknown, signal: AbortSignal) => Promise<unknown>
type Random = () => number

/** What a liar makes of a request. */
export interface Lie {
  readonly name: string
  readonly tell: (asked: Asked) => Promise<unknown>
}

interface Asked {
  readonly kind: AskKind
  readonly request: unknown
  readonly signal: AbortSignal
  readonly honest: Answer
  readonly random: Random
  /** Blocks, transactions and accounts that are there, and that nobody asked about. */
  readonly others: Others
}

export interface Others {
  readonly block: { readonly hash: Hash; readonly number: number; readonly stateRoot: Hash }
  readonly transaction: Hash
}

/** As a client has it after decoding: any bytes, but of the right form. */
export const LIES: readonly Lie[] = [
  { name: 'a bit flipped', tell: async (asked) => altered(await truth(asked), asked.random, flipped) },
  { name: 'cut short', tell: async (asked) => altered(await truth(asked), asked.random, halved) },
  { name: 'bytes added', tell: async (asked) => altered(await truth(asked), asked.random, lengthened) },
  { name: 'no bytes', tell: async (asked) => altered(await truth(asked), asked.random, noBytes) },
  { name: 'an item left out', tell: async (asked) => inLists(await truth(asked), without(asked.random)) },
  { name: 'an item twice', tell: async (asked) => inLists(await truth(asked), (list) => [...list, ...list.slice(-1)]) },
  { name: 'the last first', tell: async (asked) => inLists(await truth(asked), (list) => [...list].reverse()) },
  { name: 'nothing in it', tell: async (asked) => emptied(await truth(asked)) },
  { name: 'the truth about another', tell: async (asked) => asked.honest(swapped(asked), asked.signal) },
  { name: 'that there is none', tell: async ({ kind }) => Promise.reject(failure('absent', kind)) },
  { name: 'what is no answer', tell: async ({ kind }) => Promise.reject(failure('malformed', kind)) },
  { name: 'nothing, for ever', tell: ({ signal }) => untilGivenUp(signal) },
]

const failure = (code: 'absent' | 'malformed', kind: AskKind): RequestError =>
  new RequestError({ code }, `liar: no ${kind}`)

const truth = ({ honest, request, signal }: Asked): Promise<unknown> => honest(request, signal)

function flipped(bytes: Uint8Array, random: Random): Uint8Array {
  // A Buffer's own slice would be the same memory: the honest would lie too.
  const copy = Uint8Array.from(bytes)
  const at = Math.floor(random() * copy.length)
  if (copy.length > 0) copy[at]! ^= 1 << Math.floor(random() * 8)
  return copy
}
const noBytes = (): Uint8Array => new Uint8Array()
const halved = (bytes: Uint8Array): Uint8Array => bytes.slice(0, bytes.length >> 1)
const lengthened = (bytes: Uint8Array): Uint8Array => Uint8Array.from([...bytes, 0x80])

/** One of the pieces of bytes in an answer is another. */
function altered(answer: unknown, random: Random, change: (bytes: Uint8Array, random: Random) => Uint8Array): unknown {
  const chosen = Math.floor(random() * countBytes(answer))
  // A hash has its length once it is decoded.
  const make = isPlace(answer) ? flipped : change
  let place = 0
  return mapped(answer, (bytes) => (place++ === chosen ? make(bytes, random) : bytes))
}

const isPlace = (answer: unknown): boolean => typeof answer === 'object' && answer !== null && 'hash' in answer

const isSubmission = (answer: unknown): boolean =>
  typeof answer === 'object' && answer !== null && (answer as { kind?: unknown }).kind === 'taken'

function countBytes(answer: unknown): number {
  let count = 0
  mapped(answer, (bytes) => (count++, bytes))
  return count
}

function mapped(answer: unknown, change: (bytes: Uint8Array) => unknown): unknown {
  if (answer instanceof Uint8Array) return change(answer)
  if (Array.isArray(answer)) return answer.map((item) => mapped(item, change))
  if (typeof answer !== 'object' || answer === null || answer instanceof Error) return answer
  return Object.fromEntries(Object.entries(answer).map(([name, value]) => [name, mapped(value, change)]))
}

/** Innermost lists. */
function inLists(answer: unknown, change: (list: readonly unknown[]) => unknown[]): unknown {
  if (Array.isArray(answer)) {
    return answer.some(Array.isArray) ? answer.map((item) => inLists(item, change)) : change(answer)
  }
  if (typeof answer !== 'object' || answer === null || answer instanceof Uint8Array || answer instanceof Error)
    return answer
  return Object.fromEntries(Object.entries(answer).map(([name, value]) => [name, inLists(value, change)]))
}

const without =
  (random: Random) =>
  (list: readonly unknown[]): unknown[] => {
    const gone = Math.floor(random() * list.length)
    return list.filter((_, at) => at !== gone)
  }

function emptied(answer: unknown): unknown {
  if (isSubmission(answer)) return { kind: 'refused', words: 'no. '.repeat(1_000) }
  if (answer instanceof Uint8Array) return new Uint8Array()
  if (Array.isArray(answer)) return []
  if (typeof answer !== 'object' || answer === null) return answer
  if (isPlace(answer)) return undefined
  return inLists(answer, () => [])
}

/** The same question, about something else. */
function swapped({ kind, request, random, others: { block, transaction } }: Asked): unknown {
  switch (kind) {
    case 'block':
      return { hash: block.hash }
    case 'headers':
      return { ...(request as AskOf<'headers'>), from: block.hash }
    case 'receipts':
    case 'accessList':
      return { block: { ...block, header: block } }
    case 'transactionPlace':
    case 'rawTransaction':
      return { hash: transaction }
    case 'nodes':
    case 'codes': {
      const { hashes } = request as AskOf<'nodes'>
      return { hashes: hashes.map((_, at) => hashes[at + 1] ?? block.stateRoot) }
    }
    case 'paths': {
      const { stateRoot, keys } = request as AskOf<'paths'>
      if (random() < 0.5) return { stateRoot: block.stateRoot, keys }
      return { stateRoot, keys: keys.map((key) => ({ ...key, account: asHash(flipped(key.account, random)) })) }
    }
    case 'proofs': {
      const { at, keys } = request as AskOf<'proofs'>
      if (random() < 0.5) return { at: block, keys }
      return { at, keys: keys.map((key) => ({ ...key, address: asAddress(flipped(key.address, random)) })) }
    }
    case 'accountCodes': {
      const { at, addresses } = request as AskOf<'accountCodes'>
      if (random() < 0.5) return { at: block, addresses }
      return { at, addresses: [...addresses.slice(1), asAddress(flipped(addresses[0]!, random))] }
    }
    case 'submit':
    case 'witness':
    case 'metadata':
    case 'callKeys':
    case 'tracedKeys':
      return request
  }
}

const untilGivenUp = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }))

/** What a server speaks decides in which ways state comes. */
export const SHAPES = {
  'all it may': undefined,
  'what every node has': ['nodes', 'codes', 'paths'],
  'nodes by hash': ['paths', 'proofs', 'accountCodes'],
} as const satisfies Record<string, readonly AskKind[] | undefined>
export type Shape = keyof typeof SHAPES

export interface Lying {
  readonly kind: AskKind
  readonly lie: Lie
  readonly random: Random
}

export interface Asking {
  readonly method: string
  readonly params: Json
  readonly shape: Shape
  /** Undefined: there is none but an honest one. */
  readonly lying: Lying | undefined
  readonly company: 'alone' | 'beside an honest one'
}

export interface Outcome {
  readonly news: SessionNews
  /** Kinds of what was asked for while it was answered. */
  readonly kinds: ReadonlySet<AskKind>
  readonly told: number
  /** ms on the client's clock. */
  readonly took: number
  readonly defects: readonly unknown[]
}

/** Turns of the event loop without the clock moving by more than they: what needs no waiting is done by then. */
const QUIET_TURNS = 300
/** ms that the clock is moved by after those. */
const STEP_MS = 250

/** Each question is asked of a client that knows nothing but its head. */
export function liarsOver(
  source: LocalExecution,
  keccak: Keccak,
  others: Others,
): (asking: Asking) => Promise<Outcome> {
  const { head, finalized } = source.status()
  const network: Network = { ...networkByName('mainnet'), ...source.network }
  const honest = withRaw(source, keccak)

  return async ({ method, params, shape, lying, company }) => {
    const clock = new SimulatedClock(head.timestamp * 1_000)
    const kinds = new Set<AskKind>()
    let told = 0
    let isAsked = false
    const liar = mappedAnswers('liar', shaped(honest, shape), (kind, answer) => async (request, signal) => {
      if (!isAsked) return answer(request, signal)
      kinds.add(kind)
      if (lying === undefined || lying.kind !== kind) return answer(request, signal)
      told += 1
      const { lie, random } = lying
      return lie.tell({ kind, request, signal, honest: answer, random, others })
    })
    const servers = company === 'alone' ? [liar] : [liar, shaped({ ...honest, name: 'honest' }, shape)]
    const world = openView({ network, servers, clock })
    const defects: unknown[] = []
    const subscriber = createSubscriber({ setting: world.setting, send: () => undefined })
    try {
      await moving(clock, world.follow(head, finalized))
      isAsked = true
      const startedAt = clock.now()
      const request = {
        kind: 'request',
        id: 1,
        method,
        params: params as readonly Json[],
        allowUnverified: false,
      } as const
      const onDefect = (_: string, error: unknown) => void defects.push(error)
      const tools = { setting: world.setting, methods: METHODS, onDefect }
      const cancelled = new AbortController().signal
      const news = await moving(clock, answerRequest(request, tools, { cancelled, subscriber }))
      return { news, kinds, told, took: clock.now() - startedAt, defects }
    } finally {
      subscriber.close()
      world.close()
    }
  }
}

/** The clock moves by a millisecond a turn, and faster when that does not settle it. */
async function moving<T>(clock: SimulatedClock, work: Promise<T>): Promise<T> {
  let isOver = false
  const over = () => void (isOver = true)
  work.then(over, over)
  for (let turn = 0; !isOver; turn++) await clock.advance(turn < QUIET_TURNS ? 1 : STEP_MS)
  return work
}

function mappedAnswers(
  name: string,
  { answers, windows }: StateServer,
  wrap: (kind: AskKind, answer: Answer) => Answer,
): StateServer {
  const wrapped = Object.entries(answers).map(([kind, answer]) => [kind, wrap(kind as AskKind, answer as Answer)])
  return { name, windows, answers: Object.fromEntries(wrapped) as StateAnswers }
}

function shaped(server: StateServer, shape: Shape): StateServer {
  const hidden: readonly string[] = SHAPES[shape] ?? []
  const shown = Object.entries(server.answers).filter(([kind]) => !hidden.includes(kind))
  return { ...server, answers: Object.fromEntries(shown) }
}

/** With bytes of transactions that are in blocks. */
function withRaw(source: LocalExecution, keccak: Keccak): StateServer {
  const server = serverOf(source)
  const rawTransaction: StateAnswers['rawTransaction'] = async ({ hash }) => {
    const place = source.locateTransaction(hash)
    const block = place && source.blockByHash(place.blockHash)
    if (block === undefined) return undefined
    const { transactions } = decodeRawBlock(block.rlp, keccak)
    return transactions.find((encoded) => Buffer.compare(keccak(encoded), hash) === 0)
  }
  return { ...server, answers: { ...server.answers, rawTransaction } }
}

export const hashOf = (hex: string): Hash => asHash(Uint8Array.from(Buffer.from(hex.slice(2), 'hex')))
