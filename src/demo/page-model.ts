/** The page without its view: takes what the visitor does, keeps the state, tells the view when it changed. */
import { NETWORK_NAMES } from '../chain/network.ts'
import type { Beamtab, CreateBeamtab, Hex, KeptBlock } from '../client/public-types.ts'
import { createBeamModel, type BeamModel } from './beam/beam-model.ts'
import { createModeChoices } from './beam/mode-choice.ts'
import { createClientHolder } from './client-holder.ts'
import { loadListing, type ListedChain, type ListedFile, type Listing } from './data-listing.ts'
import { FileTooLargeError, fromServer, type FileSource } from './file-source.ts'
import { formatCount } from './format.ts'
import { MAX_FILE_BYTES, MAX_WAITING } from './limits.ts'
import { createFollowModel, type FollowModel } from './follow/follow-model.ts'
import { DEFAULT_NETWORK, readAddress } from './follow/page-address.ts'
import { createSettingsStore } from './follow/saved-settings.ts'
import { initialState, isBusy, reduce, type JobId, type PageEvent, type PageState } from './page-state.ts'
import { sortFiles } from './sort-files.ts'
import { parseTrustedRoot } from './trusted-root.ts'
import { createVerificationQueue, type Job } from './verification-queue.ts'

export interface PageModel {
  state(): PageState
  /** Calls `listener` after every change; returns what ends that. */
  subscribe(listener: () => void): () => void
  /** Opens the client and asks for the server's list. After a failed start it tries again. */
  start(): void
  readonly follow: Pick<
    FollowModel,
    'typeSettings' | 'follow' | 'stop' | 'chooseMode' | 'chooseHome' | 'fetchNetwork' | 'pickNetwork'
  >
  readonly beam: Pick<BeamModel, 'toggleBlock'>
  /** Files dropped or picked together: each block is a job, all light-client files are one. */
  addFiles(files: readonly File[]): Promise<void>
  verifyListed(blocks: readonly ListedFile[]): void
  verifyListedChain(chain: ListedChain): void
  verifyKept(blocks: readonly KeptBlock[]): void
  verifyKeptChain(): void
  /** Does nothing while jobs are pending or a client starts. */
  chooseNetwork(network: string): void
  typeTrustedRoot(text: string): void
  cancel(): void
  clearResults(): void
}

export interface PageSurroundings {
  readonly createBeamtab: CreateBeamtab
  /** The page's own, which may name network and servers. */
  readonly address: string
  /** URL of the network file that the page's own server offers; undefined where it offers none. */
  readonly home?: string | undefined
  /** What the browser keeps between visits; undefined where it keeps nothing. */
  readonly storage?: Pick<Storage, 'getItem' | 'setItem'> | undefined
  readonly fetchFrom?: typeof fetch
  readonly list?: () => Promise<Listing>
}

