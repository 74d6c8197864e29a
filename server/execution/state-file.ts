/**
 * A built state on disk, so that a second start does not build it again. One file: a line that names the format and what
 * the state is, the pieces as they lie in memory, and a SHA-256 of all that. Any doubt, and it is built anew.
 */
import { createHash, webcrypto } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { asHash, type Hash } from '../../src/chain/bytes.ts'
import type { BuiltState } from './build-state.ts'
import { CodeTable } from './state/code-table.ts'
import { KEY_BYTES, LeafRun } from './state/leaf-run.ts'
import { NodeTable, SLAB_BYTES } from './state/node-table.ts'
import { SortedLeaves } from './state/sorted-leaves.ts'
import { hashKey, hashOfKey } from '../../src/state/hash-key.ts'

/** Changes with every change of the layout here, in `NodeTable` and in `LeafRun`. */
const FORMAT = 'beamtab-state/1'
const CHECKSUM_BYTES = 32

/** The file is no state, or not the one asked for. */
export class StateFileError extends Error {
  override name = 'StateFileError'
}

export interface StateFileOptions {
  readonly path: string
  /** All that the state follows from: a file of another one is not taken. One line. */
  readonly description: string
  readonly build: () => BuiltState
  /** Says why a file was not taken or could not be kept; the state is there all the same. */
  readonly log: (message: string) => void
}

/** From the file where that holds this state, whole; else built, and kept for the next time. */
export async function loadOrBuildState({ path, description, build, log }: StateFileOptions): Promise<BuiltState> {
  try {
    return await loadState(path, description)
  } catch (error) {
    if (!isMissing(error)) log(`${path} is not taken: ${(error as Error).message}`)
  }
  const state = build()
  try {
    await saveState(path, description, state)
  } catch (error) {
    log(`${path} cannot be written: ${(error as Error).message}`)
  }
  return state
}

/** Written beside and renamed, so that a reader never sees half of it. The state has not been opened by a database. */
export async function saveState(path: string, description: string, state: BuiltState): Promise<void> {
  const content = Buffer.concat(encodeState(description, state))
  const checksum = createHash('sha256').update(content).digest()
  await mkdir(dirname(path), { recursive: true })
  const temporary = `${path}.${process.pid}`
  try {
    await writeFile(temporary, [content, checksum])
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

/** @throws {StateFileError} for a file that is damaged, of another layout, or of another state; or the system's error */
export async function loadState(path: string, description: string): Promise<BuiltState> {
  const file = await readFile(path)
  const content = file.subarray(0, -CHECKSUM_BYTES)
  // In a thread of its own: 40 MB take a quarter of a second, in which the start of a devnet has other things to do.
  const checksum = Buffer.from(await webcrypto.subtle.digest('SHA-256', content))
  if (!checksum.equals(file.subarray(-CHECKSUM_BYTES))) throw new StateFileError('its checksum is another: it is torn')
  const reader = new Reader(content)
  const line = reader.line()
  if (line !== firstLine(description)) throw new StateFileError(`it is ${line}; expected ${firstLine(description)}`)
  return decodeState(reader)
}

function firstLine(description: string): string {
  return `${FORMAT} ${description}`
}

function encodeState(description: string, { root, nodes, codes, accounts, storages }: BuiltState): Uint8Array[] {
  const parts: Uint8Array[] = [Buffer.from(`${firstLine(description)}\n`), root]
  const slabs = nodes.pack()
  parts.push(word(slabs.length))
  for (const { bytes, usedBytes } of slabs) parts.push(word(usedBytes), bytes.subarray(0, usedBytes))
  parts.push(word(codes.size))
  for (const { hash, bytes, count } of codes.entries()) parts.push(hash, word(count), word(bytes.length), bytes)
  pushLeaves(parts, accounts)
  parts.push(word(storages.size))
  for (const [key, leaves] of storages) {
    parts.push(hashOfKey(key))
    pushLeaves(parts, leaves)
  }
  return parts
}

function pushLeaves(parts: Uint8Array[], { pages }: SortedLeaves): void {
  parts.push(word(pages.length))
  for (const page of pages) {
    const { keys, ends, values } = page.parts
    parts.push(word(page.length), keys, words(ends), word(values.length), values)
  }
}

function word(value: number): Uint8Array {
  return words([value])
}

/** 4 bytes each, big-endian. */
function words(values: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(4 * values.length)
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < values.length; i++) view.setUint32(4 * i, values[i]!)
  return bytes
}

function decodeState(reader: Reader): BuiltState {
  const root = reader.hash()
  const used: number[] = []
  const slabs = Array.from({ length: reader.word() }, () => {
    const slab = new Uint8Array(SLAB_BYTES)
    used.push(reader.word())
    slab.set(reader.bytes(used.at(-1)!))
    return slab
  })
  const nodes = NodeTable.fromSlabs(slabs, used)
  const codes = new CodeTable()
  for (let left = reader.word(); left > 0; left--) {
    const [hash, count] = [reader.hash(), reader.word()]
    codes.restore(hash, reader.bytes(reader.word()).slice(), count)
  }
  const accounts = readLeaves(reader)
  const storages = new Map<string, SortedLeaves>()
  for (let left = reader.word(); left > 0; left--) storages.set(hashKey(reader.hash()), readLeaves(reader))
  reader.end()
  return { kind: 'built', root, nodes, codes, accounts, storages }
}

function readLeaves(reader: Reader): SortedLeaves {
  return new SortedLeaves(
    Array.from({ length: reader.word() }, () => {
      const length = reader.word()
      const keys = reader.bytes(length * KEY_BYTES).slice()
      const ends = Uint32Array.from({ length }, () => reader.word())
      return new LeafRun(keys, ends, reader.bytes(reader.word()).slice())
    }),
  )
}

/** Reads on from where it is. All methods throw {@link StateFileError} past the end. */
class Reader {
  readonly #view: DataView
  #at = 0

  constructor(private readonly content: Uint8Array) {
    this.#view = new DataView(content.buffer, content.byteOffset, content.length)
  }

  line(): string {
    const end = this.content.indexOf(0x0a)
    if (end < 0 || end > MAX_LINE_BYTES) throw new StateFileError('it has no first line')
    const line = new TextDecoder().decode(this.bytes(end))
    this.#at++
    return line
  }

  word(): number {
    const at = this.#advance(4)
    return this.#view.getUint32(at)
  }

  hash(): Hash {
    return asHash(this.bytes(32).slice())
  }

  /** A view. */
  bytes(length: number): Uint8Array {
    const at = this.#advance(length)
    // Not the Buffer's own: its `slice` would not copy.
    return new Uint8Array(this.content.buffer, this.content.byteOffset + at, length)
  }

  end(): void {
    if (this.#at !== this.content.length) throw new StateFileError(`${this.content.length - this.#at} bytes too many`)
  }

  #advance(length: number): number {
    const at = this.#at
    if (at + length > this.content.length) throw new StateFileError('it ends early')
    this.#at = at + length
    return at
  }
}

/** Far above any description; what has no line break in so much is no file of ours. */
const MAX_LINE_BYTES = 4096

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT'
}
