/**
 * The BLS12-381 precompiles (EIP-2537) over mcl, through EthereumJS's adapter. The package's main entry holds one instance
 * per thread, which is this one; bn254 and point evaluation have instances of their own.
 */
import { MCLBLS, type EVMBLSInterface } from '@ethereumjs/evm'
import type * as Mcl from 'mcl-wasm'
import { loadOnce } from './load-once.ts'
import { commonJsExports } from './mcl-module.ts'

/** EIP-2537: bytes of a point with its scalar, and of a point. */
const G1_PAIR_BYTES = 160
const G1_BYTES = 128
const G2_PAIR_BYTES = 288
const G2_BYTES = 256

/**
 * Points per multi-scalar multiplication. mcl copies them to a stack of 1 MiB, which overflows at about 5,900 points of G1
 * or 3,200 of G2, and a block has gas for as many; the adapter's error would then fail a valid call. A larger piece would
 * save less than a tenth of the time.
 */
const MSM_PIECE = 1024

/** Loads the library once per thread. Lengths and padding bytes are for the precompiles to check. */
export const loadBls12 = loadOnce<EVMBLSInterface>(async () => {
  // The exports object itself: the bindings are filled in when it starts, a namespace would hold what was there before.
  const mcl = commonJsExports<typeof Mcl>(await import('mcl-wasm'))
  await mcl.init(mcl.BLS12_381)
  mcl.setMapToMode(mcl.IRTF) // The map that EIP-2537 means; without it points come out that no other client has.
  mcl.verifyOrderG1(false)
  mcl.verifyOrderG2(false)
  // The adapter asks `isValidOrder` wherever the subgroup matters, and switches on that `isValid` asks again: a third of the time.
  const bls = new MCLBLS({ ...mcl, verifyOrderG1: stayOff, verifyOrderG2: stayOff })
  const addG1 = (input: Uint8Array): Uint8Array => bls.addG1(input)
  const addG2 = (input: Uint8Array): Uint8Array => bls.addG2(input)
  return {
    addG1,
    addG2,
    mapFPtoG1: (input) => bls.mapFPtoG1(input),
    mapFP2toG2: (input) => bls.mapFP2toG2(input),
    msmG1: (input) => inPieces(input, G1_PAIR_BYTES, G1_BYTES, (piece) => bls.msmG1(piece), addG1),
    msmG2: (input) => inPieces(input, G2_PAIR_BYTES, G2_BYTES, (piece) => bls.msmG2(piece), addG2),
    pairingCheck: (input) => bls.pairingCheck(input),
  }
})

function stayOff(): void {}

type Operation = (input: Uint8Array) => Uint8Array

function inPieces(
  input: Uint8Array,
  pairBytes: number,
  pointBytes: number,
  msm: Operation,
  add: Operation,
): Uint8Array {
  const step = MSM_PIECE * pairBytes
  let sum = msm(input.subarray(0, step))
  for (let offset = step; offset < input.length; offset += step) {
    const both = new Uint8Array(2 * pointBytes)
    both.set(sum)
    both.set(msm(input.subarray(offset, offset + step)), pointBytes)
    sum = add(both)
  }
  return sum
}
