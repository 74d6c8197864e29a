/** Hands out witnesses: one is made at a time, each once however many ask, and the newest asked for are kept. */
import type { Hash } from '../../src/chain/bytes.ts'
import { hashKey } from '../../src/state/hash-key.ts'
import { UnavailableError, type Witness } from './execution-source.ts'

/** A witness of a full 30 Mgas block has about 5 MB; of ordinary ones this keeps hundreds. */
const MAX_KEPT_BYTES = 32 * 1024 * 1024
/** That wait to be made. A block takes a second at the worst, and nobody waits longer than half a minute. */
const MAX_WAITING = 32

/** Always: at most {@link MAX_KEPT_BYTES} are kept and {@link MAX_WAITING} are waited for. Failures are not kept. */
export class WitnessDesk {
  /** Least recently asked for first. */
  readonly #kept = new Map<string, Witness>()
  readonly #making = new Map<string, Promise<Witness>>()
  #keptBytes = 0
  #last: Promise<unknown> = Promise.resolve()

  /** @throws {UnavailableError} where too many are waited for, or what `make` throws */
  get(blockHash: Hash, make: () => Promise<Witness>): Witness | Promise<Witness> {
    const key = hashKey(blockHash)
    const kept = this.#kept.get(key)
    if (kept !== undefined) {
      this.#kept.delete(key)
      this.#kept.set(key, kept)
      return kept
    }
    return this.#making.get(key) ?? this.#queue(key, make)
  }

  #queue(key: string, make: () => Promise<Witness>): Promise<Witness> {
    if (this.#making.size >= MAX_WAITING)
      throw new UnavailableError(`${MAX_WAITING} witnesses are being made; ask again`)
    const making = this.#last.then(make).then((witness) => this.#keep(key, witness))
    const done = making.finally(() => this.#making.delete(key))
    this.#last = done.catch(() => undefined)
    this.#making.set(key, done)
    return done
  }

  #keep(key: string, witness: Witness): Witness {
    this.#kept.set(key, witness)
    this.#keptBytes += sizeOf(witness)
    for (const [oldest, old] of this.#kept) {
      if (this.#keptBytes <= MAX_KEPT_BYTES) break
      this.#kept.delete(oldest)
      this.#keptBytes -= sizeOf(old)
    }
    return witness
  }
}

/** An object of its own for each node, address and slot. */
const OBJECT_BYTES = 120

function sizeOf({ nodes, codes, headers, keys = [] }: Witness): number {
  let size = 0
  for (const items of [nodes, codes, headers]) for (const { length } of items) size += length + OBJECT_BYTES
  for (const { slots } of keys) size += (1 + slots.length) * OBJECT_BYTES
  return size
}
