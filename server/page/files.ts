/**
 * The files that may be served, listed before anything is: a request is answered by looking its path up, never by
 * building a file name from it. So no spelling of a path can leave the folder.
 */
import type { Dirent } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

export interface ServedFile {
  /** Absolute path on disk. */
  readonly file: string
  readonly bytes: number
}

/** URL path (decoded, starting with `/`) to file. */
export type FileTable = ReadonlyMap<string, ServedFile>

/** Listing more than this is a wrongly named folder (somebody's home), not a page or the test data (some hundred files). */
const MAX_FILES = 10_000

/**
 * Every regular file below `folder`, hidden ones and symbolic links left out, under `prefix` (`''` or `/data`).
 * @throws when there are more than 10,000.
 */
export async function listFiles(folder: string, prefix = ''): Promise<FileTable> {
  const table = new Map<string, ServedFile>()
  const visit = async (directory: string, urlPath: string): Promise<void> => {
    for (const entry of await sortedEntries(directory)) {
      const path = join(directory, entry.name)
      if (entry.isDirectory()) await visit(path, `${urlPath}/${entry.name}`)
      else if (entry.isFile()) table.set(`${urlPath}/${entry.name}`, { file: path, bytes: (await stat(path)).size })
      if (table.size > MAX_FILES)
        throw new Error(`${folder} holds more than ${MAX_FILES} files: is it the right folder?`)
    }
  }
  await visit(folder, prefix)
  return table
}

/** Visible entries of a folder by name; none when the folder is missing. */
export async function sortedEntries(directory: string): Promise<readonly Dirent[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return []
    throw error
  })
  return entries.filter((entry) => !entry.name.startsWith('.')).sort((a, b) => (a.name < b.name ? -1 : 1))
}
