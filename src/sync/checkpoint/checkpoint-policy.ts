/** Keeps the decision about where to start: makes it, asks again where it failed, and makes it anew when it proved useless. */
import { byteArrayEquals } from '@chainsafe/ssz'
import { slotAtTime } from '../../chain/beacon-config.ts'
import type { Root } from '../../chain/bytes.ts'
import type { Clock } from '../../chain/clock.ts'
import type { Network } from '../../chain/network.ts'
import { asError } from '../../chain/thrown.ts'
import type { WeakSubjectivityError } from '../../consensus/weak-subjectivity.ts'
import { Signal } from '../signal.ts'
import type { CheckpointSource } from './checkpoint-source.ts'
import {
  ageError,
  decideCheckpoint,
  type CheckpointDecision,
  type KeptChain,
  type RefusedCheckpoint,
  type RootWithEpoch,
} from './decide.ts'
import { LEAST_QUORUM, MAX_SOURCES, askQuorum } from './quorum.ts'

export interface CheckpointPolicyOptions {
  readonly network: Network
  readonly clock: Clock
  /** By the user: an option, or the checkpoint of a network file of theirs. */
  readonly given?: Root | undefined
  /** The checkpoint of a network that is built in; see {@link rootsOfNetwork}. */
  readonly builtIn?: RootWithEpoch | undefined
  /** Asked where no root is at hand; at most {@link MAX_SOURCES}. */
  readonly sources: readonly CheckpointSource[]
  /** Owners that must agree; default and least {@link LEAST_QUORUM}. */
  readonly needed?: number
  /** Asked once per decision, where nothing is given. A rejection counts as nothing of use being kept. */
  readonly kept: () => Promise<KeptChain | undefined>
  /** Default: refuse. */
  readonly oldCheckpoints?: 'refuse' | 'allow'
}

/** Least ms between two rounds of questions, and the delay after the first failure. */
const SEEK_DELAY_MIN_MS = 2_000

/** Most ms between two: a network that comes back is found within a minute, and public sources bear one question a minute. */
const SEEK_DELAY_MAX_MS = 60_000

/** What a network says of where to start: what a user's file names is given by the user, the rest came with this program. */
export function rootsOfNetwork(
  { checkpoint }: Network,
  origin: 'built-in' | 'file',
): { readonly given: Root | undefined; readonly builtIn: RootWithEpoch | undefined } {
  if (checkpoint === null) return { given: undefined, builtIn: undefined }
  return origin === 'file' ? { given: checkpoint.root, builtIn: undefined } : { given: undefined, builtIn: checkpoint }
}

/**
 * Always:
 * - one decision is in the making at a time; after sources were asked they are left alone for {@link SEEK_DELAY_MIN_MS},
 *   longer after each failure;
 * - after a refusal it tries again by itself, for ever, until it trusts a root or is closed;
 * - {@link changed} fires after each new decision; a root that is trusted stays so while another is sought, unless it
 *   proved useless or its chain is disputed;
 * - after {@link close} it asks nobody, leaves no timer and fires nothing.
 */
export class CheckpointPolicy {
  readonly changed = new Signal('checkpoint policy')
  #decision: CheckpointDecision | undefined
  #refusal: RefusedCheckpoint | undefined
  #keptError: Error | undefined
  #disputed: Root | undefined
  #making: AbortController | undefined
  #isWanted = false
  #endRest: (() => void) | undefined
  #failures = 0
  #isClosed = false

  /** @throws {RangeError} for more sources than {@link MAX_SOURCES}, or fewer owners to agree than {@link LEAST_QUORUM} */
  constructor(private readonly options: CheckpointPolicyOptions) {
    const { sources, needed = LEAST_QUORUM } = options
    if (!(Number.isInteger(needed) && needed >= LEAST_QUORUM)) {
      throw new RangeError(`at least ${LEAST_QUORUM} sources must agree on a checkpoint, ${needed} were asked for`)
    }
    if (sources.length > MAX_SOURCES) {
      throw new RangeError(`${sources.length} checkpoint sources were given, at most ${MAX_SOURCES} are asked`)
    }
  }

