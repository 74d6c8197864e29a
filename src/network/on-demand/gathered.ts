/** What the forms come to: all that a stateless block holds besides the block. */
import type { Hash } from '../../chain/bytes.ts'
import type { TouchedKeys } from '../state-service/messages.ts'

export interface Gathered {
  /** RLP; the parent's last, ascending, contiguous. */
  readonly headers: readonly Uint8Array[]
  readonly nodes: readonly Uint8Array[]
  readonly codes: readonly Uint8Array[]
  /** Ancestors' hashes that nothing proves. */
  readonly blockHashes: ReadonlyMap<number, Hash>
  /** Undefined where nobody said. */
  readonly keys: readonly TouchedKeys[] | undefined
}
