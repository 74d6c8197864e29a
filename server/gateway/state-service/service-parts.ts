/** What answers are made from, and what each comes to. */
import type { Keccak } from '../../../src/chain/bytes.ts'
import type { ExecutionSource } from '../../execution/execution-source.ts'

export interface ServiceParts {
  readonly source: ExecutionSource
  readonly keccak: Keccak
  /** Of a whole answer, encoded. */
  readonly maxAnswerBytes: number
}

export interface Answered<T> {
  readonly answer: T
  /** `forever`: whoever asks the same again, of any honest server, gets the same. */
  readonly holds: 'forever' | 'now'
}

/** Bytes of contents that an answer takes which may say less than everything: encoding adds a fifth at most. */
export const roomFor = ({ maxAnswerBytes }: ServiceParts, most: number): number =>
  Math.min(most, Math.floor(maxAnswerBytes / 1.2))
