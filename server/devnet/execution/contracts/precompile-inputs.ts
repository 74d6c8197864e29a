/** Inputs that each precompile takes, so that blocks run all of them to the end. */
import { concatBytes, hexToBytes } from '@ethereumjs/util'
import { sha256 } from '@noble/hashes/sha2.js'
import { word } from './words.ts'

export interface PrecompileCall {
  readonly address: bigint
  readonly input: Uint8Array
  /** What the call may use, the precompile's own price and what is around it. */
  readonly gas: bigint
  /** EIP that brought it, where it was not there in Shanghai. */
  readonly eip?: number
}

const hex = (digits: string): Uint8Array => hexToBytes(`0x${digits}`)
const zeros = (length: number): Uint8Array => new Uint8Array(length)

/** A message's hash, and numbers, that nobody looks into. */
const HASH = sha256(new TextEncoder().encode('beamtab devnet'))

/** EIP-196 and EIP-197: generators, and the first one's negation. */
const BN_G1 = concatBytes(word(1), word(2))
const BN_MINUS_G1 = concatBytes(word(1), hex('30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd45'))
const BN_G2 = hex(
  '198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2' +
    '1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed' +
    '090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b' +
    '12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa',
)

/** EIP-2537: generators of both groups, each coordinate in 64 bytes. */
const blsField = (digits: string): Uint8Array => concatBytes(zeros(16), hex(digits))
const BLS_G1 = concatBytes(
  blsField('17f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb'),
  blsField('08b3f481e3aaa0f1a09e30ed741d8ae4fcf5e095d5d00af600db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1'),
)
const BLS_G2 = concatBytes(
  blsField('024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8'),
  blsField('13e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e'),
  blsField('0ce5d527727d6e118cc9cdc6da2e351aadfd9baa8cbdd3a76d429a695160d12c923ac9cc3baca289e193548608b82801'),
  blsField('0606c4a02ea734cc32acd2b02bc28b99cb3e287e85a763af267492ab572e99ab3f370d275cec1da1aaa9075ff05f79be'),
)

/** EIP-4844: the zero polynomial. Its commitment and proof are the point at infinity, and it is 0 everywhere. */
const INFINITY = concatBytes(Uint8Array.of(0xc0), zeros(47))
const VERSIONED_HASH = concatBytes(Uint8Array.of(1), sha256(INFINITY).subarray(1))
const POINT_EVALUATION = concatBytes(VERSIONED_HASH, word(9), word(0), INFINITY, INFINITY)

/** EIP-7951: hash, r, s, x and y of a signature made with a known key. */
const P256 = hex(
  'ab530a13e45914982b79f9b7e3fba994cfd1f3fb22f71cea1afbf02b460c6d1d' +
    '5132316afa2c24c28dc9b237b90698d30db55b0fa54bf8f4ec7c003ed3fb67b6' +
    '3723cd068e91b8ad33f4b03ee7e9262efedabe9ec579f7d96864326f63ad6112' +
    '26abe153a1c57db42a9c2fe307216c832a4bdede50fe230b7917a22f4fb66d74' +
    'fad850bbf9e99fa1a0e395432e1116b9ed7979e7448d03ba28d2c7d5e79db29b',
)

/** EIP-152: 12 rounds of BLAKE2b, as its second test vector asks, over an empty state. */
const BLAKE2 = concatBytes(hex('0000000c'), zeros(208), Uint8Array.of(1))

/** EIP-198: lengths of base, exponent and modulus, then those. */
const MODEXP = concatBytes(word(32), word(32), word(32), HASH, word(65537), hex('ff'.repeat(31) + 'fd'))

/** In the order of their addresses. */
export const PRECOMPILE_CALLS: readonly PrecompileCall[] = [
  // Any r and s of which one recovers a key, or none: both are answers.
  { address: 0x01n, input: concatBytes(HASH, word(27), word(5), word(7)), gas: 100_000n },
  { address: 0x02n, input: HASH, gas: 100_000n },
  { address: 0x03n, input: HASH, gas: 100_000n },
  { address: 0x04n, input: concatBytes(HASH, HASH), gas: 100_000n },
  { address: 0x05n, input: MODEXP, gas: 150_000n },
  { address: 0x06n, input: concatBytes(BN_G1, BN_G1), gas: 100_000n },
  { address: 0x07n, input: concatBytes(BN_G1, HASH), gas: 100_000n },
  { address: 0x08n, input: concatBytes(BN_G1, BN_G2, BN_MINUS_G1, BN_G2), gas: 300_000n },
  { address: 0x09n, input: BLAKE2, gas: 100_000n },
  { address: 0x0an, input: POINT_EVALUATION, gas: 200_000n, eip: 4844 },
  { address: 0x0bn, input: concatBytes(BLS_G1, BLS_G1), gas: 150_000n, eip: 2537 },
  { address: 0x0cn, input: concatBytes(BLS_G1, HASH), gas: 150_000n, eip: 2537 },
  { address: 0x0dn, input: concatBytes(BLS_G2, BLS_G2), gas: 150_000n, eip: 2537 },
  { address: 0x0en, input: concatBytes(BLS_G2, HASH), gas: 150_000n, eip: 2537 },
  { address: 0x0fn, input: concatBytes(BLS_G1, BLS_G2), gas: 300_000n, eip: 2537 },
  { address: 0x10n, input: concatBytes(zeros(32), word(7)), gas: 150_000n, eip: 2537 },
  { address: 0x11n, input: concatBytes(zeros(32), word(7), zeros(32), word(8)), gas: 200_000n, eip: 2537 },
  { address: 0x100n, input: P256, gas: 150_000n, eip: 7951 },
]
