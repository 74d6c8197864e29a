/** Arguments of a request, read once and copied, before anything is done with them. */
import { copyJson, JsonCopyError } from '../rpc/json-copy.ts'
import { MAX_METHOD_LENGTH, PARAMS_BOUNDS, type JsonParams } from '../rpc/session-messages.ts'
import { CODES, invalidParams, ProviderRpcError } from './provider-rpc-error.ts'

export interface ProviderRequest {
  readonly method: string
  readonly params: JsonParams | undefined
  /** How much of the bound on what is under way it takes. */
  readonly characters: number
  readonly signal: AbortSignal | undefined
}

/** Arguments read within the reading of others: a getter that asks for something is odd, one that asks without end is a loop. */
const MAX_READING = 8

/** How many are being read, each within the one before. */
let reading = 0

/** @throws {ProviderRpcError} and nothing else, whatever is passed */
export function readRequest(args: unknown, options: unknown): ProviderRequest {
  if (reading >= MAX_READING) throw invalidRequest('the arguments of request call request while they are read')
  reading += 1
  try {
    return readParts(args, options)
  } finally {
    reading -= 1
  }
}

function readParts(args: unknown, options: unknown): ProviderRequest {
  const { method, params } = members(args, ['method', 'params'], 'the argument')
  if (typeof method !== 'string' || method === '') {
    throw invalidRequest('method must be a non-empty string: request({ method, params })')
  }
  if (method.length > MAX_METHOD_LENGTH) {
    throw invalidRequest(`method has ${method.length} characters; no method has more than ${MAX_METHOD_LENGTH}`)
  }
  const { signal } = options === undefined ? {} : members(options, ['signal'], 'the second argument')
  const abort = signal === undefined ? undefined : readSignal(signal)
  if (params === undefined) return { method, params, characters: method.length, signal: abort }
  if (typeof params !== 'object' || params === null) throw invalidParams('params must be an array or an object')
  try {
    const { json, characters } = copyJson(params, PARAMS_BOUNDS, 'params')
    return { method, params: json as JsonParams, characters: characters + method.length, signal: abort }
  } catch (error) {
    if (error instanceof JsonCopyError) throw invalidParams(error.message)
    throw error
  }
}

/** Each is read once: a getter may say something else the second time, or throw. */
function members<Name extends string>(
  value: unknown,
  names: readonly Name[],
  what: string,
): { readonly [name in Name]?: unknown } {
  try {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return Object.fromEntries(names.map((name) => [name, (value as Record<string, unknown>)[name]])) as {
        [name in Name]: unknown
      }
    }
  } catch {
    throw invalidRequest(`${what} of request cannot be read`)
  }
  throw invalidRequest(`${what} of request must be an object: request({ method, params }, { signal })`)
}

/** By what it can do: a signal of another window is of another class. */
function readSignal(value: unknown): AbortSignal {
  try {
    const signal = value as AbortSignal
    if (typeof signal.aborted === 'boolean' && typeof signal.addEventListener === 'function') return signal
  } catch {
    // It is none, then.
  }
  throw invalidRequest('signal must be an AbortSignal')
}

const invalidRequest = (message: string): ProviderRpcError => new ProviderRpcError(CODES.invalidRequest, message)
