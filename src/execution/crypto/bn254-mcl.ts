/**
 * The bn254 precompiles' curve (EIP-196, EIP-197) over mcl, straight on the wasm memory. Against noble (ms of CPU, Node 20 on
 * a busy machine): two pairings 8.8 against 40, four 11.4 against 66, a multiplication 0.37 against 5.0, an addition
 * 0.015 against 0.08. 10,000 calls do not grow the wasm memory.
 */
import type { EVMBN254Interface } from '@ethereumjs/evm'
import { loadOnce } from './load-once.ts'
import {
  BN_SNARK1,
  createMclModule,
  FP_SIZE,
  FR_SIZE,
  G1_SIZE,
  G2_SIZE,
  GT_SIZE,
  type MclModule,
  type Pointer,
} from './mcl-module.ts'

/** Input that the precompiles must reject: EthereumJS makes it a failed call that costs all of its gas. */
export class Bn254InputError extends Error {
  override name = 'Bn254InputError'
}

/** EIP-196: modulus of the base field, big-endian. */
const FIELD_MODULUS = fromHex('30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47')
const WORD = 32
const G1_BYTES = 2 * WORD
const G2_BYTES = 4 * WORD
const PAIR_BYTES = G1_BYTES + G2_BYTES
/** Pairs per Miller loop: mcl itself works in batches of 16, so more room would not make it faster. */
const BATCH = 16

/** Loads the library once per thread. Inputs are as EthereumJS pads them: 128 bytes, or a multiple of 192 for pairings. */
export const loadBn254 = loadOnce<EVMBN254Interface>(async () => new Bn254(await createMclModule(BN_SNARK1)))

class Bn254 implements EVMBN254Interface {
  /** Places in mcl's memory, used again by every call: nothing is allocated later. */
  private readonly word: Pointer
  private readonly scalar: Pointer
  private readonly sum: Pointer
  private readonly points: Pointer
  private readonly twists: Pointer
  private readonly product: Pointer
  private readonly factor: Pointer

  constructor(private readonly mcl: MclModule) {
    this.word = mcl._malloc(WORD)
    this.scalar = mcl._malloc(FR_SIZE)
    this.sum = mcl._malloc(G1_SIZE)
    this.points = mcl._malloc(BATCH * G1_SIZE)
    this.twists = mcl._malloc(BATCH * G2_SIZE)
    this.product = mcl._malloc(GT_SIZE)
    this.factor = mcl._malloc(GT_SIZE)
  }

  /** EIP-196 ECADD. @throws {Bn254InputError} */
  readonly add = (input: Uint8Array): Uint8Array => {
    const { mcl, points, sum } = this
    this.readG1(points, input, 0)
    this.readG1(points + G1_SIZE, input, G1_BYTES)
    mcl._mclBnG1_add(sum, points, points + G1_SIZE)
    return this.writeG1(sum)
  }

  /** EIP-196 ECMUL; the scalar may be any 256-bit number. @throws {Bn254InputError} */
  readonly mul = (input: Uint8Array): Uint8Array => {
    const { mcl, points, scalar, sum } = this
    this.readG1(points, input, 0)
    this.putWord(input, G1_BYTES)
    mcl._mclBnFr_setBigEndianMod(scalar, this.word, WORD)
    mcl._mclBnG1_mul(sum, points, scalar)
    return this.writeG1(sum)
  }

  /** EIP-197: one where the product of the pairings is one, else zero, as a word. @throws {Bn254InputError} */
  readonly pairing = (input: Uint8Array): Uint8Array => {
    const { mcl, product } = this
    mcl._mclBnGT_setInt32(product, 1)
    let batched = 0
    for (let offset = 0; offset < input.length; offset += PAIR_BYTES) {
      const point = this.points + batched * G1_SIZE
      const twist = this.twists + batched * G2_SIZE
      this.readG1(point, input, offset)
      this.readG2(twist, input, offset + G1_BYTES)
      // A pairing with infinity is one.
      if (mcl._mclBnG1_isZero(point) === 1 || mcl._mclBnG2_isZero(twist) === 1) continue
      if (++batched === BATCH) {
        this.multiplyMillerLoops(batched)
        batched = 0
      }
    }
    if (batched > 0) this.multiplyMillerLoops(batched)
    mcl._mclBn_finalExp(product, product)
    const word = new Uint8Array(WORD)
    word[WORD - 1] = mcl._mclBnGT_isOne(product)
    return word
  }

