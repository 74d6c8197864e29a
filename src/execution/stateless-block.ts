/**
 * The file format `stateless-block/1`: one block with the trie nodes and codes to execute it. Everything in it is somebody's
 * claim; reading it checks shapes and sizes only.
 */
import { hexToBytes, type PrefixedHexString } from '@ethereumjs/util'
import { asHash, type Hash } from '../chain/bytes.ts'

export interface StatelessBlock {
  readonly network: string
  readonly chainId: number
  /** A geth genesis "config" object, for chains that have no name. */
  readonly config: unknown
  readonly number: number
  readonly blockHash: Hash
  readonly parentHash: Hash
  readonly preStateRoot: Hash
  readonly postStateRoot: Hash
  readonly block: Uint8Array
  readonly parentHeader: Uint8Array | undefined
  readonly headers: readonly Uint8Array[]
  /** Ancestors' hashes taken as given, where `headers` does not reach back to them. */
  readonly blockHashes: ReadonlyMap<number, Hash>
  readonly nodes: readonly Uint8Array[]
  readonly codes: readonly Uint8Array[]
}

/** The input is no stateless block; `where` is the field. */
export class StatelessBlockError extends Error {
  override name = 'StatelessBlockError'
  constructor(
    readonly where: string,
    problem: string,
  ) {
    super(`stateless block: ${where} ${problem}`)
  }
}

const FORMAT = 'stateless-block/1'

/**
 * Bounds on what a file may hold: a witness of the gas limit's worst block is about 750 MB as JSON and out of a tab's reach;
 * real ones are below 30 MB. Past these the input is an attack or a mistake.
 */
const MAX_FILE_BYTES = 256 * 1024 * 1024
const MAX_ITEMS = 1_000_000
/** EIP-2935 and BLOCKHASH reach back this far. */
const MAX_ANCESTORS = 256

/**
 * Reads a file's bytes, gzipped or not.
 * @throws {StatelessBlockError} for a truncated or damaged archive, other JSON, and fields of another shape
 */
export async function readStatelessBlock(file: Uint8Array): Promise<StatelessBlock> {
  const bytes = isGzip(file) ? await gunzip(file) : file
  if (bytes.length > MAX_FILE_BYTES) throw new StatelessBlockError('the file', `has more than ${MAX_FILE_BYTES} bytes`)
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    throw new StatelessBlockError('the file', `is not JSON: ${(error as Error).message}`)
  }
  return parseStatelessBlock(json)
}

/** @throws {StatelessBlockError} that names the first field with another shape */
export function parseStatelessBlock(json: unknown): StatelessBlock {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw new StatelessBlockError('the file', 'is not a JSON object')
  const file = json as Record<string, unknown>
  if (file['format'] !== FORMAT)
    throw new StatelessBlockError('format', `is ${shown(file['format'])}; expected "${FORMAT}"`)
  return {
    network: text(file, 'network'),
    chainId: integer(file, 'chainId'),
    config: file['config'],
    number: integer(file, 'number'),
    blockHash: hash(file['blockHash'], 'blockHash'),
    parentHash: hash(file['parentHash'], 'parentHash'),
    preStateRoot: hash(file['preStateRoot'], 'preStateRoot'),
    postStateRoot: hash(file['postStateRoot'], 'postStateRoot'),
    block: bytesOf(file['block'], 'block'),
    parentHeader: isAbsent(file['parentHeader']) ? undefined : bytesOf(file['parentHeader'], 'parentHeader'),
    headers: byteList(file, 'headers', MAX_ANCESTORS),
    blockHashes: hashesByNumber(file['blockHashes']),
    // Nodes of the proofs after the block hold siblings that a deletion reveals; by hash they are as good as any other.
    nodes: [...byteList(file, 'state', MAX_ITEMS), ...byteList(file, 'postStateProofNodes', MAX_ITEMS)],
    codes: byteList(file, 'codes', MAX_ITEMS),
  }
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}

async function gunzip(file: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([file as BlobPart]).stream().pipeThrough(new DecompressionStream('gzip'))
  const parts: Uint8Array[] = []
  let size = 0
  try {
    for await (const part of stream as unknown as AsyncIterable<Uint8Array>) {
      parts.push(part)
      size += part.length
      if (size > MAX_FILE_BYTES) break
    }
  } catch (error) {
    throw new StatelessBlockError('the file', `is a damaged or truncated gzip archive: ${(error as Error).message}`)
  }
  return joined(parts, size)
}

function joined(parts: readonly Uint8Array[], size: number): Uint8Array {
  const bytes = new Uint8Array(size)
  let offset = 0
  for (const part of parts) {
    bytes.set(part, offset)
    offset += part.length
  }
  return bytes
}

function text(file: Record<string, unknown>, name: string): string {
  const value = file[name]
  if (typeof value !== 'string' || value.length === 0) throw new StatelessBlockError(name, 'should be a text')
  return value
}

function integer(file: Record<string, unknown>, name: string): number {
  const value = file[name]
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw new StatelessBlockError(name, `should be a whole number, is ${shown(value)}`)
  }
  return value
}

function bytesOf(value: unknown, name: string): Uint8Array {
  if (typeof value !== 'string' || !value.startsWith('0x')) throw new StatelessBlockError(name, 'should be 0x-hex')
  // The library would put a zero in front.
  if (value.length % 2 !== 0) throw new StatelessBlockError(name, 'has an odd number of hex digits')
  try {
    return hexToBytes(value as PrefixedHexString)
  } catch (error) {
    throw new StatelessBlockError(name, `is no hex: ${(error as Error).message}`)
  }
}

function hash(value: unknown, name: string): Hash {
  const bytes = bytesOf(value, name)
  if (bytes.length !== 32) throw new StatelessBlockError(name, `has ${bytes.length} bytes; expected 32`)
  return asHash(bytes)
}

/** Short, whatever it is: `JSON.stringify` runs out of stack on what `JSON.parse` makes of enough brackets. */
function shown(value: unknown): string {
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object'
  const json = String(JSON.stringify(value))
  return json.length > MAX_SHOWN ? `${json.slice(0, MAX_SHOWN)}…` : json
}

/** Characters of a wrong value that a message shows: enough to recognise it. */
const MAX_SHOWN = 80

/** Fields that may be left out may as well be null. */
function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null
}

/** Absent is an empty list. */
function byteList(file: Record<string, unknown>, name: string, limit: number): Uint8Array[] {
  const value = file[name]
  if (isAbsent(value)) return []
  if (!Array.isArray(value)) throw new StatelessBlockError(name, 'should be a list')
  if (value.length > limit) throw new StatelessBlockError(name, `has ${value.length} items; at most ${limit}`)
  return value.map((item, index) => bytesOf(item, `${name}[${index}]`))
}

function hashesByNumber(value: unknown): Map<number, Hash> {
  const hashes = new Map<number, Hash>()
  if (isAbsent(value)) return hashes
  if (typeof value !== 'object' || Array.isArray(value))
    throw new StatelessBlockError('blockHashes', 'should be an object')
  const entries = Object.entries(value)
  if (entries.length > MAX_ANCESTORS)
    throw new StatelessBlockError('blockHashes', `has ${entries.length} entries; at most ${MAX_ANCESTORS}`)
  for (const [key, item] of entries) {
    if (!/^\d{1,15}$/.test(key))
      throw new StatelessBlockError('blockHashes', `has the key ${shown(key)}; expected a block number`)
    hashes.set(Number(key), hash(item, `blockHashes.${key}`))
  }
  return hashes
}
