/** What the page can pick from: the recorded blocks and light-client files of a data folder, listed as JSON. */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type FileTable, type ServedFile, sortedEntries } from './files.ts'

export interface DataFile {
  readonly name: string
  /** Path to fetch it from, URL-encoded. */
  readonly path: string
  readonly bytes: number
}

/** One entry of `/data/index.json`. Names and sizes only: nothing is read or checked here, that is the page's work. */
export type DataEntry =
  | ({ readonly kind: 'block' } & DataFile)
  | {
      readonly kind: 'light-client'
      /** Name of the folder: files of one folder are of one chain. */
      readonly name: string
      /** URL path of the folder, ending in `/`. */
      readonly path: string
      /** Sum over the files. */
      readonly bytes: number
      readonly files: readonly DataFile[]
    }

export interface DataIndex {
  readonly entries: readonly DataEntry[]
  /** The listed files and no others, by decoded URL path. */
  readonly files: FileTable
}

/** Lists `witness-blocks/*.json.gz` and, per folder of `lightclient/`, its SSZ and JSON files. Missing folders list nothing. */
export async function indexData(data: string): Promise<DataIndex> {
  const files = new Map<string, ServedFile>()
  const list = async (wanted: RegExp, ...folders: string[]): Promise<DataFile[]> => {
    const listed: DataFile[] = []
    for (const entry of await sortedEntries(join(data, ...folders))) {
      if (!entry.isFile() || !wanted.test(entry.name)) continue
      const file = join(data, ...folders, entry.name)
      const { size } = await stat(file)
      const segments = ['data', ...folders, entry.name]
      files.set(`/${segments.join('/')}`, { file, bytes: size })
      listed.push({ name: entry.name, path: urlPath(segments), bytes: size })
    }
    return listed
  }

  const blocks = await list(/\.json\.gz$/, 'witness-blocks')
  const entries: DataEntry[] = blocks.map((block) => ({ kind: 'block', ...block }))
  for (const folder of await sortedEntries(join(data, 'lightclient'))) {
    if (!folder.isDirectory()) continue
    const chain = await list(/\.(json|ssz)$/, 'lightclient', folder.name)
    if (chain.length === 0) continue
    const bytes = chain.reduce((sum, file) => sum + file.bytes, 0)
    const path = `${urlPath(['data', 'lightclient', folder.name])}/`
    entries.push({ kind: 'light-client', name: folder.name, path, bytes, files: chain })
  }
  return { entries, files }
}

function urlPath(segments: readonly string[]): string {
  return `/${segments.map(encodeURIComponent).join('/')}`
}
