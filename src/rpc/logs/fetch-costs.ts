/** How many bytes the logs of a block take that is not at hand, foretold by what others took for their gas. */

/**
 * Bytes to a unit of gas, before anything was measured: the bodies of three recorded mainnet blocks (23879620, 24628607 and
 * 24628608) have 357 kB for 70.5 Mgas, 152 kB for 30. Receipts come on top, and count as soon as the first were had.
 */
export const FIRST_BYTES_PER_GAS = 150_000 / 30_000_000

/** Gas that the first figure counts for: four blocks of its kind, then what was seen outweighs it. */
const FIRST_WEIGHT_GAS = 120_000_000
/** Gas past which what was seen counts half: some 100 blocks. Others are of another size in a year, and on another chain. */
const MEMORY_GAS = 3_000_000_000

/** Of a block without gas: its body is asked for all the same. */
const LEAST_BYTES = 1_000

export class FetchCosts {
  #gas = FIRST_WEIGHT_GAS
  #bytes = FIRST_WEIGHT_GAS * FIRST_BYTES_PER_GAS

  /** A block that used this gas took so many bytes. */
  learn(gasUsed: number, bytes: number): void {
    this.#gas += gasUsed
    this.#bytes += bytes
    if (this.#gas <= MEMORY_GAS) return
    this.#gas /= 2
    this.#bytes /= 2
  }

  foretell(gasUsed: number): number {
    return LEAST_BYTES + Math.ceil((gasUsed * this.#bytes) / this.#gas)
  }
}
