/** Makes tar archives for tests. */
import { utf8ToBytes } from '@ethereumjs/util'

export interface MadeEntry {
  readonly name: string
  readonly text: string
  /** "0", a file, where it is left out. */
  readonly type?: string
}

const BLOCK = 512

/** A ustar archive with its two closing blocks of zeros. */
export function tarArchive(entries: readonly MadeEntry[]): Uint8Array {
  const parts = [...entries.map(tarEntry), new Uint8Array(2 * BLOCK)]
  const archive = new Uint8Array(parts.reduce((size, part) => size + part.length, 0))
  let at = 0
  for (const part of parts) {
    archive.set(part, at)
    at += part.length
  }
  return archive
}

function tarEntry({ name, text, type = '0' }: MadeEntry): Uint8Array {
  const content = utf8ToBytes(text)
  const entry = new Uint8Array(BLOCK + Math.ceil(content.length / BLOCK) * BLOCK)
  const put = (offset: number, value: string) => entry.set(utf8ToBytes(value), offset)
  put(0, name)
  put(100, '0000644\0')
  put(124, `${content.length.toString(8).padStart(11, '0')}\0`)
  put(148, ' '.repeat(8))
  put(156, type)
  put(257, 'ustar\x0000')
  const sum = entry.subarray(0, BLOCK).reduce((total, byte) => total + byte, 0)
  put(148, `${sum.toString(8).padStart(6, '0')}\0 `)
  entry.set(content, BLOCK)
  return entry
}
