/**
 * Keeps the client of the network that the visitor chose, following or not, and beside it at most one that a block of
 * another network needs: each holds workers and a store.
 */
import type { Beamtab, BeamtabStatus, BlockTrace, CreateBeamtab, FollowOptions, Hex } from '../client/public-types.ts'
import type { StateServerOptions } from './beam/execution-offer.ts'
import { reasonOf } from './format.ts'
import { CLOSE_TIME_LIMIT } from './limits.ts'
import type { PageEvent } from './page-state.ts'

/** What a client is opened for; other settings are another client. */
export interface ClientTarget {
  readonly network: string
  /** The content of the network's file; undefined for a built-in network. */
  readonly file: object | undefined
  /** Undefined: nothing is followed, and nobody is asked. */
  readonly follow: FollowOptions | undefined
  /** What blocks are executed by; undefined: none is. */
  readonly beam?: StateServerOptions | undefined
}

/** Calls are served in their order. */
export interface ClientHolder {
  /**
   * Opens the client that the visitor chose, and closes the one before. The same choice keeps the open one.
   * @throws what `createBeamtab` throws; the next call tries again
   */
  choose(target: ClientTarget): Promise<Beamtab>
  /**
   * A client of that network: the chosen one where it is. Else one is opened in its place, or beside it when it follows the
   * chain or is of a network file: neither may end for a block of elsewhere. Throws as {@link choose}.
   */
  open(network: string): Promise<Beamtab>
  /** No job needs a client beside the chosen one any more. */
  release(): Promise<void>
  /** Of the chosen client, which need not be open. */
  blockTrace(hash: Hex): Promise<BlockTrace | undefined>
  /** Closes what is open, broken as it is. The next call opens another; a chain that was followed is followed again at once. */
  discard(): Promise<void>
}

interface OpenClient {
  readonly target: ClientTarget
  readonly client: Beamtab
}

/** `emit` is told of every change of the chosen client's state; `onLead` when its store can be read that could not before. */
export function createClientHolder(
  createBeamtab: CreateBeamtab,
  emit: (event: PageEvent) => void,
  onLead: (client: Beamtab) => void,
): ClientHolder {
  let chosen: ClientTarget | undefined
  let home: OpenClient | undefined
  /** The one that {@link home} will be when it has started. */
  let starting: ClientTarget | undefined
  let guest: OpenClient | undefined
  let lastCall: Promise<unknown> = Promise.resolve()
  return {
    choose: (target) => inTurn(() => openHome(target)),
    open: (network) => inTurn(() => openFor(network)),
    release: () => inTurn(closeGuest),
    blockTrace: (hash) => home?.client.blockTrace(hash) ?? Promise.resolve(undefined),
    discard: () => inTurn(discardNow),
  }

  function inTurn<Result>(call: () => Promise<Result>): Promise<Result> {
    const result = lastCall.then(call)
    lastCall = result.catch(() => undefined)
    return result
  }

  async function openFor(network: string): Promise<Beamtab> {
    if (chosen?.network === network) return openHome(chosen)
    if (chosen?.follow !== undefined || chosen?.file !== undefined) return openGuest(network)
    emit({ type: 'network-changed', network, file: undefined })
    return openHome({ network, file: undefined, follow: undefined })
  }

  async function openHome(target: ClientTarget): Promise<Beamtab> {
    chosen = target
    if (home !== undefined && isSameTarget(home.target, target) && isOpen(home)) return home.client
    emit({ type: 'client-changed', client: { kind: 'starting' } })
    // A guest of the same network would hold the lock of its store.
    if (guest?.target.network === target.network) await closeGuest()
    await closeHome()
    try {
      starting = target
      const client = await createBeamtab({ ...optionsOf(target), onStatus: statusListener(target) })
      home = { target, client }
      emit({ type: 'client-changed', client: { kind: 'ready', status: client.status() } })
      onLead(client)
      return client
    } catch (error) {
      emit({ type: 'client-changed', client: { kind: 'failed', reason: reasonOf(error) } })
      throw error
    } finally {
      starting = undefined
    }
  }

  async function openGuest(network: string): Promise<Beamtab> {
    if (guest?.target.network === network && isOpen(guest)) return guest.client
    await closeGuest()
    const target = { network, file: undefined, follow: undefined }
    const client = await createBeamtab(optionsOf(target))
    guest = { target, client }
    return client
  }

  async function discardNow(): Promise<void> {
    await closeGuest()
    await closeHome()
    // Shown as the client's state when it fails.
    if (chosen?.follow !== undefined) await openHome(chosen).catch(() => undefined)
  }

  /**
   * Passes on what the open client says. Of one that starts, the heads of the last visit are of interest; of one that was
   * closed, nothing.
   */
  function statusListener(target: ClientTarget): (status: BeamtabStatus) => void {
    let leadership: BeamtabStatus['leadership'] | undefined
    return (status) => {
      const before = leadership
      leadership = status.leadership
      const { light } = status
      if (starting === target && status.state === 'starting' && light !== undefined) {
        emit({ type: 'client-changed', client: { kind: 'starting', light } })
      }
      if (home?.target !== target) return
      if (status.state === 'crashed') {
        emit({ type: 'client-changed', client: { kind: 'failed', reason: status.crash ?? 'a worker died' } })
      }
      if (status.state !== 'ready') return
      emit({ type: 'client-changed', client: { kind: 'ready', status } })
      if (before === 'waiting' && leadership === 'leading') onLead(home.client)
    }
  }

  function closeHome(): Promise<void> {
    const closing = home
    home = undefined
    return closed(closing)
  }

  function closeGuest(): Promise<void> {
    const closing = guest
    guest = undefined
    return closed(closing)
  }
}

function optionsOf({ network, file, follow, beam }: ClientTarget) {
  const execution = beam === undefined ? {} : { mode: 'beam' as const, ...beam }
  return { network: file ?? network, follow: follow ?? ('off' as const), ...execution }
}

function isSameTarget(a: ClientTarget, b: ClientTarget): boolean {
  const isSame = (part: 'follow' | 'beam') => JSON.stringify(a[part]) === JSON.stringify(b[part])
  return a.network === b.network && a.file === b.file && isSame('follow') && isSame('beam')
}

function isOpen({ client }: OpenClient): boolean {
  const { state } = client.status()
  return state !== 'closed' && state !== 'crashed'
}

/** A client that does not close is left to the browser, which ends its workers with the tab; the page goes on. */
async function closed(open: OpenClient | undefined): Promise<void> {
  if (open === undefined) return
  let timer: ReturnType<typeof setTimeout> | undefined
  const limit = new Promise<void>((resolve) => (timer = setTimeout(resolve, CLOSE_TIME_LIMIT)))
  await Promise.race([open.client.close().catch(() => undefined), limit])
  clearTimeout(timer)
}