  private multiplyMillerLoops(count: number): void {
    const { mcl, product, factor } = this
    mcl._mclBn_millerLoopVec(factor, this.points, this.twists, count)
    mcl._mclBnGT_mul(product, product, factor)
  }

  private readG1(point: Pointer, input: Uint8Array, offset: number): void {
    const { mcl } = this
    if (isZero(input, offset, G1_BYTES)) return mcl._mclBnG1_clear(point)
    this.readField(point, input, offset)
    this.readField(point + FP_SIZE, input, offset + WORD)
    mcl._mclBnFp_setInt32(point + 2 * FP_SIZE, 1)
    // G1 has cofactor one: every point of the curve is in the group.
    if (mcl._mclBnG1_isValid(point) !== 1) throw new Bn254InputError(`no point of the curve at byte ${offset}`)
  }

  /** EIP-197 writes an element of the quadratic field with its imaginary part first, mcl keeps the real part first. */
  private readG2(twist: Pointer, input: Uint8Array, offset: number): void {
    const { mcl } = this
    if (isZero(input, offset, G2_BYTES)) return mcl._mclBnG2_clear(twist)
    this.readField(twist + FP_SIZE, input, offset)
    this.readField(twist, input, offset + WORD)
    this.readField(twist + 3 * FP_SIZE, input, offset + 2 * WORD)
    this.readField(twist + 2 * FP_SIZE, input, offset + 3 * WORD)
    mcl._mclBnFp_setInt32(twist + 4 * FP_SIZE, 1)
    mcl._mclBnFp_setInt32(twist + 5 * FP_SIZE, 0)
    if (mcl._mclBnG2_isValid(twist) !== 1 || mcl._mclBnG2_isValidOrder(twist) !== 1)
      throw new Bn254InputError(`no point of the subgroup G2 at byte ${offset}`)
  }

  private readField(element: Pointer, input: Uint8Array, offset: number): void {
    if (!isBelowModulus(input, offset)) throw new Bn254InputError(`no field element at byte ${offset}: not below p`)
    this.putWord(input, offset)
    this.mcl._mclBnFp_setBigEndianMod(element, this.word, WORD)
  }

  private putWord(input: Uint8Array, offset: number): void {
    this.bytes(this.word, WORD).set(input.subarray(offset, offset + WORD))
  }

  private writeG1(point: Pointer): Uint8Array {
    const { mcl, word } = this
    const output = new Uint8Array(G1_BYTES)
    if (mcl._mclBnG1_isZero(point) === 1) return output
    mcl._mclBnG1_normalize(point, point)
    for (let i = 0; i < 2; i++) {
      const size = mcl._mclBnFp_getLittleEndian(word, WORD, point + i * FP_SIZE)
      const littleEndian = this.bytes(word, size)
      for (let j = 0; j < size; j++) output[(i + 1) * WORD - 1 - j] = littleEndian[j]!
    }
    return output
  }

  /** A view made anew each time: the memory's buffer is replaced when it grows. */
  private bytes(start: Pointer, length: number): Uint8Array {
    return new Uint8Array(this.mcl.wasmMemory.buffer, start, length)
  }
}

function isZero(input: Uint8Array, offset: number, length: number): boolean {
  for (let i = offset; i < offset + length; i++) if (input[i] !== 0) return false
  return true
}

function isBelowModulus(input: Uint8Array, offset: number): boolean {
  for (let i = 0; i < WORD; i++) {
    const difference = input[offset + i]! - FIELD_MODULUS[i]!
    if (difference !== 0) return difference < 0
  }
  return false
}

function fromHex(digits: string): Uint8Array {
  return Uint8Array.from(digits.match(/../g)!, (byte) => Number.parseInt(byte, 16))
}
