/** Light-client records as bytes. Only their shape is checked here; whoever reads them verifies them by the protocol. */
import { RLP } from '@ethereumjs/rlp'
import { bigIntToUnpaddedBytes } from '@ethereumjs/util'
import { asHash, asRoot } from '../../chain/bytes.ts'
import type { RlpItem } from '../rlp-items.ts'
import { checkBootstrap, checkConflict, checkHeads, checkUpdate } from './input.ts'
import type {
  HeadSummary,
  UnverifiedBootstrap,
  UnverifiedConflict,
  UnverifiedHeads,
  UnverifiedObject,
  UnverifiedUpdate,
} from './store.ts'

export function encodeBootstrap({ forkDigest, trustedRoot, ssz }: UnverifiedBootstrap): Uint8Array {
  return RLP.encode([forkDigest, trustedRoot, ssz])
}

/** `undefined` when the bytes are no bootstrap's. */
export function decodeBootstrap(bytes: Uint8Array): UnverifiedBootstrap | undefined {
  return decoded(bytes, (item) => {
    const [forkDigest, trustedRoot, ssz] = item as [Uint8Array, Uint8Array, Uint8Array]
    const bootstrap = { forkDigest, trustedRoot: asRoot(trustedRoot), ssz }
    checkBootstrap(bootstrap)
    return bootstrap
  })
}

export function encodeUpdate(update: UnverifiedUpdate): Uint8Array {
  return RLP.encode(updateItem(update))
}

/** `undefined` when the bytes are not the update of this period. */
export function decodeUpdate(bytes: Uint8Array, period: number): UnverifiedUpdate | undefined {
  return decoded(bytes, (item) => {
    const update = updateOf(item)
    checkUpdate(update)
    return update.period === period ? update : undefined
  })
}

export function encodeHeads({ summary, finality, optimistic }: UnverifiedHeads): Uint8Array {
  return RLP.encode([summaryItem(summary), finality === undefined ? [] : objectItem(finality), objectItem(optimistic)])
}

/** `undefined` when the bytes are no heads. */
export function decodeHeads(bytes: Uint8Array): UnverifiedHeads | undefined {
  return decoded(bytes, (item) => {
    const [summary, finality, optimistic] = item as [RlpItem, RlpItem, RlpItem]
    const heads = {
      summary: summaryOf(summary),
      finality: finality.length === 0 ? undefined : objectOf(finality),
      optimistic: objectOf(optimistic),
    }
    checkHeads(heads)
    return heads
  })
}

export function encodeConflict({ known, other }: UnverifiedConflict): Uint8Array {
  return RLP.encode([updateItem(known), updateItem(other)])
}

/** `undefined` when the bytes are no conflict. */
export function decodeConflict(bytes: Uint8Array): UnverifiedConflict | undefined {
  return decoded(bytes, (item) => {
    const [known, other] = item as [RlpItem, RlpItem]
    const conflict = { known: updateOf(known), other: updateOf(other) }
    checkConflict(conflict)
    return conflict
  })
}

function decoded<Decoded>(bytes: Uint8Array, read: (item: RlpItem) => Decoded | undefined): Decoded | undefined {
  try {
    return read(RLP.decode(bytes))
  } catch {
    return undefined
  }
}

const objectItem = ({ forkDigest, ssz }: UnverifiedObject): RlpItem => [forkDigest, ssz]

function objectOf(item: RlpItem): UnverifiedObject {
  const [forkDigest, ssz] = item as [Uint8Array, Uint8Array]
  return { forkDigest, ssz }
}

const updateItem = ({ period, forkDigest, ssz }: UnverifiedUpdate): RlpItem => [numberItem(period), forkDigest, ssz]

function updateOf(item: RlpItem): UnverifiedUpdate {
  const [period, forkDigest, ssz] = item as [Uint8Array, Uint8Array, Uint8Array]
  return { period: numberOf(period), forkDigest, ssz }
}

/** An absent part is the empty list, which no part that is there is. */
function summaryItem({ optimisticSlot, blockRoot, finalizedSlot, execution }: HeadSummary): RlpItem {
  const number = execution?.number
  return [
    numberItem(optimisticSlot),
    blockRoot,
    finalizedSlot === undefined ? [] : [numberItem(finalizedSlot)],
    execution === undefined ? [] : number === undefined ? [execution.hash] : [execution.hash, numberItem(number)],
  ]
}

function summaryOf(item: RlpItem): HeadSummary {
  const [slot, blockRoot, finalized, execution] = item as [Uint8Array, Uint8Array, Uint8Array[], Uint8Array[]]
  const [finalizedSlot] = finalized
  const [hash, number] = execution
  return {
    optimisticSlot: numberOf(slot),
    blockRoot: asRoot(blockRoot),
    finalizedSlot: finalizedSlot && numberOf(finalizedSlot),
    execution: hash && { hash: asHash(hash), number: number && numberOf(number) },
  }
}

const numberItem = (value: number): Uint8Array => bigIntToUnpaddedBytes(BigInt(value))

const numberOf = (bytes: Uint8Array): number => bytes.reduce((sum, byte) => sum * 256 + byte, 0)
