/** A parent state that fetches what it lacks: a read waits until the nodes on its path have come. */
import type { Hash, Keccak } from '../../chain/bytes.ts'
import type { OpenState } from '../../execution/block/verify-block.ts'
import { DataFaultError, describeFault } from '../../state/data-fault.ts'
import type { MaybePromise } from '../../state/flat-reader.ts'
import { RecordingCodeSource, RecordingNodeSource } from '../../state/recording-source.ts'
import { StateTrie } from '../../state/state-trie.ts'
import type { TouchedKeys } from '../state-service/messages.ts'
import { isAbsent } from '../beacon/outcome.ts'
import { RequestError } from '../request-server.ts'
import type { FetchedContent } from './fetched-content.ts'
import type { ContentFault, StateFetcher } from './state-fetcher.ts'
import { WitnessError } from './witness-error.ts'

/**
 * Fetches for one block. A block of 60 Mgas can read 28,571 keys cold (2,100 gas each), each some eight nodes deep, and
 * node by node is a way to fetch them. Each fetch brings what it was for, or is the last.
 */
const MAX_FETCHES = 262_144

export class FetchedState {
  readonly #nodes: RecordingNodeSource
  readonly #codes: RecordingCodeSource
  #fetches = 0

  constructor(
    private readonly root: Hash,
    private readonly content: FetchedContent,
    private readonly fetcher: StateFetcher,
    private readonly keccak: Keccak,
  ) {
    this.#nodes = new RecordingNodeSource(content)
    this.#codes = new RecordingCodeSource(content)
  }

  open(): OpenState {
    const trie = new StateTrie({ root: this.root, nodes: this.#nodes, codes: this.#codes, keccak: this.keccak })
    return {
      reader: {
        account: (address) => this.#read(() => trie.account(address)),
        storage: (address, slot) => this.#read(() => trie.storage(address, slot)),
        code: (codeHash, address) => this.#read(() => trie.code(codeHash, address)),
      },
      applyWrites: async (writes) => this.#read(() => trie.applyWrites(writes)),
      root: () => trie.root(),
      nodesRead: () => this.#nodes.read().length,
    }
  }

  /** What the states that were opened have read: no more and no less than they need. */
  read(): { readonly nodes: readonly Uint8Array[]; readonly codes: readonly Uint8Array[] } {
    return { nodes: this.#nodes.read().map(({ bytes }) => bytes), codes: this.#codes.read().map(({ bytes }) => bytes) }
  }

  /**
   * Fetches the paths of keys that are likely to be read, all together, as far as the server gives them: what is really
   * read is asked for again. Keys that are not read after all cost nothing else.
   * @throws {RequestError} where the server does not answer
   */
  async fetchAhead(keys: readonly TouchedKeys[]): Promise<void> {
    const { root, content, keccak } = this
    const trie = new StateTrie({ root, nodes: content, codes: content, keccak })
    for (;;) {
      const faults = keys.flatMap((touched) => missing(trie, touched))
      if (faults.length === 0) return
      try {
        await this.#fetch(faults)
      } catch (error) {
        if (error instanceof WitnessError || (error instanceof RequestError && isAbsent(error))) return
        throw error
      }
    }
  }

  /** At once where everything is at hand. */
  #read<T>(read: () => T): MaybePromise<T> {
    try {
      return read()
    } catch (error) {
      return this.#recover(error, read)
    }
  }

  async #recover<T>(error: unknown, read: () => T): Promise<T> {
    let reason = error
    while (reason instanceof DataFaultError) {
      await this.#fetch([reason.fault, ...reason.others].filter((fault) => fault.kind !== 'header'))
      try {
        return read()
      } catch (next) {
        reason = next
      }
    }
    throw reason
  }

  async #fetch(faults: readonly ContentFault[]): Promise<void> {
    this.#fetches += 1
    if (this.#fetches > MAX_FETCHES) throw new WitnessError(`the block is not done after ${MAX_FETCHES} fetches`)
    this.content.add(await this.fetcher.fetch(faults))
    // Some ways of fetching have a second try for what the first cannot bring.
    const still = faults.filter(({ hash }) => !this.content.has(hash))
    if (still.length === 0) return
    this.content.add(await this.fetcher.fetch(still))
    const lacking = still.find(({ hash }) => !this.content.has(hash))
    if (lacking !== undefined) throw new WitnessError(`the server did not give the ${describeFault(lacking)}`)
  }
}

/** The first node that each key's path lacks, as a fault that names the key: its whole path may be fetched by it. */
function missing(trie: StateTrie, { address, slots }: TouchedKeys): ContentFault[] {
  const reads = [() => void trie.account(address), ...slots.map((slot) => () => void trie.storage(address, slot))]
  const slotOf = [undefined, ...slots]
  return reads.flatMap((read, index) => {
    try {
      read()
      return []
    } catch (error) {
      if (!(error instanceof DataFaultError) || error.fault.kind !== 'node') throw error
      const slot = slotOf[index]
      return [slot === undefined ? error.fault : { ...error.fault, slot }]
    }
  })
}
