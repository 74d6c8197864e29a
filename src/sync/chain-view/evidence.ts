/** How an answer came to be: noted while it is put together. The weakest of what went into it counts. */
import type { Hash } from '../../chain/bytes.ts'
import { equalBytes } from '../../execution/words.ts'

/**
 * `local`: nothing of the chain is in it. `executed`: of a block that was executed here, or of its state. `proven`: by a
 * Merkle proof or a chain of hashes below a signed head. `unverified`: somebody's word.
 */
export type Level = 'local' | 'executed' | 'proven' | 'unverified'

/** From strong to weak. */
const LEVELS: readonly Level[] = ['local', 'executed', 'proven', 'unverified']

/** Who is named in one answer at most; more are counted with these. */
const MAX_SOURCES = 16

/** The block that an answer is of. */
export interface AnsweredBlock {
  readonly number: number
  readonly hash: Hash
}

/** One for each answer. Always: the level never gets stronger. */
export class Evidence {
  level: Level = 'local'
  /** Of the level `executed`: the block since which all were executed here, as it was when they were read. */
  anchor: AnsweredBlock | undefined
  /** The last that was noted: what the answer is about is looked up last. */
  block: AnsweredBlock | undefined
  /** Bytes that servers sent for it. */
  bytes = 0
  readonly #sources = new Set<string>()
  readonly #notes = new Set<string>()

  /** A block of the chain went into it, or its state. @param anchor since which all were executed here; undefined: it was not */
  restOn(anchor: AnsweredBlock | undefined): void {
    // Between two anchors blocks were passed over: neither says of all that went into it that they were executed.
    const isOfOne = this.anchor === undefined || (anchor !== undefined && equalBytes(this.anchor.hash, anchor.hash))
    if (anchor === undefined || !isOfOne) return this.weaken('proven')
    this.anchor = anchor
    this.weaken('executed')
  }

  /** Something of this level went into it. */
  weaken(level: Level): void {
    if (LEVELS.indexOf(level) > LEVELS.indexOf(this.level)) this.level = level
  }

  /** @param name `store`, or a server's */
  from(name: string): void {
    if (this.#sources.size < MAX_SOURCES) this.#sources.add(name)
  }

  at(block: AnsweredBlock): void {
    this.block = { number: block.number, hash: block.hash }
  }

  received(bytes: number): void {
    this.bytes += bytes
  }

  /** What else the user should know; each once. */
  remark(what: string): void {
    if (this.#notes.size < MAX_SOURCES) this.#notes.add(what)
  }

  /** All that went into another is in this one too, and what the other is about is what this is about. */
  join({ level, anchor, block, bytes, sources, notes }: Evidence): void {
    if (level === 'executed') this.restOn(anchor)
    else this.weaken(level)
    if (block !== undefined) this.at(block)
    this.received(bytes)
    for (const name of sources) this.from(name)
    for (const note of notes) this.remark(note)
  }

  get sources(): readonly string[] {
    return [...this.#sources]
  }

  get notes(): readonly string[] {
    return [...this.#notes]
  }
}

/** What every question carries along. */
export interface Ask {
  /** Ends everything that is fetched for it. */
  readonly signal: AbortSignal
  readonly evidence: Evidence
}
