/** Blocks that were executed here and found invalid: whoever signed them, nothing is answered at them or above. */
import { bytesToHex } from '@ethereumjs/util'
import { messageOf } from '../../chain/thrown.ts'
import { equalBytes } from '../../execution/words.ts'
import { hashKey } from '../../state/hash-key.ts'
import type { ChainHeaders } from './chain-headers.ts'
import type { Ask } from './evidence.ts'
import type { NamedBlock } from './executed-blocks.ts'

/** Two thirds of a committee have to sign each of them: more than a few are a broken engine, and the newest tell that as well. */
const MAX_REFUSED = 64

export class RefusedBlocks {
  /** By hash, the oldest first. */
  readonly #blocks = new Map<string, NamedBlock>()

  constructor(private readonly headers: Pick<ChainHeaders, 'head' | 'lowest' | 'isCanonical' | 'at'>) {}

  add(block: NamedBlock): void {
    this.#blocks.set(hashKey(block.hash), block)
    const [oldest] = this.#blocks.keys()
    if (this.#blocks.size > MAX_REFUSED && oldest !== undefined) this.#blocks.delete(oldest)
  }

  /** Why nothing is answered at the head, as far as its chain is known now. */
  known(): string | undefined {
    const block = this.#ordered().find((one) => this.headers.isCanonical(one))
    return block && reasonFor(block)
  }

  /** As {@link known}, also where the chain has to be looked up for it; what cannot be told is a reason too. Never rejects. */
  async problem(ask: Ask): Promise<string | undefined> {
    for (const block of this.#ordered()) {
      if (this.headers.isCanonical(block)) return reasonFor(block)
      if (this.#isAside(block)) continue
      try {
        const there = await this.headers.at(block.number, ask)
        if (there !== undefined && equalBytes(there.hash, block.hash)) return reasonFor(block)
      } catch (error) {
        return `whether the signed head descends from ${nameOf(block)}, found invalid here, cannot be told: ${messageOf(error)}`
      }
    }
    // One may have come meanwhile.
    return this.known()
  }

  /** It is in no chain that is known there without a gap. */
  #isAside(block: NamedBlock): boolean {
    const { lowest } = this.headers
    return lowest !== undefined && block.number >= lowest.number
  }

  #ordered(): NamedBlock[] {
    return [...this.#blocks.values()].sort((a, b) => a.number - b.number)
  }
}

const reasonFor = (block: NamedBlock): string =>
  `the signed head is or descends from ${nameOf(block)}, which was executed here and is invalid`

const nameOf = ({ number, hash }: NamedBlock): string => `block ${number} ${bytesToHex(hash)}`