export function createPageModel({
  createBeamtab,
  address,
  home,
  storage,
  fetchFrom = (input, init) => fetch(input, init),
  list = loadListing,
}: PageSurroundings): PageModel {
  const named = readAddress(address)
  let state = initialState(named.network.kind === 'built-in' ? named.network.name : DEFAULT_NETWORK, home)
  let isBegun = false
  let lastId: JobId = 0
  const listeners = new Set<() => void>()
  const holder = createClientHolder(createBeamtab, emit, readKept)
  const follow = createFollowModel({
    holder,
    state: () => state,
    emit,
    address: named,
    settings: createSettingsStore(storage),
    modes: createModeChoices(storage),
    fetchFrom,
  })
  const beam = createBeamModel({ holder, state: () => state, emit })
  const queue = createVerificationQueue({
    holder,
    emit,
    currentNetwork: () => state.network,
    isBuiltIn,
    onStored: readKept,
  })
  return {
    state: () => state,
    subscribe,
    start,
    follow,
    beam,
    addFiles,
    verifyListed: (blocks) => refuse(addBlocks(blocks.map(fromServer))),
    verifyListedChain: (chain) => refuse(addChain(chain.name, chain.files.map(fromServer), networkInName(chain.name))),
    verifyKept: (blocks) => refuse(addKept(blocks)),
    verifyKeptChain: () => refuse(addKeptChain()),
    chooseNetwork,
    typeTrustedRoot: (text) => emit({ type: 'trusted-root-typed', text }),
    cancel: () => queue.cancel(),
    clearResults: () => emit({ type: 'results-cleared' }),
  }

  function emit(event: PageEvent): void {
    state = reduce(state, event)
    if (event.type === 'network-changed') return follow.readSettings()
    if (event.type === 'client-changed') beam.refresh()
    for (const listener of listeners) listener()
  }

  function refuse(reasons: readonly string[]): void {
    emit({ type: 'refused', reasons })
  }

  function subscribe(listener: () => void): () => void {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }

  function start(): void {
    if (isBegun) follow.open()
    else void follow.begin()
    isBegun = true
    if (state.listing.kind === 'loading') void list().then((listing) => emit({ type: 'data-listed', listing }))
  }

  function chooseNetwork(name: string): void {
    const isFree = !isBusy(state) && state.client.kind !== 'starting'
    const isOther = name !== state.network || state.follow.networkFile !== undefined
    if (isFree && isOther) follow.chooseNetwork(name)
  }

  function readKept(client: Beamtab): void {
    const show = (kept: readonly KeptBlock[]) => {
      if (client.network === state.network) emit({ type: 'kept-read', kept })
    }
    // Without the list nothing is wrong but the list: the client reports its store's problems in its status.
    client.keptBlocks().then(show, () => show([]))
  }

  async function addFiles(files: readonly File[]): Promise<void> {
    const { blocks, chain, refused } = await sortFiles(files)
    const name = chainName(chain)
    refuse([...refused, ...(chain.length === 0 ? [] : addChain(name, chain, state.network)), ...addBlocks(blocks)])
  }

  /** As all that add jobs: returns what to say of those that were not taken. */
  function addBlocks(sources: readonly FileSource[]): string[] {
    const { taken, refused } = asManyAsFit(sources)
    const jobs = taken.map((source) => ({ id: ++lastId, kind: 'block' as const, source }))
    emit({
      type: 'blocks-queued',
      blocks: jobs.map(({ id, source }) => ({ id, name: source.name, origin: 'input' })),
    })
    queue.add(jobs)
    return refused
  }

  function addKept(blocks: readonly KeptBlock[]): string[] {
    const { taken, refused } = asManyAsFit(blocks)
    const jobs = taken.map(({ hash, number }) => ({ id: ++lastId, hash, number }))
    emit({
      type: 'blocks-queued',
      blocks: jobs.map(({ id, number }) => ({ id, name: `block ${number}`, origin: 'store' })),
    })
    queue.add(jobs.map(({ id, hash }) => ({ id, kind: 'kept-block', hash, network: state.network })))
    return refused
  }

  function addChain(name: string, sources: readonly FileSource[], of: string): string[] {
    const bytes = sources.reduce((sum, source) => sum + source.bytes, 0)
    if (bytes > MAX_FILE_BYTES) return [new FileTooLargeError(name, bytes).message]
    return queueChain({ name, origin: 'input', network: of }, (id, trustedRoot) => ({
      id,
      kind: 'light-client',
      sources,
      trustedRoot,
      network: of,
    }))
  }

  function addKeptChain(): string[] {
    const of = state.network
    return queueChain({ name: 'Kept chain', origin: 'store', network: of }, (id, trustedRoot) => ({
      id,
      kind: 'kept-light-client',
      trustedRoot,
      network: of,
    }))
  }

  function queueChain(
    chain: { readonly name: string; readonly origin: 'input' | 'store'; readonly network: string },
    jobOf: (id: JobId, trustedRoot: Hex | undefined) => Job,
  ): string[] {
    const trusted = parseTrustedRoot(state.trustedRoot)
    // Going on without the root would trust the file instead of what the visitor meant to trust.
    if (trusted.kind === 'invalid') return [`${chain.name} was not begun, for its trusted root: ${trusted.reason}`]
    const { taken, refused } = asManyAsFit([chain])
    if (taken.length > 0) {
      const id = ++lastId
      emit({ type: 'chain-queued', chain: { id, ...chain } })
      queue.add([jobOf(id, trusted.kind === 'given' ? trusted.root : undefined)])
    }
    return refused
  }

  function asManyAsFit<Item>(items: readonly Item[]): { readonly taken: readonly Item[]; readonly refused: string[] } {
    const taken = items.slice(0, Math.max(0, MAX_WAITING - queue.pending()))
    const left = items.length - taken.length
    const refused = `${formatCount(left, 'job')} not taken: at most ${MAX_WAITING} wait. Add them when some are done.`
    return { taken, refused: left === 0 ? [] : [refused] }
  }

  /** Listed folders begin with their network's name; of another name they are tried on the network that is open. */
  function networkInName(name: string): string {
    return NETWORK_NAMES.find((known) => name.startsWith(`${known}-`)) ?? state.network
  }
}

function isBuiltIn(network: string): boolean {
  return NETWORK_NAMES.includes(network)
}

/** A run of several files is called by its first and how many more there are. */
function chainName(files: readonly FileSource[]): string {
  const first = files[0]?.name ?? ''
  return files.length < 2 ? first : `${first} and ${formatCount(files.length - 1, 'more file')}`
}
