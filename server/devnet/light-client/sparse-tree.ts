/** A Merkle tree of which only a few leaves mean something: every sibling on their way is made up from a seed. */
import { hash64 } from '@chainsafe/ssz'
import { sha256 } from '@noble/hashes/sha2.js'

/** Always: equal seeds and leaves give equal trees; no given leaf lies below another. */
export class SparseTree {
  readonly #nodes: Map<number, Uint8Array>
  /** Generalized indices above a leaf: the only nodes that are hashes of what is below. */
  readonly #above = new Set<number>()

  /** @param leaves by generalized index */
  constructor(
    private readonly seed: string,
    leaves: ReadonlyMap<number, Uint8Array>,
  ) {
    this.#nodes = new Map(leaves)
    for (const gindex of leaves.keys()) {
      for (let at = parent(gindex); at >= 1; at = parent(at)) this.#above.add(at)
    }
  }

  get root(): Uint8Array {
    return this.#node(1)
  }

  /** The proof of a node, from the leaf up. */
  branch(gindex: number): Uint8Array[] {
    const branch: Uint8Array[] = []
    for (let at = gindex; at > 1; at = parent(at)) branch.push(this.#node(at ^ 1))
    return branch
  }

  #node(gindex: number): Uint8Array {
    const known = this.#nodes.get(gindex)
    if (known !== undefined) return known
    const node = this.#above.has(gindex)
      ? hash64(this.#node(2 * gindex), this.#node(2 * gindex + 1))
      : sha256(new TextEncoder().encode(`${this.seed}, node ${gindex}`))
    this.#nodes.set(gindex, node)
    return node
  }
}

const parent = (gindex: number): number => Math.floor(gindex / 2)
