/** Following, as the visitor steers it: which network, by which servers, begun and stopped, kept for the next visit. */
import { NETWORK_NAMES } from '../../chain/network.ts'
import { FollowError } from '../../client/errors.ts'
import type { Mode } from '../../client/public-types.ts'
import { wantedExecution } from '../beam/execution-offer.ts'
import type { ModeChoices } from '../beam/mode-choice.ts'
import type { ClientHolder } from '../client-holder.ts'
import { reasonOf } from '../format.ts'
import type { PageEvent, PageState } from '../page-state.ts'
import type { SettingsOrigin } from './follow-state.ts'
import { NO_SETTINGS, parseFollowSettings, type FollowSettings } from './follow-settings.ts'
import { fetchNetworkFile, parseNetworkText, readNetworkFile, type NetworkFile } from './network-file.ts'
import { DEFAULT_NETWORK, type PageAddress } from './page-address.ts'
import type { SavedSettings, SettingsStore } from './saved-settings.ts'

export interface FollowModel {
  /**
   * Opens the client for what the address, the last visit, the page's own server, or none of them, names. Follows at once when the address or the
   * network file names servers, or the visitor followed when they left; asks nobody otherwise.
   */
  begin(): Promise<void>
  /** Opens the client again as it is to be. */
  open(): void
  typeSettings(part: Partial<FollowSettings>): void
  /** Follows with what is typed, in place of what was followed. */
  follow(): void
  stop(): void
  /** Executes blocks from now on, or not; what a link began to follow is the visitor's own by that. */
  chooseMode(mode: Mode): void
  /** A built-in network, which is not followed before the visitor says so. */
  chooseNetwork(name: string): void
  /** The network of the page's own server, followed at once. */
  chooseHome(): void
  fetchNetwork(url: string): Promise<void>
  pickNetwork(file: File): Promise<void>
  /** Shows the settings of the network in use, which a job changed. */
  readSettings(): void
}

export interface FollowSurroundings {
  readonly holder: Pick<ClientHolder, 'choose'>
  readonly state: () => PageState
  readonly emit: (event: PageEvent) => void
  readonly address: PageAddress
  readonly settings: SettingsStore
  readonly modes: ModeChoices
  readonly fetchFrom: typeof fetch
}

