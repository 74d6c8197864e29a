/** Looks values of a state up in what is at hand. Looking is no reading: nothing of it is noted as needed. */
import type { MissingValue } from '../../execution/speculation/missing-values.ts'
import type { LearnedValue } from '../../execution/speculation/parent-values.ts'
import type { ContentFault } from '../../network/on-demand/state-fetcher.ts'
import { DataFaultError } from '../../state/data-fault.ts'
import { EMPTY_CODE_HASH, type StateTrie } from '../../state/state-trie.ts'
import type { StateWrites } from '../../state/state-writes.ts'
import { contentFaults, withSlot } from './content-faults.ts'

export class StateLook {
  /** Nothing is written to it. */
  private readonly trie: StateTrie

  /** @param open the state anew */
  constructor(private readonly open: () => StateTrie) {
    this.trie = open()
  }

  /** What applying the writes would lack; empty where it would lack nothing. */
  missingFor(writes: StateWrites): ContentFault[] {
    try {
      this.open().applyWrites(writes)
      return []
    } catch (error) {
      if (error instanceof DataFaultError) return contentFaults(error)
      throw error
    }
  }

  /** The value, where what is at hand proves it. Codes have to be of an account. */
  value(wanted: MissingValue): LearnedValue | undefined {
    try {
      switch (wanted.kind) {
        case 'account':
          return { ...wanted, value: this.trie.account(wanted.address) }
        case 'storage':
          return { ...wanted, value: this.trie.storage(wanted.address, wanted.slot) }
        case 'code': {
          const { address } = wanted
          const codeHash = wanted.codeHash ?? this.trie.account(address)?.codeHash
          if (codeHash === undefined) return undefined
          return { kind: 'code', codeHash, bytes: this.trie.code(codeHash, address) }
        }
      }
    } catch (error) {
      if (error instanceof DataFaultError) return undefined
      throw error
    }
  }

  /** What the way to the value lacks first; empty where it lacks nothing. */
  missing(wanted: MissingValue): ContentFault[] {
    try {
      switch (wanted.kind) {
        case 'account':
          this.trie.account(wanted.address)
          return []
        case 'storage':
          this.trie.storage(wanted.address, wanted.slot)
          return []
        case 'code': {
          const hash = wanted.codeHash ?? this.trie.account(wanted.address)?.codeHash ?? EMPTY_CODE_HASH
          this.trie.code(hash, wanted.address)
          return []
        }
      }
    } catch (error) {
      if (!(error instanceof DataFaultError)) throw error
      const faults = contentFaults(error)
      return wanted.kind === 'storage' ? faults.map((fault) => withSlot(fault, wanted.slot)) : faults
    }
  }
}
