/** Begins the committee chain: from what is kept, or from a bootstrap that a server sends, once a root is trusted. */
import { byteArrayEquals } from '@chainsafe/ssz'
import type { Root } from '../../chain/bytes.ts'
import type { Clock } from '../../chain/clock.ts'
import { asError } from '../../chain/thrown.ts'
import { checkpointData, type CheckpointData } from '../../consensus/checkpoint-data.ts'
import { CommitteeChain, type CommitteeChainOptions } from '../../consensus/committee-chain.ts'
import { EncodeError, encodeBootstrap } from '../../consensus/containers/encode.ts'
import { InvalidBootstrapError } from '../../consensus/protocol/light-client-error.ts'
import type { CheckpointPolicy } from '../checkpoint/checkpoint-policy.ts'
import type { CheckpointTrust, TrustedCheckpoint } from '../checkpoint/decide.ts'
import type { Environment, ServerHandle } from '../environment.ts'
import type { Module, ModuleEvent } from '../module.ts'
import { Signal } from '../signal.ts'
import { AskAround } from './ask-around.ts'
import { BootstrapError, type ServerWord } from './bootstrap-error.ts'
import { BootstrapLadder, describeFailure, type Explanation } from './bootstrap-ladder.ts'
import { NoServerError, type CheckpointProgress } from './checkpoint-progress.ts'
import { loadKeptChain, type LoadedKeptChain, type ProvenKeptChain } from './kept-chain.ts'
import type { LightClientState } from './light-client-state.ts'
import type { LightClientStorage } from './light-client-storage.ts'

export interface CheckpointInitOptions {
  readonly state: LightClientState
  readonly policy: CheckpointPolicy
  readonly storage: LightClientStorage
  readonly clock: Clock
  /** A sentence on this machine's clock, where it seems to be wrong: added to errors that a wrong clock explains. */
  readonly explainClock?: () => string | undefined
}

/** ms until servers are asked again after the first failure, and at most: doubling, a minute is the age of a new epoch's sixth. */
const RETRY_MIN_MS = 2_000
const RETRY_MAX_MS = 60_000

/** ms for finding out why nobody has a bootstrap: some servers rest after a failure, and an explanation can do without them. */
const EXPLAIN_MAX_MS = 20_000

/** Where heads of the last visit are said to come from. */
export const KEPT_SOURCE = 'the store'

type Work =
  | { readonly kind: 'idle' }
  | { readonly kind: 'loading'; readonly loaded: LoadedKeptChain | undefined }
  | { readonly kind: 'asking'; readonly ask: AskAround<'bootstrap'>; readonly words: ServerWord[]; hasAbsent: boolean }
  | { readonly kind: 'explaining'; readonly ladder: BootstrapLadder }
  | { readonly kind: 'waiting' }

/**
 * In its turns it does one thing at a time for one root; when the policy decides on another, it starts over with that. A
 * chain begins only with a root that is trusted, proven by its bootstrap, of an age that the policy allows.
 */
export class CheckpointInit implements Module {
  readonly name = 'checkpoint init'
  readonly triggers: readonly Signal[]
  /** {@link progress} or {@link problem} is another, for whoever shows it. */
  readonly progressed = new Signal('checkpoint progress')
  readonly #options: CheckpointInitOptions
  readonly #goOn = new Signal('checkpoint init goes on')
  /** What is kept was looked at for this root: it is not read again with each new attempt. */
  #loadedFor: Root | undefined
  #work: Work = { kind: 'idle' }
  /** For which {@link #work} is done. */
  #target: TrustedCheckpoint | undefined
  /** At most one load is under way, since it may change what is stored. */
  #isLoading = false
  #links = 0
  /** Proven, and of an age that was not allowed: judged again without asking anybody again. */
  #held: { readonly root: Root; readonly proof: CheckpointData | ProvenKeptChain } | undefined
  #begunBy: CheckpointTrust | undefined
  /** `nobody`: there is no server to ask; why, each of them says when that is read. */
  #problem: Error | 'nobody' | undefined
  readonly #servers = new Set<ServerHandle>()
  #failures = 0
  #cancelTimer: () => void = () => undefined
  #isClosed = false

