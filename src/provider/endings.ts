/** Work that is heard no more when a signal says so. */
import { CODES, ProviderRpcError } from './provider-rpc-error.ts'

export interface Ending {
  readonly signal: AbortSignal
  readonly error: () => ProviderRpcError
}

/** Rejects as soon as a signal says so, and does not begin after it; what is under way goes on, and is heard no more. */
export async function until<T>(endings: readonly Ending[], run: () => Promise<T>): Promise<T> {
  mustGoOn(endings)
  const forget: (() => void)[] = []
  const ended = new Promise<never>((_, reject) => {
    for (const { signal, error } of endings) forget.push(onAbort(signal, () => reject(error())))
  })
  return Promise.race([run(), ended]).finally(() => forget.forEach((stop) => stop()))
}

/** @throws {ProviderRpcError} where one has ended it already */
export function mustGoOn(endings: readonly Ending[]): void {
  for (const { signal, error } of endings) if (signal.aborted) throw error()
}

export function aborted(method: string, signal: AbortSignal | undefined): ProviderRpcError {
  return new ProviderRpcError(CODES.aborted, `${method} was aborted`, { cause: reasonOf(signal) })
}

/** A signal may be the page's own object, and none of the browser's. @returns ends the listening */
export function onAbort(signal: AbortSignal | undefined, run: () => void): () => void {
  if (signal === undefined) return nothing
  try {
    signal.addEventListener('abort', run, { once: true })
  } catch {
    return nothing
  }
  return () => {
    try {
      signal.removeEventListener('abort', run)
    } catch {
      // It stays with whoever made it so.
    }
  }
}

function reasonOf(signal: AbortSignal | undefined): unknown {
  try {
    return signal?.reason
  } catch {
    return undefined
  }
}

const nothing = (): void => undefined
