/** Whether the nodes at hand lead from a state root all the way to a key, present or proven absent. */
import type { Hash, Keccak } from '../../chain/bytes.ts'
import { decodeAccount, MalformedValueError } from '../../state/account-codec.ts'
import { hashKey } from '../../state/hash-key.ts'
import { MalformedNodeError } from '../../state/trie/malformed-node-error.ts'
import type { NodeSource } from '../../state/trie/node-source.ts'
import { PartialTrie } from '../../state/trie/partial-trie.ts'

export interface HashedKey {
  readonly account: Hash
  /** Undefined: the account alone. */
  readonly slot: Hash | undefined
}

/** Sees what its source has by the time it is asked. */
export class PathCheck {
  readonly #accounts: PartialTrie
  readonly #storages = new Map<string, PartialTrie | undefined>()

  constructor(
    root: Hash,
    private readonly source: NodeSource,
    private readonly keccak: Keccak,
  ) {
    this.#accounts = new PartialTrie({ root, source, keccak })
  }

  isComplete({ account, slot }: HashedKey): boolean {
    try {
      const found = this.#accounts.lookup(account)
      if (found.kind === 'missing') return false
      if (slot === undefined || found.kind === 'absent') return true
      return this.#storage(account, found.value).lookup(slot).kind !== 'missing'
    } catch (error) {
      // No state has such a node or value: whoever reads it says so by name.
      if (error instanceof MalformedNodeError || error instanceof MalformedValueError) return true
      throw error
    }
  }

  #storage(account: Hash, encoded: Uint8Array): PartialTrie {
    const key = hashKey(account)
    const known = this.#storages.get(key)
    if (known !== undefined) return known
    const { source, keccak } = this
    const trie = new PartialTrie({ root: decodeAccount(encoded).storageRoot, source, keccak, owner: account })
    this.#storages.set(key, trie)
    return trie
  }
}
