/** Which beacon block carries the execution payload that a light-client header proves. */
import { byteArrayEquals } from '@chainsafe/ssz'
import { bytesToHex } from '@ethereumjs/util'
import { asRoot, type Hash, type Root } from '../../chain/bytes.ts'
import type { Network } from '../../chain/network.ts'
import { dropOldest } from '../../chain/drop-oldest.ts'
import {
  executionBlockHash,
  executionKindAtSlot,
  type LightClientHeader,
} from '../../consensus/containers/light-client-objects.ts'
import { BeaconBlockHeaderType, type BeaconBlockHeader } from '../../consensus/containers/ssz-types.ts'

/** A block that may have the payload of this hash. */
export interface PayloadPlace {
  readonly blockHash: Hash
  readonly kind: 'blockPayload' | 'payloadEnvelope'
  readonly blockRoot: Root
  /** Proven where the light-client header is. */
  readonly block: BeaconBlockHeader
  /** `sure`: the chain proves that the block's payload has this hash. */
  readonly certainty: 'sure' | 'possible'
}

/** The header of the block is not known: no place can be named before it is fetched. */
export interface UnknownPlace {
  readonly kind: 'header'
  readonly blockRoot: Root
  /** It is earlier than this. */
  readonly before: number
}

/**
 * Payloads in a row that builders may withhold. Each costs a builder its bid and leaves a slot without transactions; where
 * more are missing the network is in trouble, and the newest payload is older than answers may be.
 */
export const MAX_WITHHELD = 32

/** Execution blocks proven by beacon headers that are remembered: an epoch's, which tell where payloads were withheld. */
const MAX_REMEMBERED = 64

/**
 * Up to Fulu it is the header's own block. A block of Gloas proves the payload that it builds on: that of its parent,
 * or, where that was not revealed, of an earlier block. The parent's own header tells: it proves the same hash where
 * nothing was revealed in between.
 */
export class PayloadPlaces {
  readonly #network: Network
  /** Block hash by root of the beacon block whose header proves it. */
  readonly #proven = new Map<string, Hash>()

  constructor(network: Network) {
    this.#network = network
  }

  /** Learns from a header that is proven. */
  note({ beacon, execution }: LightClientHeader): void {
    if (execution === undefined) return
    this.#proven.set(bytesToHex(BeaconBlockHeaderType.hashTreeRoot(beacon)), executionBlockHash(execution))
    dropOldest(this.#proven, MAX_REMEMBERED)
  }

  /** The hash that the block's own header proves, if that was seen. */
  provenBy(blockRoot: Root): Hash | undefined {
    return this.#proven.get(bytesToHex(blockRoot))
  }

  /**
   * The blocks that may have it, newest first. The last is a place that is sure, or one whose header is needed to go on.
   * Empty where the header proves no execution block.
   */
  *of(
    { beacon, execution }: LightClientHeader,
    headerOf: (root: Root) => BeaconBlockHeader | undefined,
  ): Generator<PayloadPlace | UnknownPlace> {
    if (execution === undefined) return
    const blockHash = executionBlockHash(execution)
    if (!this.#hasEnvelope(beacon)) {
      const blockRoot = asRoot(BeaconBlockHeaderType.hashTreeRoot(beacon))
      yield { blockHash, kind: 'blockPayload', blockRoot, block: beacon, certainty: 'sure' }
      return
    }
    let child = beacon
    /** A place that was named before may have it. */
    let mayBeNewer = false
    for (let depth = 0; depth <= MAX_WITHHELD; depth++) {
      const blockRoot = asRoot(child.parentRoot)
      const block = headerOf(blockRoot)
      if (block === undefined) {
        yield { kind: 'header', blockRoot, before: child.slot }
        return
      }
      if (!this.#hasEnvelope(block)) {
        yield { blockHash, kind: 'blockPayload', blockRoot, block, certainty: mayBeNewer ? 'possible' : 'sure' }
        return
      }
      const below = this.provenBy(blockRoot)
      // Built on the same payload as its child: its own was not revealed in time.
      const isSkipped = below !== undefined && byteArrayEquals(below, blockHash)
      const isLast = below !== undefined && !isSkipped
      const certainty = isLast && !mayBeNewer ? 'sure' : 'possible'
      if (!isSkipped) yield { blockHash, kind: 'payloadEnvelope', blockRoot, block, certainty }
      if (isLast) return
      if (!isSkipped) mayBeNewer = true
      child = block
    }
  }

  #hasEnvelope({ slot }: BeaconBlockHeader): boolean {
    return executionKindAtSlot(this.#network, slot) === 'blockHash'
  }
}
