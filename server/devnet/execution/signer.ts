/** Keys and signatures, compiled to wasm: 20 times as fast as EthereumJS's own, and the same bytes in every run (RFC 6979). */
import type { Secp256k1 } from '@bitauth/libauth'
// The file alone: the package's root brings 130 more, and makes five instances of wasm that nobody uses.
import { instantiateSecp256k1 } from '@bitauth/libauth/build/lib/crypto/secp256k1.js'
import type { CustomCrypto } from '@ethereumjs/common'
import { concatBytes } from '@ethereumjs/util'
import type { AddressBytes, Keccak } from '../../../src/chain/bytes.ts'
import { asAddress } from '../../../src/chain/bytes.ts'
import { loadOnce } from '../../../src/execution/crypto/load-once.ts'

export interface Signer {
  /** @param secret 32 bytes, a valid key */
  readonly addressOf: (secret: Uint8Array, keccak: Keccak) => AddressBytes
  /** For the `Common` that transactions are signed under. */
  readonly ecsign: NonNullable<CustomCrypto['ecsign']>
}

/** Loads the wasm once per thread. */
export const loadSigner = loadOnce<Signer>(async () => {
  const secp256k1 = await instantiateSecp256k1()
  return {
    addressOf: (secret, keccak) => {
      const key = valueOf(secp256k1.derivePublicKeyUncompressed(secret))
      return asAddress(keccak(key.subarray(1)).subarray(12))
    },
    ecsign: signature(secp256k1),
  }
})

/** The form that EthereumJS asks for: recovery id, r and s. Extra entropy is what it may ask for, and what nobody wants here. */
function signature(secp256k1: Secp256k1): Signer['ecsign'] {
  return (messageHash, secret) => {
    const signed = valueOf(secp256k1.signMessageHashRecoverableCompact(secret, messageHash))
    return concatBytes(Uint8Array.of(signed.recoveryId), signed.signature)
  }
}

/** The library answers texts instead of throwing. */
function valueOf<T>(answer: T | string): T {
  if (typeof answer === 'string') throw new RangeError(`secp256k1: ${answer}`)
  return answer
}
