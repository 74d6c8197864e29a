/** Receipts as they are kept: their blooms are nearly all zeros, and follow from the logs, so they deflate to a fifth. */
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { RLP } from '@ethereumjs/rlp'

/** Half a millisecond per 100 kB; higher levels take three times as long for a tenth less. */
const LEVEL = 1

export function packReceipts(receipts: readonly Uint8Array[]): Uint8Array {
  return deflateRawSync(RLP.encode([...receipts]), { level: LEVEL })
}

/** @param packed by {@link packReceipts} */
export function unpackReceipts(packed: Uint8Array): readonly Uint8Array[] {
  return RLP.decode(new Uint8Array(inflateRawSync(packed))) as Uint8Array[]
}
