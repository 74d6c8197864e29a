/** Keeps what was learned of accesses for the next session: a hint is worth a write now and then, and no more. */
import { messageOf } from '../../chain/thrown.ts'
import type { Store } from '../../state/store/store.ts'
import type { LearnedPattern } from './access-patterns.ts'
import { decodePatterns, encodePatterns } from './patterns-codec.ts'

/** Blocks between two writings of at most a megabyte: three minutes on mainnet, after which half of the patterns are others. */
const BLOCKS_BETWEEN = 16

export type PatternStore = Pick<Store, 'accessPatterns' | 'putAccessPatterns'>

/** What is kept; where that is of no use, nothing, and why. @throws {StoreError} */
export async function keptPatterns(
  store: PatternStore,
  chainId: number,
): Promise<{ readonly learned: readonly LearnedPattern[]; readonly dropped: string | undefined }> {
  const bytes = await store.accessPatterns()
  if (bytes === undefined) return { learned: [], dropped: undefined }
  try {
    return { learned: decodePatterns(bytes, chainId), dropped: undefined }
  } catch (error) {
    return { learned: [], dropped: `the patterns of access that were kept are of no use: ${messageOf(error)}` }
  }
}

export interface PatternKeeperOptions {
  readonly store: PatternStore
  readonly chainId: number
  readonly learned: () => readonly LearnedPattern[]
}

/** Always: one write at a time, of what is known then; what does not land is written with later blocks. */
export class PatternKeeper {
  private blocks = 0
  private isWriting = false

  constructor(private readonly options: PatternKeeperOptions) {}

  /** A block's record is being put: what is put in the same moment shares its transaction. */
  onBlock(): void {
    this.blocks += 1
    if (this.blocks >= BLOCKS_BETWEEN) this.write()
  }

  /** The last moment to write. What is under way then has most of it. */
  close(): void {
    if (this.blocks > 0) this.write()
  }

  private write(): void {
    if (this.isWriting) return
    const { store, chainId, learned } = this.options
    this.blocks = 0
    this.isWriting = true
    const over = () => void (this.isWriting = false)
    // A store that can take nothing more says so with the block's own record.
    store.putAccessPatterns(encodePatterns(learned(), chainId)).then(over, over)
  }
}
