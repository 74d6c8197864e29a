/**
 * The way to an old block by the history that beacon states keep.
 *
 * Beacon states know slots, not numbers. Along a chain each slot has at most one block, so a block `d` below one of slot `s`
 * is of slot `s - d` or before: what is proven there is at or above the block asked for, and as far above it as slots were
 * missed in between. Going on from there converges: with one slot in a hundred missed, three probes lead from ten million
 * blocks above to a short walk. From Gloas on a beacon block proves its parent's payload; the same holds of these.
 */
import { dropOldest } from '../../chain/drop-oldest.ts'
import type { RawHeader } from '../../execution/block/raw-block.ts'
import { untilAborted } from '../../network/http/bounded-signal.ts'
import type { HistoryAnswer, ProvenPlace } from '../light-client/history-desk.ts'
import type { Ask } from './evidence.ts'

/** Proofs for one question. Each takes a request or two; what they have led to is kept, so that asking again goes on. */
export const MAX_PROBES = 8
/** Proofs that are waited for at once, of all questions: the light client is asked for other things too. */
const MAX_AT_ONCE = 8
/** Blocks whose slots are remembered. */
const MAX_BEARINGS = 256

/** A block of the chain, and a slot whose beacon block proves it. */
export interface Bearing {
  readonly number: number
  readonly slot: number
}

export interface BeaconHistoryOptions {
  /** The latest block at or before a slot. */
  readonly prove: (slot: number) => Promise<HistoryAnswer>
  /** The signed head; undefined before there is one. */
  readonly head: () => Bearing | undefined
  /** Fetches the header and adds it to the chain; undefined where the head of the proof is not of this chain. */
  readonly take: (place: ProvenPlace, ask: Ask) => Promise<RawHeader | undefined>
}

export class BeaconHistory {
  /** By slot. */
  readonly #open = new Map<number, Promise<HistoryAnswer>>()
  /** Slots by number. Only guesses rest on them: blocks that are of the chain no more cost a probe. */
  readonly #bearings = new Map<number, number>()

  constructor(private readonly options: BeaconHistoryOptions) {}

  /**
   * Has headers at or above this block taken, until one is at most `near` above it.
   * @returns why it got no further; undefined where it did
   * @throws the signal's reason; what taking throws
   */
  async descend(number: number, near: number, ask: Ask): Promise<string | undefined> {
    let above = this.#bearingAbove(number)
    for (let probe = 0; probe < MAX_PROBES; probe++) {
      if (above === undefined) return 'no head is known'
      const slot = above.slot - (above.number - number)
      // Before the first slot there is nothing to prove; why, whoever proves says of that slot.
      const answer = await this.#prove(Math.max(slot, 0), ask.signal)
      if (answer.kind === 'refused') return answer.reason
      if (slot < 0) return 'it is older than the beacon chain'
      for (const server of answer.servers) ask.evidence.from(server)
      const header = await this.options.take(answer, ask)
      ask.signal.throwIfAborted()
      if (header === undefined) continue
      if (header.number < number) {
        this.#bearings.delete(above.number)
        return `the block of slot ${answer.slot} is ${header.number}, which is below it: the chain has changed meanwhile; ask again`
      }
      above = { number: header.number, slot: answer.slot }
      this.#bearings.set(above.number, above.slot)
      dropOldest(this.#bearings, MAX_BEARINGS)
      if (header.number - number <= near) return undefined
    }
    return `${MAX_PROBES} proofs of the beacon state's history led down to block ${above?.number} only; ask again to go on from there`
  }

  #bearingAbove(number: number): Bearing | undefined {
    let nearest = this.options.head()
    for (const [known, slot] of this.#bearings)
      if (known >= number && (nearest === undefined || known < nearest.number)) nearest = { number: known, slot }
    return nearest
  }

  /** Each slot once at a time, for all that ask. */
  async #prove(slot: number, signal: AbortSignal): Promise<HistoryAnswer> {
    signal.throwIfAborted()
    for (let open = this.#open.get(slot); open === undefined; open = this.#open.get(slot)) {
      if (this.#open.size < MAX_AT_ONCE) this.#begin(slot)
      else
        await untilAborted(
          Promise.race(this.#open.values()).catch(() => undefined),
          signal,
        )
    }
    return untilAborted(this.#open.get(slot)!, signal)
  }

  #begin(slot: number): void {
    const proof = this.options.prove(slot).finally(() => this.#open.delete(slot))
    // Whoever asked may have gone.
    proof.catch(() => undefined)
    this.#open.set(slot, proof)
  }
}
