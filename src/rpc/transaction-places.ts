/** Where transactions of the chain are: servers say where to look, the block there proves it. */
import { dropOldest } from '../chain/drop-oldest.ts'
import type { Hash, Keccak } from '../chain/bytes.ts'
import type { RawHeader } from '../execution/block/raw-block.ts'
import { equalBytes } from '../execution/words.ts'
import { hashKey } from '../state/hash-key.ts'
import { ChainUnavailableError } from '../sync/beam/import-fetcher.ts'
import type { SaidPlace } from '../sync/chain-view/chain-bodies.ts'
import type { ChainView } from '../sync/chain-view/chain-view.ts'
import { HistoryUnavailableError } from '../sync/chain-view/chain-view-error.ts'
import { Evidence, type Ask } from '../sync/chain-view/evidence.ts'
import type { PlacedTransaction } from './block-reader.ts'

/** Servers whose word on a transaction's place is tried in vain for one question: as many as most users name. */
const MAX_WRONG_PLACES = 4

/** Transactions whose place is remembered, some 1 MB with the headers: dapps ask again for the few that they wait for. */
const MAX_KEPT_PLACES = 1_024

/** In the block, undefined where the block does not have it. */
type PlaceIn = (header: RawHeader, hash: Hash, ask: Ask) => Promise<PlacedTransaction | undefined>

/** What became of a server's word. */
type Look =
  | { readonly kind: 'there'; readonly place: PlacedTransaction }
  /** It is not there, or not in our chain. */
  | { readonly kind: 'elsewhere' }
  /** Whether it is there cannot be told. */
  | { readonly kind: 'unproven'; readonly error: HistoryUnavailableError | ChainUnavailableError }

const ELSEWHERE: Look = { kind: 'elsewhere' }

/** Always: what is kept was proven; it is used while the chain has the block. */
export class TransactionPlaces {
  /** Headers of their blocks, by transaction hash. */
  readonly #kept = new Map<string, RawHeader>()

  constructor(
    private readonly view: ChainView,
    private readonly keccak: Keccak,
    private readonly placeIn: PlaceIn,
  ) {}

  /**
   * A server that names a block without it, or one of which that cannot be told, hides nothing: the next is asked.
   * @throws {HistoryUnavailableError} {ChainUnavailableError} where a server names a block that cannot be proven or had, and
   *   no other one another
   */
  async seek(hash: Hash, ask: Ask): Promise<PlacedTransaction | undefined> {
    const kept = this.#keptBlock(hash)
    if (kept !== undefined) return this.placeIn(kept, hash, ask)
    const tried = new Set<string>()
    let problem: Error | undefined
    while (tried.size < MAX_WRONG_PLACES) {
      const said = await this.view.placeOf(hash, ask, tried)
      if (said === undefined) break
      tried.add(said.server)
      // What is looked at in vain is no part of the answer.
      const aside = { signal: ask.signal, evidence: new Evidence() }
      const look = await this.#look(said, hash, aside)
      if (look.kind === 'unproven') problem ??= look.error
      if (look.kind !== 'there') continue
      ask.evidence.join(aside.evidence)
      this.#keep(hash, look.place.header)
      return look.place
    }
    if (problem !== undefined) throw problem
    return undefined
  }

  async #look({ block, server }: SaidPlace, hash: Hash, ask: Ask): Promise<Look> {
    const onChain = await orUnavailable(this.view.headerOf(block.hash, ask))
    if (onChain instanceof ChainUnavailableError) return ELSEWHERE
    const header =
      onChain instanceof HistoryUnavailableError
        ? await orUnavailable(this.view.anyHeaderOf(block.hash, ask))
        : onChain.header
    if (header instanceof Error) return ELSEWHERE
    const isIn = await orUnavailable(this.#has(header, hash, ask))
    // Its own bytes say so, whatever chain it is of.
    if (isIn === false) this.view.reportWrongPlace(server, hash, header)
    if (isIn === false) return ELSEWHERE
    if (onChain instanceof HistoryUnavailableError) return { kind: 'unproven', error: onChain }
    // One that is not in our chain may be in the server's, or newer than our head: that is no lie.
    if (!onChain.isCanonical) return ELSEWHERE
    if (isIn !== true) return { kind: 'unproven', error: isIn }
    const place = await this.placeIn(header, hash, ask)
    return place === undefined ? ELSEWHERE : { kind: 'there', place }
  }

  /** By the bytes alone: of a block that nobody has signed, what they say may be anything. */
  async #has(header: RawHeader, hash: Hash, ask: Ask): Promise<boolean> {
    const { transactions } = await this.view.block(header, ask)
    return transactions.some((encoded) => equalBytes(this.keccak(encoded), hash))
  }

  /** Undefined where it is not known, or the chain is another. */
  #keptBlock(hash: Hash): RawHeader | undefined {
    const header = this.#kept.get(hashKey(hash))
    if (header === undefined) return undefined
    // Where nothing is answered now, neither is this.
    this.view.heads.head()
    if (this.view.isCanonical(header)) return header
    this.#kept.delete(hashKey(hash))
    return undefined
  }

  #keep(hash: Hash, header: RawHeader): void {
    this.#kept.set(hashKey(hash), header)
    dropOldest(this.#kept, MAX_KEPT_PLACES)
  }
}

/** What cannot be had or proven, as a value. */
async function orUnavailable<T>(found: Promise<T>): Promise<T | HistoryUnavailableError | ChainUnavailableError> {
  try {
    return await found
  } catch (error) {
    if (error instanceof HistoryUnavailableError || error instanceof ChainUnavailableError) return error
    throw error
  }
}
