/** Waits for a provider's connection. */
import type { BeamtabProvider } from '../provider/index.ts'

/** Resolves when it is connected, or will never be: closed, or lost. @throws the signal's reason */
export function untilConnected(provider: BeamtabProvider, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (provider.isConnected()) return resolve()
    const end = (settle: () => void): void => {
      provider.removeListener('connect', connected)
      provider.removeListener('disconnect', disconnected)
      signal?.removeEventListener('abort', aborted)
      settle()
    }
    const connected = (): void => end(resolve)
    const disconnected = ({ code }: { readonly code: number }): void => {
      if (code !== MAY_PASS) end(resolve)
    }
    const aborted = (): void => end(() => reject(signal?.reason as Error))
    if (signal?.aborted === true) return aborted()
    provider.on('connect', connected)
    provider.on('disconnect', disconnected)
    signal?.addEventListener('abort', aborted)
  })
}

/** Of CloseEvent: "try again later". */
const MAY_PASS = 1013
