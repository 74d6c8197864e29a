/** A page that does what a dapp does: it opens a client, and asks its provider. */
import { createBeamtab } from '../../src/client/create-beamtab.ts'
import type { Beamtab } from '../../src/client/public-types.ts'
import type { PageAnswer, PageOptions } from './provider-tab.ts'

declare global {
  interface Window {
    /** Resolves at the first head. */
    openClient(options: PageOptions): Promise<void>
    ask(method: string, params: readonly unknown[]): Promise<PageAnswer>
    closeClient(): Promise<void>
  }
}

let client: Beamtab | undefined

window.openClient = async ({ networkUrl, ...options }) => {
  const network = (await (await fetch(networkUrl)).json()) as object
  client = await createBeamtab({ network, ...options })
  await client.waitForHead()
}

window.ask = async (method, params) => {
  try {
    return { kind: 'result', result: await client!.provider.request({ method, params: [...params] as never }) }
  } catch (thrown) {
    const { code, message, data } = thrown as { code?: number; message?: string; data?: unknown }
    return { kind: 'error', error: { code: code ?? 0, message: message ?? String(thrown), data } }
  }
}

window.closeClient = async () => client?.close()
