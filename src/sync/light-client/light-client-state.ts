/** What the light client knows: the structures its modules fill, and the signals by which they learn of each other's work. */
import { byteArrayEquals } from '@chainsafe/ssz'
import type { Clock } from '../../chain/clock.ts'
import { slotAtTime } from '../../chain/beacon-config.ts'
import type { Root } from '../../chain/bytes.ts'
import type { Network } from '../../chain/network.ts'
import type { CommitteeChain, InsertOutcome } from '../../consensus/committee-chain.ts'
import type { ConflictRecord } from '../../consensus/committee-chain-storage.ts'
import { EncodeError, encodeUpdate } from '../../consensus/containers/encode.ts'
import type { LightClientUpdate } from '../../consensus/containers/light-client-objects.ts'
import type { BeaconBlockHeader } from '../../consensus/containers/ssz-types.ts'
import { HeadTracker, type AnnouncedHead, type FinalityHead, type HeadChange } from '../../consensus/head-tracker.ts'
import { HeadValidator, type HeadVerdict, type ValidatedHead } from '../../consensus/head-validator.ts'
import { LightChain } from '../../consensus/light-chain.ts'
import type { Multiproof } from '../../consensus/multiproof/multiproof.ts'
import type { LightClientContext } from '../../consensus/protocol/light-client-store.ts'
import { supermajority } from '../../consensus/supermajority.ts'
import type { SyncCommitteeVerifier } from '../../consensus/sync-committee-verifier.ts'
import { Signal } from '../signal.ts'
import { headSummary } from './head-summary.ts'
import type { LightClientStorage } from './light-client-storage.ts'

/** Two thirds of a committee signed things that cannot both be: nothing is followed until the checkpoint is confirmed anew. */
export type Dispute =
  | { readonly kind: 'committees'; readonly conflict: ConflictRecord }
  | { readonly kind: 'finality'; readonly known: FinalityHead; readonly other: FinalityHead }

export type TakenHead =
  /** The chain has not begun. */
  | { readonly kind: 'noChain' }
  | { readonly kind: 'disputed'; readonly dispute: Dispute }
  | Extract<HeadVerdict, { kind: 'refused' }>
  | {
      readonly kind: 'valid'
      readonly head: ValidatedHead
      /** What it changed; `known` too for a head of fewer signers than may be used. */
      readonly change: HeadChange['kind']
    }

export interface LightClientStateOptions {
  readonly network: Network
  readonly clock: Clock
  readonly verifier: SyncCommitteeVerifier
  readonly storage: LightClientStorage
  /** Signers a head needs to be used; default and least: the supermajority. */
  readonly usedSigners?: number
}

/** A head in use and the server that brought it first. */
export interface SourcedHead<Head> {
  readonly head: Head
  readonly server: string
}

/**
 * Always:
 * - a head that is tracked was validated against {@link chain};
 * - the chain's finalized period follows the heads;
 * - once there is a {@link dispute} no update and no head is taken, until {@link begin} starts a chain from another checkpoint;
 * - each change fires its signal after it has happened.
 */
export class LightClientState {
  /** The committee chain began, grew, changed or is disputed. */
  readonly chainChanged = new Signal('committee chain')
  /** A validated or an announced head is another. */
  readonly headsChanged = new Signal('heads')
  /** Headers or state proofs were added, or other headers are canonical. */
  readonly headersChanged = new Signal('headers')
  readonly network: Network
  readonly headers = new LightChain<Multiproof>({
    isProofOf: (stateRoot, proof) => byteArrayEquals(proof.root, stateRoot),
  })
  #chain: CommitteeChain | undefined
  #validator: HeadValidator | undefined
  #tracker: HeadTracker
  #dispute: Dispute | undefined
  #optimistic: SourcedHead<ValidatedHead<'used'>> | undefined
  #finality: SourcedHead<FinalityHead> | undefined
  readonly #usedSigners: number

