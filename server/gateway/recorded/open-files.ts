/** Files of recorded blocks that are open. */
import type { ExecutionNetwork } from '../../../src/chain/network.ts'
import type { WasmCrypto } from '../../../src/execution/crypto/wasm-crypto.ts'
import { RecordedFile } from './recorded-file.ts'
import type { RecordedBlock } from './recorded-index.ts'

/** The nodes of some ten full blocks: a client works at one or two at a time. */
const MAX_BYTES = 64 * 1024 * 1024

/**
 * Always: at most {@link MAX_BYTES} are open, or one file; the least recently used goes first. Files are read one at a time,
 * each once however many wait for it, because a file of 3 MB takes fifty while it is read.
 */
export class OpenFiles {
  /** By path, the least recently used first. */
  readonly #open = new Map<string, RecordedFile>()
  readonly #opening = new Map<string, Promise<RecordedFile>>()
  #bytes = 0
  #last: Promise<unknown> = Promise.resolve()

  constructor(
    private readonly network: ExecutionNetwork,
    private readonly crypto: WasmCrypto,
  ) {}

  /** @throws {UnavailableError} where it cannot be read any more */
  async get(block: RecordedBlock): Promise<RecordedFile> {
    const { path } = block
    const known = this.#open.get(path)
    if (known !== undefined) {
      this.#open.delete(path)
      this.#open.set(path, known)
      return known
    }
    const opening = this.#opening.get(path) ?? this.#queue(block)
    return opening
  }

  #queue(block: RecordedBlock): Promise<RecordedFile> {
    const { path } = block
    const opening = this.#last
      .then(() => RecordedFile.open(block, this.network, this.crypto))
      .then((file) => this.#keep(path, file))
      .finally(() => this.#opening.delete(path))
    this.#opening.set(path, opening)
    this.#last = opening.catch(() => undefined)
    return opening
  }

  #keep(path: string, file: RecordedFile): RecordedFile {
    this.#open.set(path, file)
    this.#bytes += file.size
    for (const [oldest, { size }] of this.#open) {
      if (this.#bytes <= MAX_BYTES || this.#open.size === 1) break
      this.#open.delete(oldest)
      this.#bytes -= size
    }
    return file
  }
}
