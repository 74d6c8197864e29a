/**
 * Bytes kept on disk by name, one file each: its SHA-256, then the bytes. What does not have its checksum is dropped as if
 * it had never been there.
 */
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { concatBytes } from '@ethereumjs/util'
import { sha256 } from '@noble/hashes/sha2.js'
import { equalBytes } from '../../../../src/execution/words.ts'

const CHECKSUM_BYTES = 32

/**
 * Of what the files hold; older ones are dropped. Those without a version, named by a block's hash alone, may be witnesses
 * of blocks that were not executed to their end.
 */
const VERSION = 'v2-'

/** Lower-case letters, digits and hyphens: nothing that leads out of the folder. */
const NAME = /^[a-z0-9-]{1,100}$/

/**
 * Always: files come whole or not at all; together they have at most `maxBytes`, the least recently used go first. It is
 * no fault when the disk fails: then nothing is kept.
 */
export class DiskCache {
  /** Sizes by file name, the least recently used first. */
  readonly #sizes = new Map<string, number>()
  #bytes = 0
  #temporary = 0

  private constructor(
    private readonly folder: string,
    private readonly maxBytes: number,
  ) {}

  /** @throws when the folder cannot be made or read */
  static async open(folder: string, maxBytes: number): Promise<DiskCache> {
    await mkdir(folder, { recursive: true })
    const cache = new DiskCache(folder, maxBytes)
    const names = await readdir(folder)
    const own = names.filter((name) => NAME.test(name))
    const files = await Promise.all(own.filter((name) => name.startsWith(VERSION)).map((name) => fileIn(folder, name)))
    for (const { name, size } of files.flat().sort((a, b) => a.writtenAt - b.writtenAt)) cache.#note(name, size)
    const old = own.filter((name) => !name.startsWith(VERSION))
    // What was being written when an earlier process ended.
    const halves = names.filter((name) => name.endsWith(TEMPORARY))
    await Promise.all([...old, ...halves].map((name) => rm(join(folder, name), { force: true }).catch(() => undefined)))
    await cache.#makeRoom()
    return cache
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Undefined where it is not kept, or was damaged. */
  async get(name: string): Promise<Uint8Array | undefined> {
    const fileName = `${VERSION}${name}`
    const size = this.#sizes.get(fileName)
    if (size === undefined) return undefined
    const file = await readFile(join(this.folder, fileName)).catch(() => undefined)
    const bytes = file?.subarray(CHECKSUM_BYTES)
    if (file === undefined || bytes === undefined || !equalBytes(sha256(bytes), file.subarray(0, CHECKSUM_BYTES))) {
      await this.#drop(fileName)
      return undefined
    }
    this.#note(fileName, size)
    return new Uint8Array(bytes)
  }

  /** @throws {RangeError} for a name that is none */
  async put(name: string, bytes: Uint8Array): Promise<void> {
    const fileName = `${VERSION}${name}`
    if (!NAME.test(fileName)) throw new RangeError(`"${name}" is no name of a cached file`)
    const size = CHECKSUM_BYTES + bytes.length
    if (size > this.maxBytes) return
    const temporary = join(this.folder, `${fileName}.${process.pid}-${this.#temporary++}${TEMPORARY}`)
    try {
      await writeFile(temporary, concatBytes(sha256(bytes), bytes))
      await rename(temporary, join(this.folder, fileName))
      this.#note(fileName, size)
    } catch {
      await rm(temporary, { force: true }).catch(() => undefined)
    }
    await this.#makeRoom()
  }

  #note(name: string, size: number): void {
    this.#bytes += size - (this.#sizes.get(name) ?? 0)
    this.#sizes.delete(name)
    this.#sizes.set(name, size)
  }

  async #makeRoom(): Promise<void> {
    for (const name of this.#sizes.keys()) {
      if (this.#bytes <= this.maxBytes) return
      await this.#drop(name)
    }
  }

  async #drop(name: string): Promise<void> {
    this.#bytes -= this.#sizes.get(name) ?? 0
    this.#sizes.delete(name)
    await this.#remove(name)
  }

  async #remove(name: string): Promise<void> {
    await rm(join(this.folder, name), { force: true }).catch(() => undefined)
  }
}

const TEMPORARY = '.tmp'

/** None where another process has just removed it, or it is a folder. */
async function fileIn(
  folder: string,
  name: string,
): Promise<readonly { name: string; size: number; writtenAt: number }[]> {
  const found = await stat(join(folder, name)).catch(() => undefined)
  return found?.isFile() === true ? [{ name, size: found.size, writtenAt: found.mtimeMs }] : []
}
