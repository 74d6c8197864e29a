/** Hands out witnesses: one is made at a time, each once however many ask, and the newest asked for are kept. */
import type { Hash } from '../../src/chain/bytes.ts'
import { hashKey } from '../../src/state/hash-key.ts'
import type { Witness } from './execution-source.ts'
import { KeptAnswers } from './kept-answers.ts'

/** A witness of a full 30 Mgas block has about 5 MB; of ordinary ones this keeps hundreds. */
const MAX_KEPT_BYTES = 32 * 1024 * 1024
/** That wait to be made. A block takes a second at the worst, and nobody waits longer than half a minute. */
const MAX_WAITING = 32

/** Always: at most {@link MAX_KEPT_BYTES} are kept and {@link MAX_WAITING} are waited for. Failures are not kept. */
export class WitnessDesk {
  readonly #witnesses = new KeptAnswers<Witness>({
    sizeOf,
    mostKept: MAX_KEPT_BYTES,
    mostMaking: MAX_WAITING,
    refusal: `${MAX_WAITING} witnesses are being made; ask again`,
  })
  #last: Promise<unknown> = Promise.resolve()

  /** @throws {UnavailableError} where too many are waited for, or what `make` throws */
  get(blockHash: Hash, make: () => Promise<Witness>): Witness | Promise<Witness> {
    return this.#witnesses.get(hashKey(blockHash), () => {
      const making = this.#last.then(make)
      this.#last = making.catch(() => undefined)
      return making
    })
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
