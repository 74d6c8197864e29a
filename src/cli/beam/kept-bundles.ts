/** Bundles that prove blocks invalid, as files that `verify` takes. */
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { messageOf } from '../../chain/thrown.ts'

export interface KeptBundlesOptions {
  /** Undefined: nothing is kept. */
  readonly directory: string | undefined
  /** A geth genesis "config" object, for networks that are not built in: without it nobody knows their rules. */
  readonly config: unknown
  readonly log: (line: string) => void
}

/** What a bundle is of. */
export interface RefusedBlock {
  readonly number: number
  readonly hash: string
}

/**
 * Bundles in the directory, of this run and of those before. One of a full mainnet block takes some 15 MB, so that they stay
 * below a quarter of a gigabyte; and whoever gets more such blocks signed is known from the newest.
 */
export const MAX_BUNDLES = 16

/** Always: a file is there before it is named, and as a whole; at most {@link MAX_BUNDLES}, the oldest goes first. */
export class KeptBundles {
  /** By the hash of the block, for a block that is told again: invalid first, and in dispute when it is signed. */
  private readonly files = new Map<string, string>()

  constructor(private readonly options: KeptBundlesOptions) {}

  /**
   * At once: the line that names the file is printed next.
   * @param bundle as JSON; undefined for a block that is refused for the one below it, and where it was given before
   * @returns the file; null where there is none
   */
  keep({ number, hash }: RefusedBlock, bundle: string | undefined): string | null {
    const { directory, log } = this.options
    const kept = this.files.get(hash)
    if (kept !== undefined || bundle === undefined) return kept ?? null
    if (directory === undefined) {
      log(`what proves block ${number} ${hash} invalid is not kept: name a directory with --db`)
      return null
    }
    try {
      const file = this.write(directory, `invalid-${hash}.json`, bundle)
      this.files.set(hash, file)
      this.dropOldest(directory)
      return file
    } catch (error) {
      log(`what proves block ${number} ${hash} invalid cannot be written to ${directory}: ${messageOf(error)}`)
      return null
    }
  }

  private write(directory: string, name: string, bundle: string): string {
    const { config } = this.options
    const json = config === undefined ? bundle : JSON.stringify({ ...(JSON.parse(bundle) as object), config })
    const file = join(directory, name)
    mkdirSync(directory, { recursive: true })
    writeFileSync(`${file}.part`, json)
    renameSync(`${file}.part`, file)
    return file
  }

  private dropOldest(directory: string): void {
    const all = readdirSync(directory)
      .filter((name) => BUNDLE_NAME.test(name))
      .map((name) => ({ file: join(directory, name), at: statSync(join(directory, name)).mtimeMs }))
      .sort((a, b) => b.at - a.at)
    for (const { file } of all.slice(MAX_BUNDLES)) {
      rmSync(file)
      for (const [hash, kept] of this.files) if (kept === file) this.files.delete(hash)
    }
  }
}

const BUNDLE_NAME = /^invalid-0x[0-9a-f]{64}\.json$/
