/** Light-client records as bytes. Only their shape is checked here; whoever reads them verifies them by the protocol. */
import { RLP } from '@ethereumjs/rlp'
import { bigIntToUnpaddedBytes } from '@ethereumjs/util'
import { asRoot } from '../../chain/bytes.ts'
import { checkBootstrap, checkUpdate } from './input.ts'
import type { UnverifiedBootstrap, UnverifiedUpdate } from './store.ts'

export function encodeBootstrap({ forkDigest, trustedRoot, ssz }: UnverifiedBootstrap): Uint8Array {
  return RLP.encode([forkDigest, trustedRoot, ssz])
}

/** `undefined` when the bytes are no bootstrap's. */
export function decodeBootstrap(bytes: Uint8Array): UnverifiedBootstrap | undefined {
  try {
    const [forkDigest, trustedRoot, ssz] = RLP.decode(bytes) as [Uint8Array, Uint8Array, Uint8Array]
    const bootstrap = { forkDigest, trustedRoot: asRoot(trustedRoot), ssz }
    checkBootstrap(bootstrap)
    return bootstrap
  } catch {
    return undefined
  }
}

export function encodeUpdate({ period, forkDigest, ssz }: UnverifiedUpdate): Uint8Array {
  return RLP.encode([bigIntToUnpaddedBytes(BigInt(period)), forkDigest, ssz])
}

/** `undefined` when the bytes are not the update of this period. */
export function decodeUpdate(bytes: Uint8Array, period: number): UnverifiedUpdate | undefined {
  try {
    const [stored, forkDigest, ssz] = RLP.decode(bytes) as [Uint8Array, Uint8Array, Uint8Array]
    if (stored.reduce((sum, byte) => sum * 256 + byte, 0) !== period) return undefined
    const update = { period, forkDigest, ssz }
    checkUpdate(update)
    return update
  } catch {
    return undefined
  }
}
