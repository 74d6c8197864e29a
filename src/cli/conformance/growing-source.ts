/** Trie nodes and codes of a chain that starts from given accounts: a full node's state, kept in memory for a test. */
import type { Hash } from '../../chain/bytes.ts'
import type { CodeSource } from '../../state/content-bag.ts'
import { hashKey } from '../../state/hash-key.ts'
import type { StateCommit } from '../../state/state-trie.ts'
import type { NodeSource } from '../../state/trie/node-source.ts'

/** Always: what is under a hash has it, as it comes from the trie's own commits. Lives as long as one test. */
export class GrowingSource implements NodeSource, CodeSource {
  private readonly nodes = new Map<string, Uint8Array>()
  private readonly codes = new Map<string, Uint8Array>()

  add(commit: StateCommit): void {
    for (const { hash, bytes } of commit.nodes) this.nodes.set(hashKey(hash), bytes)
    for (const { hash, bytes } of commit.codes) this.codes.set(hashKey(hash), bytes)
  }

  node(hash: Hash): Uint8Array | undefined {
    return this.nodes.get(hashKey(hash))
  }

  code(hash: Hash): Uint8Array | undefined {
    return this.codes.get(hashKey(hash))
  }
}
