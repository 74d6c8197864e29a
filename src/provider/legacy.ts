/** The calls that providers had before EIP-1193, for dapps that still make them. All answers come by way of `request`. */
import { CODES, invalidParams, ProviderRpcError } from './provider-rpc-error.ts'
import type { JsonRpcResponse, NodeCallback } from './public-types.ts'

/** As many as may be under way. */
export const MAX_BATCH = 1_000

export interface LegacyParts {
  readonly request: (args: { readonly method: string; readonly params?: never }) => Promise<unknown>
  readonly selectedAddress: () => string | null
  readonly networkVersion: string
  readonly onUncaught: (thrown: unknown) => void
}

export interface Legacy {
  send(this: void, methodOrPayload: unknown, paramsOrCallback?: unknown): unknown
  sendAsync(this: void, payload: unknown, callback: unknown): void
}

export function legacyCalls(parts: LegacyParts): Legacy {
  const { onUncaught } = parts

  const respond = async (payload: unknown): Promise<Responded> => {
    const { method, params, id } = readPayload(payload)
    try {
      // Whatever they are: `request` says what is wrong with them.
      return { id, result: await parts.request({ method, params } as { method: string; params?: never }) }
    } catch (error) {
      return { id, error: error as ProviderRpcError }
    }
  }

  const sendAsync = (payload: unknown, callback: unknown): void => {
    const answer = Array.isArray(payload) ? respondToBatch(payload, respond) : respondToOne(payload, respond)
    void answer.then(([error, response]) => {
      try {
        if (typeof callback === 'function') (callback as NodeCallback)(error, response)
      } catch (thrown) {
        onUncaught(thrown)
      }
    })
  }

  const send = (methodOrPayload: unknown, paramsOrCallback?: unknown): unknown => {
    if (typeof methodOrPayload === 'string') return sendMethod(methodOrPayload, paramsOrCallback)
    if (typeof paramsOrCallback === 'function') return sendAsync(methodOrPayload, paramsOrCallback)
    return respondAtOnce(methodOrPayload, parts)
  }

  const sendMethod = async (method: string, params: unknown): Promise<JsonRpcResponse> => {
    const responded = await respond({ method, params, id: null })
    if (responded.error !== undefined) throw responded.error
    return responseOf(responded)
  }

  return { send, sendAsync }
}

interface Payload {
  readonly method: unknown
  readonly params: unknown
  readonly id: JsonRpcResponse['id']
}

type Responded =
  | { readonly id: JsonRpcResponse['id']; readonly error?: undefined; readonly result: unknown }
  | { readonly id: JsonRpcResponse['id']; readonly error: ProviderRpcError }

type Answer = readonly [ProviderRpcError | null, (JsonRpcResponse | JsonRpcResponse[])?]

async function respondToOne(payload: unknown, respond: (payload: unknown) => Promise<Responded>): Promise<Answer> {
  const responded = await respond(payload)
  return [responded.error ?? null, responseOf(responded)]
}

async function respondToBatch(
  payloads: readonly unknown[],
  respond: (payload: unknown) => Promise<Responded>,
): Promise<Answer> {
  const { length } = payloads
  if (length > MAX_BATCH) return [invalidParams(`a batch of ${length} is too large: at most ${MAX_BATCH}`)]
  try {
    return [null, (await Promise.all(Array.from(payloads, respond))).map(responseOf)]
  } catch (cause) {
    return [new ProviderRpcError(CODES.invalidRequest, 'the batch cannot be read', { cause })]
  }
}

/** The few that were answered without waiting when providers could; what cannot be is an error in the response. */
function respondAtOnce(payload: unknown, { request, selectedAddress, networkVersion }: LegacyParts): JsonRpcResponse {
  const { method, params, id } = readPayload(payload)
  switch (method) {
    case 'eth_accounts': {
      const account = selectedAddress()
      return responseOf({ id, result: account === null ? [] : [account] })
    }
    case 'eth_coinbase':
      return responseOf({ id, result: selectedAddress() })
    case 'eth_uninstallFilter':
      void request({ method, params } as { method: string; params?: never }).catch(() => undefined)
      return responseOf({ id, result: true })
    case 'net_version':
      return responseOf({ id, result: networkVersion })
    default: {
      const text = `send without a callback cannot answer ${String(method).slice(0, 100)}: use request({ method, params })`
      return responseOf({ id, error: new ProviderRpcError(CODES.unsupportedMethod, text) })
    }
  }
}

/** Never throws: what cannot be read has no method, and is refused for that. */
function readPayload(payload: unknown): Payload {
  try {
    const { method, params, id } = (payload ?? {}) as { method?: unknown; params?: unknown; id?: unknown }
    return { method, params, id: typeof id === 'string' || typeof id === 'number' ? id : null }
  } catch {
    return { method: undefined, params: undefined, id: null }
  }
}

function responseOf(responded: Responded): JsonRpcResponse {
  const { id, error } = responded
  return error === undefined
    ? { jsonrpc: '2.0', id, result: responded.result }
    : { jsonrpc: '2.0', id, error: error.toJSON() }
}
