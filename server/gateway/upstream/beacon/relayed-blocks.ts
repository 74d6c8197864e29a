/** Beacon headers, blocks and payload envelopes of upstreams, by their roots. */
import { byteArrayEquals } from '@chainsafe/ssz'
import { bytesToHex } from '@ethereumjs/util'
import type { Keccak, Root } from '../../../../src/chain/bytes.ts'
import { asRoot } from '../../../../src/chain/bytes.ts'
import type { Clock } from '../../../../src/chain/clock.ts'
import type { Network } from '../../../../src/chain/network.ts'
import type { CarriedPayload } from '../../../../src/consensus/containers/execution-payload.ts'
import { BeaconBlockHeaderType, type BeaconBlockHeader } from '../../../../src/consensus/containers/ssz-types.ts'
import { PayloadHashError, provePayload } from '../../../../src/execution/block/payload-header.ts'
import { fetchWhole } from '../../../../src/network/beacon/block-routes.ts'
import {
  fetchHeaderByRoot,
  fetchHeaderBySlot,
  fetchHeaderByTag,
  type RootedHeader,
} from '../../../../src/network/beacon/header-routes.ts'
import type { ItemId, RelayedAnswer, RelayedItem, SourceBlock } from '../../../beacon-api/beacon-source.ts'
import { RecentItems } from '../recent-items.ts'
import { SharedRequests } from '../shared-requests.ts'
import { WrongBlockError, type AskBeacon, type BeaconPool } from './beacon-pool.ts'
import { describeFrame, frameOfBlock, payloadOfWhole, sameFrame } from './whole-block.ts'

export interface RelayOptions {
  readonly network: Network
  readonly pool: BeaconPool
  readonly clock: Clock
  readonly keccak: Keccak
}

export type RelayedHeader = Pick<SourceBlock, 'root' | 'header' | 'isCanonical' | 'isFinalized'>

/** As `headers` are small, thousands of them. */
const MAX_HEADER_BYTES = 4 * 1024 * 1024
/** Of a header with its roots, and the objects around them. */
const HEADER_BYTES = 800
interface KeptHeader {
  readonly known: RelayedHeader
  readonly at: number
}

/** Of mainnet's blocks, of some 150 kB, two hundred. */
const MAX_WHOLE_BYTES = 32 * 1024 * 1024

/**
 * Always: a header hashes to its root; a whole block has its header's fields and a payload that hashes to its own block hash
 * and is of the block's slot and parent, as an envelope has; what else there is in a body is passed on as it came. What is
 * kept is bounded.
 */
export class RelayedBlocks {
  readonly #headers = new RecentItems<KeptHeader>(MAX_HEADER_BYTES, () => HEADER_BYTES)
  /** Roots of blocks by those of the states after them. */
  readonly #byState = new RecentItems<Root>(MAX_HEADER_BYTES, () => 32)
  /** SSZ of blocks. */
  readonly #whole = new RecentItems<Uint8Array>(MAX_WHOLE_BYTES, ({ length }) => length)
  readonly #wholeUnderWay = new SharedRequests<RelayedAnswer | undefined>()
  readonly #headersUnderWay = new SharedRequests<RelayedHeader | undefined>()

  constructor(private readonly options: RelayOptions) {}

  /** Undefined where no upstream has one. @throws {UnavailableError} */
  header(id: ItemId): Promise<RelayedHeader | undefined> {
    switch (id.kind) {
      case 'root':
        return this.#headerByRoot(id.root)
      case 'slot':
        return this.#ask(`slot ${id.slot}`, (rest, signal) => fetchHeaderBySlot(rest, { slot: id.slot }, signal))
      case 'head':
      case 'genesis':
      case 'finalized':
      case 'justified':
        return this.#ask(id.kind, (rest, signal) => fetchHeaderByTag(rest, { tag: id.kind }, signal))
    }
  }

  /** Undefined for a state that no header was seen of. @throws {UnavailableError} */
  headerOfState(stateRoot: Root): Promise<RelayedHeader | undefined> | undefined {
    const root = this.#byState.get(stateRoot)
    return root && this.#headerByRoot(root)
  }