  constructor(options: CheckpointInitOptions) {
    this.#options = options
    this.triggers = [options.policy.changed, options.state.chainChanged, this.#goOn]
  }

  get progress(): CheckpointProgress {
    const { chain } = this.#options.state
    if (this.#target === undefined) {
      return chain === undefined || this.#begunBy === undefined || this.#isDisputed()
        ? { kind: 'deciding' }
        : { kind: 'begun', root: chain.checkpoint.blockRoot, by: this.#begunBy }
    }
    const { root } = this.#target
    switch (this.#work.kind) {
      case 'loading':
        return { kind: 'loading', root, links: this.#links }
      case 'asking':
        return { kind: 'asking', root, servers: Array.from(this.#work.ask.asked, ({ name }) => name) }
      case 'explaining':
        return { kind: 'explaining', root }
      case 'idle':
      case 'waiting':
        return { kind: 'waiting', root }
    }
  }

  /**
   * Why there is no chain yet: a {@link BootstrapError} with a word of each server, what the policy's sources said, or a
   * {@link NoServerError}. Undefined while nothing has failed, and once there is a chain.
   */
  get problem(): Error | undefined {
    if (this.#options.state.chain !== undefined && !this.#isDisputed()) return undefined
    if (this.#problem === 'nobody') return new NoServerError(Array.from(this.#servers, reasonOf))
    return this.#problem ?? this.#options.policy.refusal?.error
  }

  /** Of the chain that has begun. */
  get trust(): CheckpointTrust | undefined {
    return this.#begunBy
  }

  /** Leaves no timer; a load that is under way ends unheard. */
  close(): void {
    this.#isClosed = true
    this.#cancelTimer()
  }

  process(environment: Environment, events: readonly ModuleEvent[]): void {
    if (this.#isClosed) return
    this.#choose()
    for (const event of events) this.#hear(environment, event)
    if (this.#target !== undefined) this.#proceed(environment, this.#target)
  }

  /** Starts over where the root to begin with is another one, and ends where there is none. */
  #choose(): void {
    const { policy, state } = this.#options
    if (this.#isDisputed()) policy.dispute(state.chain!.checkpoint.blockRoot)
    const { decision } = policy
    const isWanted = state.chain === undefined || this.#isDisputed()
    const target = isWanted && decision?.kind === 'trusted' ? decision : undefined
    if (target === this.#target) return
    const isSameRoot =
      target !== undefined && this.#target !== undefined && byteArrayEquals(target.root, this.#target.root)
    this.#target = target
    if (isSameRoot) return
    this.#cancelTimer()
    this.#failures = 0
    this.#problem = undefined
    this.#work = { kind: 'idle' }
    this.progressed.fire()
  }

  #hear(environment: Environment, event: ModuleEvent): void {
    if (event.kind === 'registered') this.#servers.add(event.server)
    if (event.kind === 'unregistered') this.#servers.delete(event.server)
    const work = this.#work
    if (work.kind === 'asking') this.#hearBootstrap(environment, work, event)
    else if (work.kind === 'explaining') work.ladder.hear(environment, event)
    // A new server may have what the others lack; of a root of the wrong age it has no more than they.
    else if (work.kind === 'waiting' && event.kind === 'registered' && this.#held === undefined) this.#retry()
  }

  /** As far as it gets in this turn; each pass ends what the one before has begun. */
  #proceed(environment: Environment, target: TrustedCheckpoint): void {
    for (let before: Work | undefined; before !== this.#work && this.#target === target;) {
      before = this.#work
      this.#step(environment, target, before)
    }
  }

  #step(environment: Environment, target: TrustedCheckpoint, work: Work): void {
    switch (work.kind) {
      case 'idle':
        if (this.#held !== undefined && byteArrayEquals(this.#held.root, target.root)) {
          return this.#begin(target, this.#held.proof)
        }
        if (this.#loadedFor !== undefined && byteArrayEquals(this.#loadedFor, target.root)) {
          return this.#startAsking(target)
        }
        // One of another root may be under way: nobody wants it, but its end has to be awaited.
        if (!this.#isLoading) this.#load(target)
        return
      case 'loading':
        if (work.loaded !== undefined) this.#takeLoaded(target, work.loaded)
        return
      case 'asking':
        return this.#ask(environment, target, work)
      case 'explaining': {
        const explanation = work.ladder.step(environment)
        if (explanation !== undefined) this.#fail(target, explanation)
        return
      }
      case 'waiting':
        return
    }
  }

  #load(target: TrustedCheckpoint): void {
    const { clock } = this.#options
    const work: Work = { kind: 'loading', loaded: undefined }
    this.#work = work
    this.#links = 0
    this.#isLoading = true
    const onLink = () => {
      this.#links += 1
      this.progressed.fire()
    }
    void loadKeptChain(this.#chainOptions(), clock, target.root, onLink)
      .catch((error: unknown): LoadedKeptChain => ({ kind: 'unusable', error: asError(error) }))
      .then((loaded) => {
        this.#isLoading = false
        if (this.#work === work) this.#work = { kind: 'loading', loaded }
        if (!this.#isClosed) this.#goOn.fire()
      })
  }

  #takeLoaded(target: TrustedCheckpoint, loaded: LoadedKeptChain): void {
    if (loaded.kind === 'loaded') return this.#begin(target, loaded)
    this.#loadedFor = target.root
    if (target.by === 'kept') {
      const error = loaded.kind === 'unusable' ? loaded.error : new Error('nothing is kept any more')
      this.#options.policy.passOverKept(error)
      return this.#choose()
    }
    this.#startAsking(target)
  }

  #startAsking({ root: blockRoot }: TrustedCheckpoint): void {
    const ask = new AskAround({ kind: 'bootstrap', request: { blockRoot }, atOnce: 1 })
    this.#work = { kind: 'asking', ask, words: [], hasAbsent: false }
  }

  #hearBootstrap(environment: Environment, work: Extract<Work, { kind: 'asking' }>, event: ModuleEvent): void {
    const target = this.#target
    const ended = work.ask.hear(event)
    if (ended === undefined || target === undefined) return
    const { server } = ended
    if (ended.kind === 'failure') {
      if (ended.failure.kind === 'error' && ended.failure.error.fault.code === 'absent') work.hasAbsent = true
      work.words.push({ server: server.name, said: describeFailure(ended.failure) })
      return
    }
    try {
      const { network } = this.#options.state
      const data = checkpointData(network, target.root, ended.response)
      environment.reportProven(server)
      // What cannot be encoded cannot be kept or served either: another server may have it in its own fork's container.
      encodeBootstrap(network, data.bootstrap)
      this.#begin(target, data)
    } catch (error) {
      if (!(error instanceof InvalidBootstrapError || error instanceof EncodeError)) throw error
      if (error instanceof InvalidBootstrapError) environment.reportFalse(server, error)
      work.words.push({ server: server.name, said: error.message })
    }
  }

  #ask(environment: Environment, target: TrustedCheckpoint, work: Extract<Work, { kind: 'asking' }>): void {
    const { state, policy } = this.#options
    const asking = work.ask.step(environment)
    // What servers have said of the root before is beside the point once none of them serves light clients.
    const isServed = [...this.#servers].some(({ capabilities }) => capabilities['light-client'] !== undefined)
    if (asking === 'nobody' && (this.#problem === undefined || (this.#problem !== 'nobody' && !isServed))) {
      this.#problem = 'nobody'
      this.progressed.fire()
    }
    if (asking !== 'nobody' && this.#problem === 'nobody') {
      this.#problem = undefined
      this.progressed.fire()
    }
    if (asking !== 'over') return
    if (!work.hasAbsent) return this.#fail(target, { fault: { code: 'unanswered' }, servers: work.words })
    const { preset } = state.network
    const ladder = new BootstrapLadder(
      { preset, root: target.root, ageError: (slot) => policy.ageError(slot) },
      work.ask.asked,
      work.words,
    )
    this.#work = { kind: 'explaining', ladder }
    this.#setTimer(EXPLAIN_MAX_MS, () => {
      ladder.hurry()
      this.#goOn.fire()
    })
    this.progressed.fire()
  }

  #begin(target: TrustedCheckpoint, proof: CheckpointData | ProvenKeptChain): void {
    const { policy, state } = this.#options
    const slot = 'chain' in proof ? proof.finalizedSlot : proof.header.beacon.slot
    const error = policy.ageError(slot)
    if (error !== undefined) {
      if (target.by === 'kept') {
        policy.passOverKept(error)
        return this.#choose()
      }
      this.#held = { root: target.root, proof }
      return this.#fail(target, { fault: { code: 'age', slot, error }, servers: [] })
    }
    this.#held = undefined
    this.#begunBy = target.by
    this.#target = undefined
    this.#work = { kind: 'idle' }
    this.#problem = undefined
    state.begin('chain' in proof ? proof.chain : new CommitteeChain(this.#chainOptions(), proof))
    if ('chain' in proof) for (const update of proof.heads) state.takeHead(update, KEPT_SOURCE)
    this.progressed.fire()
  }

  #fail(target: TrustedCheckpoint, { fault, servers }: Explanation): void {
    const { explainClock, policy } = this.#options
    this.#problem = new BootstrapError(target.root, fault, servers, fault.code === 'age' ? explainClock?.() : undefined)
    this.#work = { kind: 'waiting' }
    const ms = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** this.#failures)
    this.#failures += 1
    this.#setTimer(ms, () => this.#retry())
    // Sources may by now agree on a newer block, of which servers have more.
    if (target.by === 'quorum') policy.seek()
    this.progressed.fire()
  }

  /** There is one at a time. */
  #setTimer(ms: number, run: () => void): void {
    this.#cancelTimer()
    this.#cancelTimer = this.#options.clock.after(ms, run)
  }

  #retry(): void {
    this.#cancelTimer()
    this.#work = { kind: 'idle' }
    this.#goOn.fire()
  }

  #isDisputed(): boolean {
    return this.#options.state.dispute !== undefined
  }

  #chainOptions(): CommitteeChainOptions & { readonly storage: LightClientStorage } {
    const { state, storage } = this.#options
    const { network, verifier } = state.context()
    return { network, verifier, storage, currentSlot: () => state.currentSlot() }
  }
}

/** Why a server cannot be asked for a bootstrap. */
function reasonOf({ name, capabilities, lastError }: ServerHandle): ServerWord {
  const lacks = Object.keys(capabilities).length === 0 ? 'it has not answered yet' : 'it serves no light clients'
  const said = capabilities['light-client'] === undefined ? lacks : 'it takes no requests for a moment'
  return { server: name, said: lastError?.message ?? said }
}
