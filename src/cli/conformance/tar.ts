/**
 * Reads a tar archive as a stream, one file after another: no archive has to fit into memory. Knows ustar, its pax
 * extensions (POSIX.1-2008, "pax Interchange Format") and GNU's long names and sizes, which between them is all that
 * common tools write.
 */

export interface TarFile {
  readonly name: string
  readonly bytes: Uint8Array
}

export interface TarSelection {
  /** Which files are wanted; the others are passed over without being held. */
  readonly wanted: (name: string) => boolean
  /** A wanted file that is larger is an error. */
  readonly maxFileBytes: number
}

/** The bytes are no tar archive, or one that ends too early or goes past a bound. */
export class TarError extends Error {
  override name = 'TarError'
}

/** @throws {TarError} and whatever `archive` throws */
export async function* tarFiles(
  archive: AsyncIterable<Uint8Array>,
  { wanted, maxFileBytes }: TarSelection,
): AsyncIterable<TarFile> {
  const reader = new BlockReader(archive)
  let extension: Extension = {}
  for (;;) {
    const header = await reader.read(BLOCK)
    // Two zero blocks end an archive; some tools leave them out.
    if (header === undefined || header.every((byte) => byte === 0)) return
    const entry = parseHeader(header, extension)
    const padded = Math.ceil(entry.size / BLOCK) * BLOCK
    if (EXTENSION_TYPES.has(entry.type)) {
      if (entry.size > MAX_EXTENSION_BYTES)
        throw new TarError(`an extended header has ${entry.size} bytes; at most ${MAX_EXTENSION_BYTES}`)
      extension = { ...extension, ...readExtension(entry.type, await body(reader, entry, padded)) }
      continue
    }
    extension = {}
    if (!FILE_TYPES.has(entry.type) || !wanted(entry.name)) {
      await reader.skip(padded, entry.name)
      continue
    }
    if (entry.size > maxFileBytes)
      throw new TarError(`${entry.name} has ${entry.size} bytes; at most ${maxFileBytes} are read`)
    yield { name: entry.name, bytes: await body(reader, entry, padded) }
  }
}

/** The format's unit: headers are one block, contents are padded to whole ones. */
const BLOCK = 512

/** Paths on Linux have at most 4096 bytes; pax records besides (times, owners) are short. Past this it is no name. */
const MAX_EXTENSION_BYTES = 64 * 1024

/** "0" and, in archives older than POSIX, a zero byte. */
const FILE_TYPES: ReadonlySet<string> = new Set(['0', '\0'])

/** pax record for the next entry, pax record for all, GNU long name, GNU long link. */
const EXTENSION_TYPES: ReadonlySet<string> = new Set(['x', 'g', 'L', 'K'])

/** What an extended header says about the entry that follows it. */
interface Extension {
  readonly name?: string
  readonly size?: number
}

interface Entry {
  readonly name: string
  readonly size: number
  readonly type: string
}

async function body(reader: BlockReader, { name, size }: Entry, padded: number): Promise<Uint8Array> {
  const bytes = await reader.read(padded)
  if (bytes === undefined && padded > 0) throw new TarError(`the archive ends in ${name}`)
  return (bytes ?? new Uint8Array(0)).subarray(0, size)
}

function parseHeader(header: Uint8Array, extension: Extension): Entry {
  const sum = Number.parseInt(text(header, 148, 8), 8)
  // The checksum counts itself as spaces.
  const actual = header.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 0x20 : byte), 0)
  if (sum !== actual) throw new TarError(`a header's checksum is ${actual}; it says ${sum}: not a tar archive`)
  // GNU's magic goes on with a space, and has other fields where POSIX has the prefix.
  const prefix = text(header, 257, 6) === 'ustar' && header[262] === 0 ? text(header, 345, 155) : ''
  const name = text(header, 0, 100)
  const type = String.fromCharCode(header[156]!)
  // A pax size is of the entry it precedes, not of the extended headers between.
  if (EXTENSION_TYPES.has(type)) return { name, size: number(header, 124, 12), type }
  return {
    name: extension.name ?? (prefix === '' ? name : `${prefix}/${name}`),
    size: extension.size ?? number(header, 124, 12),
    type,
  }
}

