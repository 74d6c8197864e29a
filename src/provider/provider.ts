/** The provider of one page: its parts put together, and what the node tells passed on to them. */
import { systemClock } from '../chain/clock.ts'
import type { SessionNews } from '../rpc/session-messages.ts'
import { NOT_CONNECTED, transition, type ConnectionCause, type ConnectionEvent } from './connection.ts'
import { legacyCalls } from './legacy.ts'
import { Listeners } from './listeners.ts'
import { DEFAULT_MAX_UNDER_WAY, Load } from './load.ts'
import { disconnected, NodeCalls } from './node-calls.ts'
import { ProviderRpcError } from './provider-rpc-error.ts'
import type {
  BeamtabProvider,
  BeamtabWarning,
  Hex,
  ProviderHandle,
  ProviderMessage,
  ProviderOptions,
  RequestArguments,
  RequestOptions,
} from './public-types.ts'
import { answerRequest, type RequestParts } from './requests.ts'
import { SignerPassThrough } from './signer/signer-pass-through.ts'
import { Subscriptions } from './subscriptions.ts'
import { VerificationLog } from './verification-log.ts'
import type { ProviderChain } from './wallet-methods.ts'

/** Two slots and a bit: a visit that begins with what is kept has its head by then, a first one mostly. */
export const HEAD_WAIT_MS = 30_000

/** {@link ProviderOptions} says what each is for. */
export function createProvider(options: ProviderOptions): ProviderHandle {
  const { session, clock = systemClock, onUncaught = throwLater } = options
  const chain: ProviderChain = { chainId: options.chainId, chainIdHex: `0x${options.chainId.toString(16)}` }
  const listeners = new Listeners(onUncaught)
  const subscriptions = new Subscriptions()
  let connection = NOT_CONNECTED
  const untold: ConnectionEvent[] = []
  let isTelling = false
  const life = new AbortController()

  const node = new NodeCalls({
    send: (call) => session.send(call),
    clock,
    connection: () => connection,
    headWaitMs: options.headWaitMs ?? HEAD_WAIT_MS,
    describeSync: options.describeSync ?? (() => 'it is being looked for'),
  })

  const say = (message: ProviderMessage): void => listeners.emit('message', message)
  const warn = (data: BeamtabWarning): void => say({ type: 'beamtab_warning', data })

  const change = (cause: ConnectionCause): void => {
    const { connection: to, event } = transition(connection, cause)
    connection = to
    if (event !== undefined) untold.push(event)
    if (to.kind === 'ready') node.sendWaiting()
    if (to.kind === 'closed') {
      node.end(to.reason)
      life.abort()
    }
    tell()
  }

  /** One after another: a listener of `connect` may end the connection, and all others hear of `connect` before that. */
  const tell = (): void => {
    if (isTelling) return
    isTelling = true
    for (let event = untold.shift(); event !== undefined; event = untold.shift()) {
      if (event.kind === 'connect') listeners.emit('connect', { chainId: chain.chainIdHex })
      else listeners.emit('disconnect', new ProviderRpcError(event.code, event.reason))
    }
    isTelling = false
  }

  const hear = (news: SessionNews): void => {
    switch (news.kind) {
      case 'result':
      case 'error':
        return node.answer(news)
      case 'notification': {
        const { subscription, result } = news
        if (subscriptions.has(subscription)) say({ type: 'eth_subscription', data: { subscription, result } })
        return
      }
      case 'ended':
        return subscriptions.delete(news.of)
      case 'told':
        // Of use to whoever has it go on at another node.
        return
      case 'ready':
        // Answers of another chain are no answers, whoever mixed them up.
        if (news.chainId !== chain.chainIdHex) {
          return change({ kind: 'stale', reason: `the node is of chain ${news.chainId}, not ${chain.chainIdHex}` })
        }
        return change(news)
      case 'stale':
        return change(news)
      case 'closed':
        return end({ kind: 'lost', reason: news.reason })
    }
  }

  const signer =
    options.signer &&
    new SignerPassThrough({
      ...{ signer: options.signer, chain, clock, warn },
      ask: (request) => node.ask(request),
      onAccounts: (accounts) => listeners.emit('accountsChanged', accounts),
    })

  const stopListening = session.listen(hear)
  const end = (cause: ConnectionCause): void => {
    if (connection.kind === 'closed') return
    stopListening()
    signer?.close()
    change(cause)
  }

  const provider = providerObject({
    ...{ chain, node, subscriptions, signer, listeners, onUncaught },
    load: new Load(options.maxUnderWay ?? DEFAULT_MAX_UNDER_WAY),
    log: new VerificationLog(),
    allowUnverified: new Set(options.allowUnverified),
    life: life.signal,
    closedError: (method) =>
      disconnected(method, connection.kind === 'closed' ? connection.reason : 'the client is being closed'),
    isConnected: () => connection.kind === 'ready',
  })
  return { provider, close: () => end({ kind: 'closed' }), lose: (reason) => end({ kind: 'lost', reason }) }
}

interface ObjectParts extends RequestParts {
  readonly listeners: Listeners
  readonly isConnected: () => boolean
  readonly onUncaught: (thrown: unknown) => void
}

/** Functions over what they close on, so that each works detached from the object, as dapps use them. */
function providerObject(parts: ObjectParts): BeamtabProvider {
  const { chain, listeners, signer, onUncaught } = parts
  const requestVerified = (args: RequestArguments, options?: RequestOptions) => answerRequest(args, options, parts)
  const request = async (args: RequestArguments, options?: RequestOptions): Promise<unknown> =>
    (await requestVerified(args, options)).result
  const networkVersion = String(chain.chainId)
  const selectedAddress = (): Hex | null => signer?.selectedAddress ?? null
  const { send, sendAsync } = legacyCalls({ request, selectedAddress, networkVersion, onUncaught })

  const add = (event: string, listener: unknown): BeamtabProvider => {
    listeners.add(event, listener, 'always')
    return provider
  }
  const remove = (event: string, listener: unknown): BeamtabProvider => {
    listeners.remove(event, listener)
    return provider
  }

  const provider = {
    isBeamtab: true,
    request,
    requestVerified,
    on: add,
    addListener: add,
    once: (event: string, listener: unknown): BeamtabProvider => {
      listeners.add(event, listener, 'once')
      return provider
    },
    off: remove,
    removeListener: remove,
    removeAllListeners: (event?: string): BeamtabProvider => {
      listeners.removeAll(event)
      return provider
    },
    listenerCount: (event: string) => listeners.countOf(event),
    isConnected: parts.isConnected,
    chainId: chain.chainIdHex,
    networkVersion,
    get selectedAddress() {
      return selectedAddress()
    },
    enable: () => request({ method: 'eth_requestAccounts' }),
    send: send as BeamtabProvider['send'],
    sendAsync,
  } as BeamtabProvider
  return provider
}

/** In a task's end rather than in the middle of what called: the console shows it, and nothing stops. */
function throwLater(thrown: unknown): void {
  queueMicrotask(() => {
    throw thrown
  })
}
