/** The second opinion on a block that contradicts its header: over what its fetch has, and can still bring. */
import type { RawBlock, RawHeader } from '../../execution/block/raw-block.ts'
import { linkedHeaders } from '../state-fetch/fetch-and-execute.ts'
import type { BlockInput } from '../../execution/block/verify-block.ts'
import type { StateHome } from '../../execution/remote/evm-messages.ts'
import { executeRemotely } from '../../execution/remote/remote-executor.ts'
import type { SecondOpinion } from '../import/import-tools.ts'
import { secondOpinion } from '../import/second-opinion.ts'
import { keepBlock } from '../kept-block.ts'
import { NO_VALUES } from '../known-values.ts'
import type { BlockFetch } from '../state-fetch/block-fetch.ts'
import { endWith, type BlockExecutorOptions } from './block-sources.ts'
import { fetchedContents } from './fetched-contents.ts'

/** A block as it was executed first. */
export interface ContradictedBlock {
  readonly fetch: BlockFetch
  readonly block: RawBlock
  readonly parent: RawHeader
  /** RLP of the parent and of whatever else came. */
  readonly headers: readonly Uint8Array[]
}

export async function blockOpinion(
  { fetch, block, parent, headers }: ContradictedBlock,
  { network, crypto, now, evms, lend, store }: BlockExecutorOptions,
  signal: AbortSignal,
): Promise<SecondOpinion> {
  const input: BlockInput = {
    ...{ network, block: block.rlp, blockHash: block.header.hash, preStateRoot: parent.stateRoot },
    headers: linkedHeaders(block, headers, crypto),
    blockHashes: new Map(),
  }
  const ends = endWith(signal, fetch)
  const opinion = secondOpinion({
    ...{ input, crypto, now },
    contents: fetchedContents(fetch),
    execute: (job, from) =>
      evms.run(
        (evm, ticket) => {
          const begin = (home: StateHome) => evm.execute(job, NO_VALUES, home, ticket)
          return executeRemotely(begin, from, lend, () => undefined)
        },
        { kind: 'import', signal },
      ),
    keep: (verified, state) => keepBlock(store, network, verified, state),
  })
  return opinion.finally(ends)
}
