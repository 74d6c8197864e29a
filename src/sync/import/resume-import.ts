/**
 * Where importing goes on after a stop, however sudden. A block's record lands whole or not at all and after its state, so
 * what is listed is what was finished. Nothing of it is believed for that: every header is hashed again, and what is built
 * on becomes proven only when a signed head turns out to descend from it.
 */
import type { Hash, Keccak } from '../../chain/bytes.ts'
import { BlockEncodingError, decodeRawHeader, type RawHeader } from '../../execution/block/raw-block.ts'
import { hashKey } from '../../state/hash-key.ts'
import type { Store } from '../../state/store/store.ts'
import { STATE_SERVING_WINDOW } from './constants.ts'
import { NO_MARKS, type ImportMarks } from './import-marks.ts'
import type { MarkKeeper } from './import-tools.ts'
import { decodeMarks, encodeMarks } from './marks-codec.ts'

export interface ResumedImport {
  /** Each after its parent, all descending from the first; empty where nothing is kept. As `BlockImport` takes them. */
  readonly resumed: readonly RawHeader[]
  readonly marks: ImportMarks
}

/** The chain of the block that was stored last, with the branches off it that are kept too. @throws {StoreError} */
export async function resumeImport(store: Store, keccak: Keccak): Promise<ResumedImport> {
  const bytes = await store.importMarks()
  const marks = (bytes && decodeMarks(bytes)) ?? NO_MARKS
  const headers = await usableHeaders(store, keccak)
  return { resumed: connected(headers), marks }
}

export function markKeeper(store: Store): MarkKeeper {
  return { keep: (marks) => store.putImportMarks(encodeMarks(marks)) }
}

/** Stored last first. Those whose state root's node is gone are no ground to go on from. */
async function usableHeaders(store: Store, keccak: Keccak): Promise<RawHeader[]> {
  const listed = (await store.listBlocks()).slice(0, STATE_SERVING_WINDOW)
  const found = await store.getNodes(listed.map(({ hash }) => hash))
  const headers = found.flatMap((rlp) => (rlp === undefined ? [] : (header(rlp, keccak) ?? [])))
  const roots = await store.getNodes(headers.map(({ stateRoot }) => stateRoot))
  return headers.filter((_, at) => roots[at] !== undefined)
}

/** Contents of the store have their hashes; that these bytes are a header is another matter. */
function header(rlp: Uint8Array, keccak: Keccak): RawHeader | undefined {
  try {
    return decodeRawHeader(rlp, keccak)
  } catch (error) {
    if (error instanceof BlockEncodingError) return undefined
    throw error
  }
}

function connected(headers: readonly RawHeader[]): RawHeader[] {
  const byHash = new Map(headers.map((one) => [hashKey(one.hash), one]))
  const known = (hash: Hash) => byHash.get(hashKey(hash))
  let root = headers[0]
  for (let parent = root && known(root.parentHash); parent !== undefined; parent = known(parent.parentHash))
    root = parent
  if (root === undefined) return []
  const chain = [root]
  const taken = new Set([hashKey(root.hash)])
  for (const one of [...headers].sort((a, b) => a.number - b.number)) {
    if (taken.has(hashKey(one.hash)) || !taken.has(hashKey(one.parentHash))) continue
    taken.add(hashKey(one.hash))
    chain.push(one)
  }
  return chain
}
