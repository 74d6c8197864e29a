/** Where a job's bytes come from: a file of the visitor's, or one that the page's server lists. Read when its turn comes. */
import { formatBytes } from './format.ts'
import { DOWNLOAD_TIME_LIMIT, MAX_FILE_BYTES } from './limits.ts'

export interface FileSource {
  readonly name: string
  /** As the file system or the server's list says. */
  readonly bytes: number
  /**
   * @throws {FileTooLargeError} past 256 MiB
   * @throws {FileReadError} when it cannot be read
   * @throws the signal's reason when aborted
   */
  read(signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>>
}

export class FileTooLargeError extends Error {
  override readonly name = 'FileTooLargeError'
  constructor(file: string, bytes: number) {
    super(`${file} has ${formatBytes(bytes)}; the page takes files of up to ${formatBytes(MAX_FILE_BYTES)}.`)
  }
}

export class FileReadError extends Error {
  override readonly name = 'FileReadError'
}

export function fromFile(file: File): FileSource {
  return {
    name: file.name,
    bytes: file.size,
    async read(signal) {
      signal.throwIfAborted()
      if (file.size > MAX_FILE_BYTES) throw new FileTooLargeError(file.name, file.size)
      // A folder is dropped as a file that cannot be read; a file may be gone since it was picked.
      const buffer = await file.arrayBuffer().catch((error: unknown) => {
        throw new FileReadError(`${file.name} cannot be read (${String(error)}): is it a folder, or gone since?`)
      })
      signal.throwIfAborted()
      return new Uint8Array(buffer)
    },
  }
}

/** A file at `path` of the page's own server. */
export function fromServer(file: { readonly name: string; readonly path: string; readonly bytes: number }): FileSource {
  return {
    name: file.name,
    bytes: file.bytes,
    async read(signal) {
      if (file.bytes > MAX_FILE_BYTES) throw new FileTooLargeError(file.name, file.bytes)
      const timeout = AbortSignal.timeout(DOWNLOAD_TIME_LIMIT)
      try {
        const response = await fetch(file.path, { signal: AbortSignal.any([signal, timeout]) })
        if (!response.ok) {
          throw new FileReadError(
            `${file.path}: the server answered ${response.status}. Reload the page for a new list.`,
          )
        }
        return await readBody(response, file)
      } catch (error) {
        signal.throwIfAborted()
        if (error instanceof FileReadError || error instanceof FileTooLargeError) throw error
        throw new FileReadError(`${file.path} cannot be fetched (${String(error)}): does the page's server still run?`)
      }
    },
  }
}

/** The body, and no more of it than a file may have: a length in a list or in a header is only a claim. */
async function readBody(response: Response, file: { readonly name: string }): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > MAX_FILE_BYTES) throw new FileTooLargeError(file.name, size)
    chunks.push(chunk)
  }
  const bytes = new Uint8Array(size)
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.length
  }
  return bytes
}
