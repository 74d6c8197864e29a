/** Sorts what was dropped or picked by kind, and says of each file that is not taken why. */
import { fileKind } from './file-kind.ts'
import { FileTooLargeError, fromFile, type FileSource } from './file-source.ts'
import { formatCount, reasonOf } from './format.ts'
import { MAX_CHAIN_FILES, MAX_FILE_BYTES, MAX_WAITING } from './limits.ts'

export interface SortedFiles {
  readonly blocks: readonly FileSource[]
  readonly chain: readonly FileSource[]
  /** What to say of files that were not taken. */
  readonly refused: readonly string[]
}

/** As many as the queue and one light-client run can take; a dropped folder tree of thousands is not looked through. */
const MAX_FILES = MAX_WAITING + MAX_CHAIN_FILES

/** Looks into the files' beginnings only, so that nothing large is in memory before its turn. Never rejects. */
export async function sortFiles(files: readonly File[]): Promise<SortedFiles> {
  const blocks: FileSource[] = []
  const chain: FileSource[] = []
  const refused: string[] = []
  for (const file of files.slice(0, MAX_FILES)) {
    if (file.size > MAX_FILE_BYTES) {
      refused.push(new FileTooLargeError(file.name, file.size).message)
      continue
    }
    try {
      const kind = await fileKind(file)
      ;(kind === 'block' ? blocks : chain).push(fromFile(file))
    } catch (error) {
      refused.push(`${file.name} cannot be read (${reasonOf(error)}): is it a folder, or gone since?`)
    }
  }
  const left = files.length - MAX_FILES
  if (left > 0) refused.push(`${formatCount(left, 'file')} past the first ${MAX_FILES} were not looked at.`)
  return { blocks, chain, refused }
}
