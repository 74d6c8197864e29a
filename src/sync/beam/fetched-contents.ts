/** Contents by hash out of a block's fetch: what it has, and what it can still bring. */
import type { Hash } from '../../chain/bytes.ts'
import type { ContentFault } from '../../network/on-demand/state-fetcher.ts'
import type { ContentReader } from '../block-state.ts'
import type { BlockFetch } from '../state-fetch/block-fetch.ts'

/** Reads reject once the fetch is cancelled. */
export function fetchedContents(fetch: BlockFetch): ContentReader {
  const bring = async (faults: readonly ContentFault[]): Promise<(Uint8Array | undefined)[]> => {
    // What is at hand would be given for ever to somebody who goes on for nobody.
    fetch.signal.throwIfAborted()
    await fetch.resolve(faults)
    return faults.map(({ hash }) => fetch.content(hash))
  }
  const path = new Uint8Array()
  return {
    // Without account and path, only a server that gives nodes by their hashes could answer.
    getNodes: (hashes: readonly Hash[], wanted) =>
      bring(wanted ?? hashes.map((hash) => ({ kind: 'node', hash, path }))),
    getCodes: (hashes: readonly Hash[], wanted) => bring(wanted ?? hashes.map((hash) => ({ kind: 'code', hash }))),
  }
}
