/** A provider on a node that a test plays. */
import type { Json } from '../network/json-rpc/json.ts'
import type { SessionCall, SessionNews, Verification } from '../rpc/session-messages.ts'
import { SimulatedClock } from '../testing/simulated-clock.ts'
import { ProviderRpcError } from './provider-rpc-error.ts'
import { createProvider } from './provider.ts'
import type {
  BeamtabProvider,
  BeamtabWarning,
  ProviderHandle,
  ProviderOptions,
  ProviderSession,
} from './public-types.ts'

export const PROVEN: Verification = { level: 'proven', source: ['a server'] }
export const UNVERIFIED: Verification = { level: 'unverified', source: ['a server'] }

type Request = Extract<SessionCall, { kind: 'request' }>

/** Answers of methods; what is not among them stays unanswered until the test says something. */
export type Answers = Readonly<Record<string, (request: Request) => Json | ProviderRpcError>>

export class FakeSession implements ProviderSession {
  readonly calls: SessionCall[] = []
  private onNews: ((news: SessionNews) => void) | undefined

  constructor(readonly answers: Answers = {}) {}

  get isListened(): boolean {
    return this.onNews !== undefined
  }

  get requests(): readonly Request[] {
    return this.calls.filter((call) => call.kind === 'request')
  }

  send(call: SessionCall): void {
    this.calls.push(structuredClone(call))
    if (call.kind !== 'request') return
    const answer = this.answers[call.method]?.(call)
    if (answer instanceof ProviderRpcError) this.fail(call.id, answer)
    else if (answer !== undefined) this.tell({ kind: 'result', id: call.id, result: answer, verification: PROVEN })
  }

  listen(onNews: (news: SessionNews) => void): () => void {
    this.onNews = onNews
    return () => (this.onNews = undefined)
  }

  tell(news: SessionNews): void {
    this.onNews?.(structuredClone(news))
  }

  ready(): void {
    this.tell({ kind: 'ready', chainId: '0x1' })
  }

  /** Answers the last request of a method. */
  answer(method: string, result: Json, verification: Verification = PROVEN): void {
    const { id } = this.requests.findLast((request) => request.method === method)!
    this.tell({ kind: 'result', id, result, verification })
  }

  fail(id: number, { code, message, data }: ProviderRpcError): void {
    const error = data === undefined ? { code, message } : { code, message, data: data as Json }
    this.tell({ kind: 'error', id, error })
  }
}

export interface World extends ProviderHandle {
  readonly provider: BeamtabProvider
  readonly session: FakeSession
  readonly clock: SimulatedClock
  readonly warnings: BeamtabWarning[]
  /** What listeners and callbacks threw. */
  readonly uncaught: unknown[]
  /** Names of events in their order, with what tells them apart. */
  readonly events: string[]
}

/** Connected to mainnet, unless the test says otherwise. */
export function world(
  options: Partial<ProviderOptions> = {},
  { answers, ready = true }: { answers?: Answers; ready?: boolean } = {},
): World {
  const session = new FakeSession(answers)
  const clock = new SimulatedClock()
  const uncaught: unknown[] = []
  const handle = createProvider({
    ...{ session, chainId: 1, clock, onUncaught: (thrown) => void uncaught.push(thrown) },
    ...options,
  })
  const warnings: BeamtabWarning[] = []
  const events: string[] = []
  handle.provider.on('connect', ({ chainId }) => void events.push(`connect ${chainId}`))
  handle.provider.on('disconnect', ({ code }) => void events.push(`disconnect ${code}`))
  handle.provider.on('accountsChanged', (accounts) => void events.push(`accountsChanged ${accounts.join()}`))
  handle.provider.on('chainChanged', (chainId) => void events.push(`chainChanged ${chainId}`))
  handle.provider.on('message', (message) => {
    if (message.type === 'beamtab_warning') warnings.push(message.data)
    else events.push(`message ${message.data.subscription} ${JSON.stringify(message.data.result)}`)
  })
  if (ready) session.ready()
  return { ...handle, session, clock, uncaught, warnings, events }
}

/** What a promise rejects with, which must be a provider's error. */
export async function errorOf(promise: Promise<unknown>): Promise<ProviderRpcError> {
  const outcome = await promise.then(
    (result) => new Error(`it resolved with ${JSON.stringify(result)}`),
    (error: unknown) => error,
  )
  if (outcome instanceof ProviderRpcError) return outcome
  throw outcome
}
