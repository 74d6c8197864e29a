/** Keeps one client open at a time: a client works on one network, and each holds workers and a store. */
import type { Beamtab, BeamtabStatus, CreateBeamtab } from '../client/public-types.ts'
import { reasonOf } from './format.ts'
import { CLOSE_TIME_LIMIT } from './limits.ts'
import type { PageEvent } from './page-state.ts'

export interface ClientHolder {
  /**
   * The open client when it is of that network; otherwise closes it and opens one. Calls are served in their order.
   * @throws what `createBeamtab` throws; the next call tries again
   */
  open(network: string): Promise<Beamtab>
  /** Closes the open client, broken as it is; the next call opens another. */
  discard(): Promise<void>
}

/** `emit` is told of every change of the client's state; `onLead` when a store can be read that could not before. */
export function createClientHolder(
  createBeamtab: CreateBeamtab,
  emit: (event: PageEvent) => void,
  onLead: (client: Beamtab) => void,
): ClientHolder {
  let current: { readonly network: string; readonly client: Beamtab } | undefined
  let lastCall: Promise<unknown> = Promise.resolve()
  return { open: (network) => inTurn(() => openNow(network)), discard: () => inTurn(closeCurrent) }

  function inTurn<Result>(call: () => Promise<Result>): Promise<Result> {
    const result = lastCall.then(call)
    lastCall = result.catch(() => undefined)
    return result
  }

  async function openNow(network: string): Promise<Beamtab> {
    if (current?.network === network && current.client.status().state !== 'closed') return current.client
    emit({ type: 'network-changed', network })
    await closeCurrent()
    try {
      const client = await createBeamtab({ network, onStatus: statusListener(network) })
      current = { network, client }
      emit({ type: 'client-changed', client: { kind: 'ready', status: client.status() } })
      onLead(client)
      return client
    } catch (error) {
      emit({ type: 'client-changed', client: { kind: 'failed', reason: reasonOf(error) } })
      throw error
    }
  }

  /** Passes on what the open client says: what one says while it starts, or after it was closed, is not of interest. */
  function statusListener(network: string): (status: BeamtabStatus) => void {
    let leadership: BeamtabStatus['leadership'] | undefined
    return (status) => {
      const before = leadership
      leadership = status.leadership
      if (current?.network !== network || status.state !== 'ready') return
      emit({ type: 'client-changed', client: { kind: 'ready', status } })
      if (before === 'waiting' && leadership === 'leading') onLead(current.client)
    }
  }

  async function closeCurrent(): Promise<void> {
    const closing = current?.client.close()
    current = undefined
    if (closing !== undefined) await withinLimit(closing)
  }
}

/** A client that does not close is left to the browser, which ends its workers with the tab; the page goes on. */
async function withinLimit(closing: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const limit = new Promise<void>((resolve) => (timer = setTimeout(resolve, CLOSE_TIME_LIMIT)))
  await Promise.race([closing.catch(() => undefined), limit])
  clearTimeout(timer)
}