  /** A header that something else held, so that its state is known by its root. */
  note(header: BeaconBlockHeader): void {
    this.#byState.put(asRoot(header.stateRoot), asRoot(BeaconBlockHeaderType.hashTreeRoot(header)))
  }

  /**
   * A block, or the envelope of its payload, as an upstream gives it in that form. Undefined where all say that there is
   * none. @throws {UnavailableError}
   */
  async whole(
    { root, header }: Pick<RelayedHeader, 'root' | 'header'>,
    { item, form }: { readonly item: RelayedItem; readonly form: 'ssz' | 'json' },
  ): Promise<RelayedAnswer | undefined> {
    const isKept = item === 'signedBlock' && form === 'ssz'
    const kept = isKept ? this.#whole.get(root) : undefined
    if (kept !== undefined) return { kind: 'ssz', bytes: kept }
    const found = await this.#wholeUnderWay.get(`${item} ${form} ${bytesToHex(root)}`, () =>
      this.options.pool.first((rest, signal) => {
        const check = (reply: RelayedAnswer) => this.#checkWhole(reply, item, header, rest.endpoint.url.name)
        return fetchWhole(rest, { blockRoot: root, item, form }, check, signal)
      }),
    )
    if (isKept && found?.kind === 'ssz') this.#whole.put(root, found.bytes)
    return found
  }

  #checkWhole(reply: RelayedAnswer, item: RelayedItem, header: BeaconBlockHeader, server: string): void {
    const { network } = this.options
    if (item === 'signedBlock') {
      const frame = frameOfBlock(reply)
      if (!sameFrame(frame, header)) {
        throw new WrongBlockError(`${server}: gave ${describeFrame(frame)} for ${describeFrame(header)}`)
      }
    }
    const carried = payloadOfWhole(network, reply, item, header.slot)
    if (carried !== undefined) this.#checkPayload(carried, header, server)
  }

  async #headerByRoot(root: Root): Promise<RelayedHeader | undefined> {
    const kept = this.#headers.get(root)
    if (kept !== undefined && this.#isFresh(kept)) return kept.known
    const name = bytesToHex(root)
    return this.#ask(name, (rest, signal) => fetchHeaderByRoot(rest, { blockRoot: root }, signal))
  }

  /** What is finalized stays so; of the rest upstreams say something else by and by. */
  #isFresh({ known, at }: KeptHeader): boolean {
    const age = this.options.clock.now() - at
    return (known.isFinalized && known.isCanonical) || (age >= 0 && age < this.options.network.slotSeconds * 1_000)
  }

  async #ask(name: string, ask: AskBeacon<RootedHeader>): Promise<RelayedHeader | undefined> {
    const { pool, clock } = this.options
    return this.#headersUnderWay.get(name, async () => {
      const found = await pool.first(ask)
      if (found === undefined) return undefined
      const { header, root, canonical = false, finalized = false } = found
      const known = { header, root, isCanonical: canonical, isFinalized: finalized }
      this.#headers.put(root, { known, at: clock.now() })
      this.#byState.put(asRoot(header.stateRoot), root)
      return known
    })
  }

  /** The block's root alone cannot tell, without the whole block: whoever uses it proves its block hash. */
  #checkPayload(carried: CarriedPayload, header: BeaconBlockHeader, server: string): void {
    const { slot, parentBeaconBlockRoot } = carried
    if (slot !== header.slot || !byteArrayEquals(parentBeaconBlockRoot, header.parentRoot)) {
      const wanted = `the block of slot ${header.slot} on ${bytesToHex(header.parentRoot)}`
      throw new WrongBlockError(
        `${server}: gave a block of slot ${slot} on ${bytesToHex(parentBeaconBlockRoot)} for ${wanted}`,
      )
    }
    try {
      provePayload(carried, this.options.keccak)
    } catch (error) {
      if (error instanceof PayloadHashError) throw new WrongBlockError(`${server}: ${error.message}`, { cause: error })
      throw error
    }
  }
}