  /** @throws {RangeError} when `usedSigners` is less than a supermajority or more than there are members */
  constructor(private readonly options: LightClientStateOptions) {
    this.network = options.network
    const { preset } = options.network
    this.#usedSigners = options.usedSigners ?? supermajority(preset)
    if (!(this.#usedSigners >= supermajority(preset) && this.#usedSigners <= preset.syncCommitteeSize)) {
      const range = `${supermajority(preset)} to ${preset.syncCommitteeSize}`
      throw new RangeError(`a head that is used needs ${range} signers, ${this.#usedSigners} were asked for`)
    }
    this.#tracker = new HeadTracker(() => this.currentSlot())
  }

  /** Undefined until a checkpoint is proven. */
  get chain(): CommitteeChain | undefined {
    return this.#chain
  }

  /** For subscriptions at thresholds of their own; another one after each {@link begin}. */
  get validator(): HeadValidator | undefined {
    return this.#validator
  }

  /** Announced heads only; the validated ones are {@link optimistic} and {@link finality}. */
  get announced(): AnnouncedHead | undefined {
    return this.#tracker.announced
  }

  /** Servers that announce this head: whom to ask for its parts before others have it. */
  announcersOf(head: AnnouncedHead): readonly string[] {
    return this.#tracker.announcersOf(head)
  }

  /** The newest head that enough of a proven committee signed. */
  get optimistic(): SourcedHead<ValidatedHead<'used'>> | undefined {
    return this.#optimistic
  }

  /** The head with the newest finalized header. */
  get finality(): SourcedHead<FinalityHead> | undefined {
    return this.#finality
  }

  get dispute(): Dispute | undefined {
    return this.#dispute
  }

  /** By our clock; negative before the genesis. */
  currentSlot(): number {
    return slotAtTime(this.network, this.options.clock.now() / 1000)
  }

  context(): LightClientContext {
    return { network: this.network, verifier: this.options.verifier, currentSlot: this.currentSlot() }
  }

  /** Follows this chain from now on. Heads of the chain before are forgotten: they were proven by other committees. */
  begin(chain: CommitteeChain): void {
    this.#chain = chain
    this.#validator = new HeadValidator(chain, () => this.context())
    this.#tracker = new HeadTracker(() => this.currentSlot())
    this.#optimistic = undefined
    this.#finality = undefined
    this.#dispute = chain.conflict && { kind: 'committees', conflict: chain.conflict }
    this.chainChanged.fire()
    this.headsChanged.fire()
  }

  /** Undefined while there is no chain. */
  insert(update: LightClientUpdate): InsertOutcome | undefined {
    const outcome = this.#chain?.insert(update)
    if (outcome?.kind === 'halted') this.#dispute = { kind: 'committees', conflict: outcome.conflict }
    if (outcome !== undefined && CHANGES.has(outcome.kind)) this.chainChanged.fire()
    return outcome
  }

  /** Proves a finality or optimistic update that a server sent, and tracks it where enough signed. */
  takeHead(update: LightClientUpdate, server: string): TakenHead {
    const validator = this.#validator
    if (validator === undefined) return { kind: 'noChain' }
    if (this.#dispute !== undefined) return { kind: 'disputed', dispute: this.#dispute }
    const verdict = validator.validate(update)
    if (verdict.kind === 'refused') {
      if (verdict.error.fault.code === 'wrongAggregateKey') this.#withdraw(verdict.error.fault.period)
      return verdict
    }
    if (verdict.kind === 'halted') return this.#stop({ kind: 'committees', conflict: verdict.conflict })
    const { head } = verdict
    if (!isUsed(head) || head.signers < this.#usedSigners) return { kind: 'valid', head, change: 'known' }
    const change = this.#tracker.take(head)
    if (change.kind === 'conflict') return this.#stop({ kind: 'finality', known: change.known, other: change.other })
    if (change.kind !== 'known') this.#noteHeads(server)
    return { kind: 'valid', head, change: change.kind }
  }

  /** What a server says its head is. */
  announce(server: string, head: AnnouncedHead): void {
    this.#changeAnnounced(() => this.#tracker.announce(server, head))
  }

  /** Of a server that is gone. */
  forgetServer(server: string): void {
    this.#changeAnnounced(() => this.#tracker.forget(server))
  }

  /** @returns its root */
  addHeader(header: BeaconBlockHeader): Root {
    const root = this.headers.addHeader(header)
    this.headersChanged.fire()
    return root
  }

  /** The committee of this period carries a key that is not its members' sum: what taught it proves nothing. */
  #withdraw(period: number): void {
    this.#chain?.withdrawFrom(period - 1)
    this.chainChanged.fire()
  }

  #stop(dispute: Dispute): TakenHead {
    this.#dispute = dispute
    this.chainChanged.fire()
    return { kind: 'disputed', dispute }
  }

  #changeAnnounced(change: () => void): void {
    const before = this.#tracker.announced
    change()
    if (!isSameHead(this.#tracker.announced, before)) this.headsChanged.fire()
  }

  #noteHeads(server: string): void {
    const { optimistic, finality } = this.#tracker
    if (optimistic === undefined) return
    if (optimistic !== this.#optimistic?.head) this.#optimistic = { head: optimistic, server }
    if (finality !== this.#finality?.head) this.#finality = finality && { head: finality, server }
    this.headsChanged.fire()
    const kept = encodable(() => ({
      summary: headSummary(optimistic, finality),
      finality: finality && encodeUpdate(this.network, finality.update, 'finalityUpdate'),
      optimistic: encodeUpdate(this.network, optimistic.update, 'optimisticUpdate'),
    }))
    if (kept !== undefined) this.options.storage.putHeads(kept)
  }
}

const CHANGES: ReadonlySet<InsertOutcome['kind']> = new Set(['extended', 'replaced', 'reorganised', 'halted'])

/** A server may send an older header in a container of Gloas, which leaves out what its own container needs: not kept then. */
function encodable<T>(encode: () => T): T | undefined {
  try {
    return encode()
  } catch (error) {
    if (error instanceof EncodeError) return undefined
    throw error
  }
}

const isSameHead = (a: AnnouncedHead | undefined, b: AnnouncedHead | undefined): boolean =>
  a === b || (a?.slot === b?.slot && a !== undefined && b !== undefined && byteArrayEquals(a.blockRoot, b.blockRoot))

const isUsed = (head: ValidatedHead): head is ValidatedHead<'used'> => head.trust === 'used'
