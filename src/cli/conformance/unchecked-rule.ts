/** Rules that a block can break and this client does not check, because what it follows is signed by sync committees. */
import type { RawHeader } from '../../execution/block/raw-block.ts'

export interface VerifiedUnexpectedly {
  readonly header: RawHeader
  /** What it should have been refused for, as the test names it. */
  readonly exception: string
  readonly sealEngine: string
  /** Of all blocks before it. */
  readonly totalDifficulty: bigint
  /** Where proof of stake begins, if a total difficulty says so. */
  readonly terminalTotalDifficulty: bigint | undefined
}

/** Why a block that should be refused for one of these rules was verified; undefined if it breaks none of them. */
export function uncheckedRule(block: VerifiedUnexpectedly): string | undefined {
  const isProofOfStake = block.header.difficulty === 0n
  const { terminalTotalDifficulty: terminal, totalDifficulty } = block
  if (terminal !== undefined && isProofOfStake !== totalDifficulty >= terminal) {
    return 'the total difficulty that ends proof of work is not counted'
  }
  // Once a header is valid after its parent's, only its seal is left: the fields that are named here.
  if (block.sealEngine === 'Ethash' && !isProofOfStake && /nonce|mix|seal|proof/i.test(block.exception)) {
    return 'proof of work is not checked'
  }
  return undefined
}
