/** Payloads on the way from the head back to a block that an execution client has. */
import { bytesToHex } from '@ethereumjs/util'
import type { Hash, Root } from '../../../chain/bytes.ts'
import type { CarriedPayload } from '../../../consensus/containers/execution-payload.ts'
import { KEPT_PAYLOAD_BYTES, MAX_WALK } from './constants.ts'

/** A payload that is proven, and the beacon block that it belongs to. */
export interface PlacedPayload {
  /** Undefined for a head's of Gloas, whose hash is proven by another block. */
  readonly blockRoot: Root | undefined
  readonly carried: CarriedPayload
}

/** What is left of one that was too much to keep: enough to fetch it again. */
export interface PayloadLink {
  readonly blockRoot: Root | undefined
  readonly slot: number
  readonly blockHash: Hash
  readonly parentHash: Hash
  readonly blockNumber: number
}

/** Two walks: the way back from a new head still finds what was found from the one before. */
const MAX_LINKS = 2 * MAX_WALK

/**
 * Always: at most {@link MAX_LINKS} links, and payloads of at most {@link KEPT_PAYLOAD_BYTES}; those that were added
 * first go first. On a walk back these are the newest blocks, which are needed last.
 */
export class PayloadLinks {
  readonly #links = new Map<string, PayloadLink>()
  readonly #payloads = new Map<string, PlacedPayload>()
  #bytes = 0

  constructor(private readonly maxBytes = KEPT_PAYLOAD_BYTES) {}

  add(placed: PlacedPayload): PayloadLink {
    const { blockHash, parentHash, blockNumber } = placed.carried.payload
    const key = bytesToHex(blockHash)
    const link = { blockRoot: placed.blockRoot, slot: placed.carried.slot, blockHash, parentHash, blockNumber }
    this.#links.delete(key)
    this.#links.set(key, link)
    this.#drop(key)
    this.#payloads.set(key, placed)
    this.#bytes += sizeOf(placed)
    for (const oldest of this.#links.keys()) {
      if (this.#links.size <= MAX_LINKS) break
      this.#links.delete(oldest)
      this.#drop(oldest)
    }
    for (const oldest of this.#payloads.keys()) {
      if (this.#bytes <= this.maxBytes) break
      this.#drop(oldest)
    }
    return link
  }

  link(blockHash: Hash): PayloadLink | undefined {
    return this.#links.get(bytesToHex(blockHash))
  }

  /** Undefined where it is to be fetched again. */
  payload(blockHash: Hash): PlacedPayload | undefined {
    return this.#payloads.get(bytesToHex(blockHash))
  }

  /** It has been executed: the way back never leads past it. */
  dropPayload(blockHash: Hash): void {
    this.#drop(bytesToHex(blockHash))
  }

  #drop(key: string): void {
    const known = this.#payloads.get(key)
    if (known === undefined) return
    this.#payloads.delete(key)
    this.#bytes -= sizeOf(known)
  }
}

function sizeOf({ carried: { payload } }: PlacedPayload): number {
  const transactions = payload.transactions.reduce((sum, { length }) => sum + length, 0)
  return transactions + (payload.accessList?.rlp.length ?? 0)
}