function readExtension(type: string, bytes: Uint8Array): Extension {
  if (type === 'L') return { name: text(bytes, 0, bytes.length) }
  if (type !== 'x') return {}
  const fields = paxRecords(bytes)
  const path = fields.get('path')
  const size = fields.get('size')
  if (size !== undefined && !/^\d{1,15}$/.test(size)) throw new TarError(`a pax size is ${JSON.stringify(size)}`)
  return { ...(path !== undefined && { name: path }), ...(size !== undefined && { size: Number(size) }) }
}

/** Records are "LENGTH KEY=VALUE\n", the length counting itself. */
function paxRecords(bytes: Uint8Array): Map<string, string> {
  const fields = new Map<string, string>()
  let at = 0
  while (at < bytes.length) {
    const space = bytes.indexOf(0x20, at)
    const length = space < 0 ? NaN : Number(decode(bytes.subarray(at, space)))
    if (!Number.isSafeInteger(length) || length <= space - at || at + length > bytes.length)
      throw new TarError('a pax record has a wrong length')
    const [key, ...value] = decode(bytes.subarray(space + 1, at + length - 1)).split('=')
    fields.set(key!, value.join('='))
    at += length
  }
  return fields
}

/** Octal digits, or base 256 where the first bit is set (GNU, for sizes from 8 GiB). */
function number(header: Uint8Array, offset: number, length: number): number {
  const field = header.subarray(offset, offset + length)
  const value =
    (field[0]! & 0x80) === 0
      ? Number.parseInt(text(field, 0, length).trim() || '0', 8)
      : field.subarray(1).reduce((total, byte) => total * 256 + byte, field[0]! & 0x7f)
  if (!Number.isSafeInteger(value) || value < 0) throw new TarError(`a header's size is not a number`)
  return value
}

/** Up to the first zero byte. */
function text(bytes: Uint8Array, offset: number, length: number): string {
  const field = bytes.subarray(offset, offset + length)
  const end = field.indexOf(0)
  return decode(end < 0 ? field : field.subarray(0, end))
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}

/** Reads exact lengths from chunks of any length; holds what was asked for and one chunk. */
class BlockReader {
  private readonly chunks: AsyncIterator<Uint8Array>
  private rest: Uint8Array = new Uint8Array(0)

  constructor(archive: AsyncIterable<Uint8Array>) {
    this.chunks = archive[Symbol.asyncIterator]()
  }

  /** Undefined when nothing is left. @throws {TarError} when less than `length` bytes are left */
  async read(length: number): Promise<Uint8Array | undefined> {
    const bytes = new Uint8Array(length)
    let filled = 0
    while (filled < length) {
      if (!(await this.fill())) {
        if (filled === 0) return undefined
        throw new TarError(`the archive ends ${length - filled} bytes too early`)
      }
      filled += this.take(length - filled, (part) => bytes.set(part, filled))
    }
    return bytes
  }

  async skip(length: number, name: string): Promise<void> {
    let skipped = 0
    while (skipped < length) {
      if (!(await this.fill())) throw new TarError(`the archive ends in ${name}`)
      skipped += this.take(length - skipped, () => undefined)
    }
  }

  private async fill(): Promise<boolean> {
    while (this.rest.length === 0) {
      const next = await this.chunks.next()
      if (next.done === true) return false
      this.rest = next.value
    }
    return true
  }

  private take(atMost: number, use: (part: Uint8Array) => void): number {
    const part = this.rest.subarray(0, atMost)
    use(part)
    this.rest = this.rest.subarray(part.length)
    return part.length
  }
}
