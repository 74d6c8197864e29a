/**
 * What a folder of recorded blocks holds, without the blocks' nodes. Each file is read once, at the start: 30 files of 24 MB
 * of nodes take 1.6 s (0.2 s of it hashing), and from then on every hash is known to be held or not, and where. An index
 * kept beside the files would save that and could be wrong.
 */
import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { bytesToHex } from '@ethereumjs/util'
import type { Hash } from '../../../src/chain/bytes.ts'
import type { ExecutionNetwork } from '../../../src/chain/network.ts'
import { messageOf } from '../../../src/chain/thrown.ts'
import {
  BlockEncodingError,
  decodeRawBlock,
  decodeRawHeader,
  type RawHeader,
} from '../../../src/execution/block/raw-block.ts'
import type { WasmCrypto } from '../../../src/execution/crypto/wasm-crypto.ts'
import { readStatelessBlock, StatelessBlockError, type StatelessBlock } from '../../../src/execution/stateless-block.ts'
import { equalBytes } from '../../../src/execution/words.ts'
import { hashKey } from '../../../src/state/hash-key.ts'
import type { ExecutionHeader } from '../../execution/execution-source.ts'

/** A block of the chain that the folder makes: its parent's header is known. */
export interface RecordedBlock extends ExecutionHeader {
  readonly path: string
  /** State root of the parent. */
  readonly preStateRoot: Hash
  /** As far as files have them, linked by their hashes; the parent first, at least that. */
  readonly ancestors: readonly RawHeader[]
}

export interface RecordedIndex {
  /** By number, none twice. */
  readonly blocks: readonly RecordedBlock[]
  /** The same by `hashKey`. */
  readonly byHash: ReadonlyMap<string, RecordedBlock>
  /** Those that a state begins, by `hashKey` of its root; and those that end with it. */
  readonly beginning: ReadonlyMap<string, readonly RecordedBlock[]>
  readonly ending: ReadonlyMap<string, readonly RecordedBlock[]>
  /** By `hashKey`: of the chain's blocks, and of all before them that files have. */
  readonly headers: ReadonlyMap<string, ExecutionHeader>
  /** By number: of the chain's blocks and of what each stands on. */
  readonly canonical: ReadonlyMap<number, ExecutionHeader>
  /** Which block's file holds a node or code, by `hashKey`. */
  readonly places: ReadonlyMap<string, RecordedBlock>
  /** By `hashKey` of transactions' hashes. */
  readonly transactions: ReadonlyMap<string, { readonly block: RecordedBlock; readonly index: number }>
  /** Files of the network that are not in the chain, each with the reason. */
  readonly leftOut: readonly LeftOut[]
}

/** Nothing in the folder can be served. */
export class RecordedFolderError extends Error {
  override name = 'RecordedFolderError'
}

/** Nodes, codes and transactions that are indexed: about 130 bytes each, and ten times what 30 real blocks have. */
const MAX_INDEXED = 500_000

/** @throws {RecordedFolderError} where no file is of the network, none has a known parent, or there is too much */
export async function indexFolder(
  folder: string,
  network: ExecutionNetwork,
  crypto: WasmCrypto,
): Promise<RecordedIndex> {
  const found: FoundBlock[] = []
  const leftOut: LeftOut[] = []
  const places = new Map<string, FoundBlock>()
  for (const file of await listFiles(folder, network)) {
    try {
      const recorded = await readStatelessBlock(await readFile(join(folder, file)))
      const block = foundBlock(join(folder, file), recorded, network, crypto)
      found.push(block)
      for (const hash of contentHashes(recorded, crypto)) places.set(hashKey(hash), block)
    } catch (error) {
      if (!isBadFile(error)) throw error
      leftOut.push({ file, reason: messageOf(error) })
    }
    if (places.size > MAX_INDEXED)
      throw new RecordedFolderError(`${folder} has more than ${MAX_INDEXED} nodes and codes; serve fewer files`)
  }
  const { blocks, headers } = chainOf(found, leftOut)
  if (blocks.size === 0) {
    const reasons = leftOut.map(({ file, reason }) => `${file}: ${reason}`).join('; ')
    throw new RecordedFolderError(`${folder} makes no chain of ${network.name}: ${reasons}`)
  }
  const chain = [...blocks.values()].sort((a, b) => a.number - b.number)
  return {
    blocks: chain,
    byHash: new Map(chain.map((block) => [hashKey(block.hash), block])),
    beginning: grouped(chain, ({ preStateRoot }) => preStateRoot),
    ending: grouped(chain, ({ stateRoot }) => stateRoot),
    headers: new Map([...headers].map(([key, header]) => [key, asHeader(header)])),
    canonical: canonicalHeaders(chain),
    places: mapDefined(places, (one) => blocks.get(one)),
    transactions: transactionPlaces(blocks),
    leftOut,
  }
}

interface LeftOut {
  readonly file: string
  readonly reason: string
}

/** Files called NETWORK-NUMBER: reading others would only tell that they are of other networks. */
async function listFiles(folder: string, network: ExecutionNetwork): Promise<string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    throw new RecordedFolderError(`${folder} cannot be read: ${messageOf(error)}`)
  })
  const files = names.filter((name) => name.startsWith(`${network.name}-`) && /-\d+\.json(\.gz)?$/.test(name))
  if (files.length > 0) return files.sort()
  throw new RecordedFolderError(`${folder} has no file ${network.name}-NUMBER.json or .json.gz`)
}

