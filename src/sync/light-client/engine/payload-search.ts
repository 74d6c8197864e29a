/** Finds payloads of beacon blocks, each proven by the hash of its execution header (EIP-4895 to EIP-7928: what it covers). */
import { byteArrayEquals } from '@chainsafe/ssz'
import { bytesToHex } from '@ethereumjs/util'
import { forkAtSlot, isAtLeast, slotAtTime } from '../../../chain/beacon-config.ts'
import type { Hash, Keccak, Root } from '../../../chain/bytes.ts'
import { asRoot } from '../../../chain/bytes.ts'
import type { Network } from '../../../chain/network.ts'
import type { CarriedPayload } from '../../../consensus/containers/execution-payload.ts'
import { BeaconBlockHeaderType, type BeaconBlockHeader } from '../../../consensus/containers/ssz-types.ts'
import { BlockEncodingError } from '../../../execution/block/raw-block.ts'
import { PayloadHashError, provePayload } from '../../../execution/block/payload-header.ts'
import type { DetachedRequests } from '../detached-requests.ts'
import { MAX_UNREVEALED } from './constants.ts'
import type { PayloadLink, PlacedPayload } from './payload-links.ts'

/** A server's response is not what was asked for. */
export class FalsePayloadError extends Error {
  override name = 'FalsePayloadError'
}

export interface PayloadSearchOptions {
  readonly network: Network
  readonly keccak: Keccak
  readonly requests: DetachedRequests
  /** A beacon header that is known already. */
  readonly header: (blockRoot: Root) => BeaconBlockHeader | undefined
}

export class PayloadSearch {
  constructor(private readonly options: PayloadSearchOptions) {}

  /** The payload that another one builds on; undefined when no server has it now. */
  async parentOf(child: PlacedPayload): Promise<PlacedPayload | undefined> {
    const { carried } = child
    const { parentHash } = carried.payload
    let root = await this.#parentRoot(child)
    if (root === undefined || !this.#isSince('gloas', carried.slot)) return root && this.#ofBlock(root, parentHash)
    // A block of Gloas builds on its parent block's payload, or, where that was not revealed in time, on the one before.
    for (let steps = 0; steps < MAX_UNREVEALED && root !== undefined; steps++) {
      const revealed = await this.#envelope(root)
      if (revealed !== undefined && byteArrayEquals(revealed.carried.payload.blockHash, parentHash)) return revealed
      const header = await this.#header(root)
      if (header === undefined) return undefined
      if (!this.#isSince('gloas', header.slot)) return this.#ofBlock(root, parentHash)
      root = asRoot(header.parentRoot)
    }
    return undefined
  }

  /** One that was found before; undefined when no server has it any more. */
  async again({ blockRoot, slot, blockHash }: PayloadLink): Promise<PlacedPayload | undefined> {
    if (blockRoot === undefined) return undefined
    if (!this.#isSince('gloas', slot)) return this.#ofBlock(blockRoot, blockHash)
    const placed = await this.#envelope(blockRoot)
    return placed && byteArrayEquals(placed.carried.payload.blockHash, blockHash) ? placed : undefined
  }

  /** The header covers the parent's root since EIP-4788; what came beside an older payload is a server's word. */
  async #parentRoot({ blockRoot, carried }: PlacedPayload): Promise<Root | undefined> {
    if (this.#isSince('deneb', carried.slot)) return carried.parentBeaconBlockRoot
    const header = blockRoot && (await this.#header(blockRoot))
    return header && asRoot(header.parentRoot)
  }

  /** Of a block before Gloas, which carries exactly this payload. */
  async #ofBlock(blockRoot: Root, blockHash: Hash): Promise<PlacedPayload | undefined> {
    const carried = await this.options.requests.ask('blockPayload', { blockRoot }, (came) => {
      if (byteArrayEquals(came.payload.blockHash, blockHash)) return this.#whyFalse(came)
      const [asked, got] = [bytesToHex(blockHash), bytesToHex(came.payload.blockHash)]
      return new FalsePayloadError(`block ${bytesToHex(blockRoot)} carries payload ${asked}, ${got} came`)
    })
    return carried && { blockRoot, carried: withProvenSlot(this.options.network, carried) }
  }

  /** Whatever the block's builder revealed. That it is the payload somebody looks for is told by its hash. */
  async #envelope(blockRoot: Root): Promise<PlacedPayload | undefined> {
    const { requests } = this.options
    const carried = await requests.ask('payloadEnvelope', { blockRoot }, (came) => this.#whyFalse(came))
    return carried && { blockRoot, carried: withProvenSlot(this.options.network, carried) }
  }

  async #header(blockRoot: Root): Promise<BeaconBlockHeader | undefined> {
    const known = this.options.header(blockRoot)
    if (known !== undefined) return known
    const found = await this.options.requests.ask('headerByRoot', { blockRoot }, ({ header }) =>
      byteArrayEquals(BeaconBlockHeaderType.hashTreeRoot(header), blockRoot)
        ? undefined
        : new FalsePayloadError(`the header that came for block ${bytesToHex(blockRoot)} has another root`),
    )
    return found?.header
  }

  #whyFalse(carried: CarriedPayload): Error | undefined {
    try {
      provePayload(carried, this.options.keccak)
      return undefined
    } catch (error) {
      if (error instanceof PayloadHashError || error instanceof BlockEncodingError) return error
      throw error
    }
  }

  #isSince(fork: 'deneb' | 'gloas', slot: number): boolean {
    return isAtLeast(forkAtSlot(this.options.network, slot).name, fork)
  }
}

/** The slot decides which method takes the payload. Its timestamp is proven, the slot that came beside it may not be. */
export const withProvenSlot = (network: Network, carried: CarriedPayload): CarriedPayload => ({
  ...carried,
  slot: slotAtTime(network, carried.payload.timestamp),
})