export function createFollowModel(surroundings: FollowSurroundings): FollowModel {
  const { holder, emit, settings, modes, address } = surroundings
  const follow = () => surroundings.state().follow
  /** Ends the wait for a network file that is not wanted any more. */
  let loading = new AbortController()
  return {
    begin,
    open,
    typeSettings: (part) => emit({ type: 'settings-typed', part }),
    follow: () => followBy('visitor'),
    stop,
    chooseMode,
    chooseNetwork,
    chooseHome: () => void loadHome('visitor'),
    fetchNetwork: (url) => load(url, (signal) => fetchNetworkFile(url, signal, surroundings.fetchFrom), 'visitor'),
    pickNetwork: (file) => load(file.name, () => readNetworkFile(file), 'visitor'),
    readSettings,
  }

  async function begin(): Promise<void> {
    const { network, settings: linked } = address
    const { file } = saved()
    if (network.kind === 'file') {
      await load(network.url, (signal) => fetchNetworkFile(network.url, signal, surroundings.fetchFrom), 'address')
      // Without its network a link's settings are for nothing; files can be checked all the same.
      if (follow().networkLoad.kind === 'failed') open()
      return
    }
    if (network.kind === 'none' && file !== undefined) {
      const read = () => parseNetworkText(file.text, { kind: 'picked', name: file.name })
      await load(file.name, async () => read(), 'visitor')
      if (follow().networkLoad.kind === 'failed') open()
      return
    }
    if (network.kind === 'none' && follow().home !== undefined) {
      await loadHome(linked === undefined ? 'visitor' : 'address')
      if (follow().networkLoad.kind === 'failed') open()
      return
    }
    if (network.kind === 'unknown') {
      const notice = `The address names the network “${network.text}”, which is neither built in nor a URL: this is ${DEFAULT_NETWORK}.`
      emit({ type: 'noticed', notices: [...follow().notices, notice] })
    }
    readSettings()
    if (linked !== undefined) emit({ type: 'settings-read', settings: linked, origin: 'address' })
    followIfWanted(network.kind === 'unknown' ? 'nothing' : 'as named')
  }

  /** Follows where the address, the network file or the last visit says so; else opens the client alone. */
  function followIfWanted(which: 'as named' | 'nothing'): void {
    const { origin, settings: shown, networkFile } = follow()
    const last = savedOf(surroundings.state().network)
    const isLinked = origin === 'address' && shown.servers !== ''
    const isWanted = isLinked || (last === undefined ? networkFile?.namesServers === true : last.isFollowing)
    if (which === 'nothing' || !isWanted) return open()
    const isOfAddress = origin === 'address' || (last === undefined && networkFile?.from.kind === 'url')
    followBy(isOfAddress ? 'address' : 'visitor')
  }

  function followBy(origin: SettingsOrigin): void {
    const { settings: typed, networkFile } = follow()
    if (parse(typed, networkFile).kind === 'invalid') {
      emit({ type: 'follow-refused' })
      // What was followed goes on; at the start nothing is open yet.
      return open()
    }
    emit({ type: 'follow-begun', origin })
    if (origin === 'visitor') {
      settings.saveNetwork({ network: surroundings.state().network, settings: typed, isFollowing: true })
    }
    open()
  }

  function stop(): void {
    const { network } = surroundings.state()
    const { active, settings: typed } = follow()
    if (active === undefined) return
    const kept = active.origin === 'visitor' ? typed : (savedOf(network)?.settings ?? NO_SETTINGS)
    settings.saveNetwork({ network, settings: kept, isFollowing: false })
    emit({ type: 'follow-stopped' })
    open()
  }

  function chooseMode(mode: Mode): void {
    modes.save(surroundings.state().network, mode)
    emit({ type: 'mode-set', mode })
    if (mode === 'beam' && follow().active?.origin === 'address') return followBy('visitor')
    open()
  }

  function open(): void {
    const { network } = surroundings.state()
    const { active, networkFile } = follow()
    const parsed = active === undefined ? undefined : parse(active.settings, networkFile)
    const valid = parsed?.kind === 'valid' ? parsed.options : undefined
    // What follows from somebody else's link is not trusted at the next visit.
    const options = valid && active?.origin === 'address' ? { ...valid, keepChain: false } : valid
    const beam = options && wantedExecution(follow())
    holder.choose({ network, file: networkFile?.content, follow: options, beam }).catch((error: unknown) => {
      // Any other failure to open is shown as the client's state.
      if (!(error instanceof FollowError) || follow().active !== active) return
      emit({ type: 'follow-failed', reason: error.message })
      open()
    })
  }

  function chooseNetwork(name: string): void {
    if (!NETWORK_NAMES.includes(name)) return
    loading.abort()
    settings.saveFile(undefined)
    emit({ type: 'network-changed', network: name, file: undefined })
    open()
  }

  async function loadHome(origin: SettingsOrigin): Promise<void> {
    const { home } = follow()
    if (home === undefined) return
    await load(home, (signal) => fetchNetworkFile(home, signal, surroundings.fetchFrom, 'home'), origin)
  }

  /** Takes a network file into use; the network before stays when it fails. */
  async function load(
    from: string,
    read: (signal: AbortSignal) => Promise<NetworkFile>,
    origin: SettingsOrigin,
  ): Promise<void> {
    loading.abort()
    loading = new AbortController()
    const { signal } = loading
    emit({ type: 'network-file-loading', from })
    try {
      const file = await read(signal)
      if (!signal.aborted) use(file, origin)
    } catch (error) {
      if (!signal.aborted) emit({ type: 'network-file-failed', reason: reasonOf(error) })
    }
  }

  function use(file: NetworkFile, origin: SettingsOrigin): void {
    settings.saveFile(file.from.kind === 'picked' ? { name: file.from.name, text: file.text } : undefined)
    emit({ type: 'network-changed', network: file.name, file })
    const linked = origin === 'address' ? address.settings : undefined
    if (linked !== undefined) emit({ type: 'settings-read', settings: linked, origin: 'address' })
    followIfWanted('as named')
  }

  function readSettings(): void {
    const last = savedOf(surroundings.state().network)
    emit({ type: 'settings-read', settings: last?.settings ?? NO_SETTINGS, origin: 'visitor' })
    emit({ type: 'mode-set', mode: modes.read(surroundings.state().network) })
  }

  function savedOf(network: string) {
    return saved().networks.find((entry) => entry.network === network)
  }

  function saved(): SavedSettings {
    const read = settings.read()
    if (read.kind === 'read') return read.saved
    const notice = `The settings of your last visit are not used: ${read.reason}.`
    if (!follow().notices.includes(notice)) emit({ type: 'noticed', notices: [...follow().notices, notice] })
    return { networks: [], file: undefined }
  }
}

function parse(settings: FollowSettings, file: NetworkFile | undefined) {
  return parseFollowSettings(settings, { namesServers: file?.namesServers ?? false })
}