interface FoundBlock {
  readonly file: string
  readonly path: string
  readonly header: RawHeader
  /** The block's, and what the file has of those before it. */
  readonly headers: readonly RawHeader[]
  /** Hashes. */
  readonly transactions: readonly Hash[]
}

class WrongFileError extends Error {
  override name = 'WrongFileError'
}

function isBadFile(error: unknown): boolean {
  const isRefused =
    error instanceof StatelessBlockError || error instanceof BlockEncodingError || error instanceof WrongFileError
  // Node's file system errors have no class.
  return isRefused || (error instanceof Error && 'syscall' in error)
}

function foundBlock(
  path: string,
  recorded: StatelessBlock,
  network: ExecutionNetwork,
  { keccak }: WasmCrypto,
): FoundBlock {
  if (recorded.chainId !== network.chainId)
    throw new WrongFileError(`it is of chain id ${recorded.chainId}, not ${network.chainId}`)
  const { header, transactions } = decodeRawBlock(recorded.block, keccak)
  if (!equalBytes(header.hash, recorded.blockHash))
    throw new WrongFileError(`its block has the hash ${bytesToHex(header.hash)}, not ${bytesToHex(recorded.blockHash)}`)
  const { parentHeader, headers } = recorded
  const before = parentHeader === undefined ? headers : [parentHeader, ...headers]
  return {
    file: basename(path),
    path,
    header,
    headers: [header, ...before.map((rlp) => decodeRawHeader(rlp, keccak))],
    transactions: transactions.map((transaction) => keccak(transaction) as Hash),
  }
}

/** Of nodes and codes, as often as the file has them. */
function* contentHashes({ nodes, codes }: StatelessBlock, crypto: WasmCrypto): Generator<Hash> {
  for (const item of nodes) yield crypto.keccak(item) as Hash
  for (const item of codes) yield crypto.keccak(item) as Hash
}

/** Those whose parent is known; the parent may be in another file. What cannot stand in the chain is added to `leftOut`. */
function chainOf(
  found: readonly FoundBlock[],
  leftOut: LeftOut[],
): { readonly blocks: Map<FoundBlock, RecordedBlock>; readonly headers: ReadonlyMap<string, RawHeader> } {
  const headers = new Map(found.flatMap((one) => one.headers.map((header) => [hashKey(header.hash), header])))
  const blocks = new Map<FoundBlock, RecordedBlock>()
  const numbers = new Set<number>()
  for (const one of found) {
    const { file, path, header } = one
    const ancestors = [...ancestorsOf(header, headers)]
    const [parent] = ancestors
    if (parent === undefined) leftOut.push({ file, reason: "its parent's header is in no file" })
    else if (numbers.has(header.number)) leftOut.push({ file, reason: `another file has a block ${header.number}` })
    else blocks.set(one, { ...asHeader(header), path, preStateRoot: parent.stateRoot, ancestors })
    numbers.add(header.number)
  }
  return { blocks, headers }
}

/** BLOCKHASH's reach. */
const MAX_ANCESTORS = 256

function* ancestorsOf(header: RawHeader, headers: ReadonlyMap<string, RawHeader>): Generator<RawHeader> {
  let next = headers.get(hashKey(header.parentHash))
  for (let count = 0; next !== undefined && count < MAX_ANCESTORS; count++) {
    yield next
    next = headers.get(hashKey(next.parentHash))
  }
}

/** Where what a block stands on and another block recorded differ, they are of two chains: the recorded one counts. */
function canonicalHeaders(chain: readonly RecordedBlock[]): ReadonlyMap<number, ExecutionHeader> {
  const ancestors = chain.flatMap((block) => block.ancestors.map(asHeader))
  return new Map([...ancestors, ...chain].map((header) => [header.number, header]))
}

function transactionPlaces(blocks: ReadonlyMap<FoundBlock, RecordedBlock>): RecordedIndex['transactions'] {
  const places = new Map<string, { readonly block: RecordedBlock; readonly index: number }>()
  for (const [{ transactions }, block] of blocks)
    for (const [index, hash] of transactions.entries()) places.set(hashKey(hash), { block, index })
  return places
}

function grouped(
  blocks: readonly RecordedBlock[],
  rootOf: (block: RecordedBlock) => Hash,
): ReadonlyMap<string, readonly RecordedBlock[]> {
  const groups = new Map<string, RecordedBlock[]>()
  for (const block of blocks) {
    const key = hashKey(rootOf(block))
    groups.set(key, [...(groups.get(key) ?? []), block])
  }
  return groups
}

const asHeader = ({ rlp, hash, parentHash, number, timestamp, stateRoot }: RawHeader): ExecutionHeader => ({
  hash,
  parentHash,
  number,
  timestamp,
  stateRoot,
  header: rlp,
})

function mapDefined<K, V, W>(map: ReadonlyMap<K, V>, change: (value: V) => W | undefined): Map<K, W> {
  const changed = new Map<K, W>()
  for (const [key, value] of map) {
    const other = change(value)
    if (other !== undefined) changed.set(key, other)
  }
  return changed
}