  /** Undefined until the first one is made, and where the last one proved useless. */
  get decision(): CheckpointDecision | undefined {
    return this.#decision
  }

  /** Why the last attempt came to nothing; undefined once one did not. A root may be trusted all the same, from before. */
  get refusal(): RefusedCheckpoint | undefined {
    return this.#refusal
  }

  /** A decision is in the making now. */
  get isSeeking(): boolean {
    return this.#making !== undefined
  }

  /** Why no chain may start at this slot: the same rule for a root at hand, for its block, and for what a kept chain finalized. */
  ageError(slot: number): WeakSubjectivityError | undefined {
    return ageError(this.#terms(), slot)
  }

  /** Has a decision made where there is none, and a newer root sought where there is one. */
  seek(): void {
    if (this.isSeeking) return
    this.#isWanted = true
    this.#proceed()
  }

  /** What is kept turned out to be of no use: decides without it. */
  passOverKept(error: Error): void {
    if (this.#keptError !== undefined) return
    this.#keptError = error
    this.#decideAnew()
  }

  /** A chain from this root contradicts itself: from now on only sources are believed, and never for this root again. */
  dispute(startedFrom: Root): void {
    if (this.#disputed !== undefined && byteArrayEquals(this.#disputed, startedFrom)) return
    this.#disputed = startedFrom
    this.#decideAnew()
  }

  close(): void {
    this.#isClosed = true
    this.#endRest?.()
    this.#making?.abort(new DOMException('the checkpoint policy was closed', 'AbortError'))
  }

  #decideAnew(): void {
    this.#decision = undefined
    this.#isWanted = true
    this.#making?.abort(new DOMException('another decision is wanted', 'AbortError'))
    this.#proceed()
  }

  #proceed(): void {
    if (!this.#isWanted || this.#isClosed || this.isSeeking || this.#endRest !== undefined) return
    this.#isWanted = false
    const making = new AbortController()
    this.#making = making
    void this.#make(making.signal).then(
      (decision) => this.#finish(making, decision),
      (error: unknown) => this.#finish(making, { kind: 'refused', error: asError(error), passedOver: [] }),
    )
  }

  async #make(signal: AbortSignal): Promise<CheckpointDecision> {
    const { given, builtIn, kept, sources, needed = LEAST_QUORUM, clock } = this.options
    const isKeptOfUse = given === undefined && this.#disputed === undefined && this.#keptError === undefined
    const choices = {
      ...this.#terms(),
      given,
      builtIn,
      kept: isKeptOfUse ? await kept().catch(asError) : this.#keptError,
      disputed: this.#disputed,
    }
    return decideCheckpoint(choices, () => {
      // What is closed, or overtaken while the storage was read, asks nobody and leaves no timer.
      if (signal.aborted) return Promise.reject(asError(signal.reason))
      this.#rest()
      return askQuorum({ sources, needed, clock, signal })
    })
  }

  /** What was overtaken while it was made is dropped. */
  #finish(making: AbortController, decision: CheckpointDecision): void {
    this.#making = undefined
    if (this.#isClosed) return
    if (!making.signal.aborted) {
      this.#refusal = decision.kind === 'refused' ? decision : undefined
      if (decision.kind === 'trusted') this.#failures = 0
      else this.#retry()
      // A root that is trusted is not given up because sources do not answer now.
      if (decision.kind === 'trusted' || this.#decision?.kind !== 'trusted') this.#decision = decision
      this.changed.fire()
    }
    this.#proceed()
  }

  #retry(): void {
    this.#failures += 1
    this.#isWanted = true
    this.#rest()
  }

  /** From now on nothing is asked for a while. */
  #rest(): void {
    this.#endRest?.()
    const ms = Math.min(SEEK_DELAY_MAX_MS, SEEK_DELAY_MIN_MS * 2 ** Math.max(0, this.#failures - 1))
    const cancel = this.options.clock.after(ms, () => {
      this.#endRest = undefined
      this.#proceed()
    })
    this.#endRest = cancel
  }

  #terms() {
    const { network, clock, oldCheckpoints = 'refuse' } = this.options
    return { network, currentSlot: slotAtTime(network, clock.now() / 1000), oldCheckpoints }
  }
}
