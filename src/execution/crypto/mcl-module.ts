/**
 * mcl, the pairing library, as its bare wasm module. Not through the package's main entry: that holds a single instance
 * with a single curve for the whole thread and has no multi-pairing, and Ethereum needs two curves.
 */
/** A place in the module's memory. */
export type Pointer = number

/** What is used of the C API (mcl/bn.h). Results go to the first argument; predicates answer 0 or 1. */
export interface MclModule {
  readonly wasmMemory: WebAssembly.Memory
  _malloc(size: number): Pointer
  _mclBn_init(curve: number, compiledFor: number): number
  /** 1: compressed points are read and written as Ethereum's consensus layer has them. */
  _mclBn_setETHserialization(mode: number): void
  /**
   * Whether `isValid` and `deserialize` check the subgroup too, which costs 0.4 to 1 ms.
   * Off here: `isValidOrder` checks it where that is asked.
   */
  _mclBn_verifyOrderG1(on: number): void
  _mclBn_verifyOrderG2(on: number): void
  _mclBnFp_setInt32(x: Pointer, value: number): void
  /** Reads big-endian bytes and reduces them. Answers 0 on success. */
  _mclBnFp_setBigEndianMod(x: Pointer, bytes: Pointer, size: number): number
  /** Answers the number of bytes written. */
  _mclBnFp_getLittleEndian(out: Pointer, size: number, x: Pointer): number
  _mclBnFr_setBigEndianMod(x: Pointer, bytes: Pointer, size: number): number
  _mclBnG1_clear(point: Pointer): void
  _mclBnG1_isValid(point: Pointer): number
  _mclBnG1_isValidOrder(point: Pointer): number
  _mclBnG1_isZero(point: Pointer): number
  _mclBnG1_normalize(out: Pointer, point: Pointer): void
  /** Reads a compressed point. Answers the bytes read, 0 for what is no point. */
  _mclBnG1_deserialize(out: Pointer, bytes: Pointer, size: number): number
  _mclBnG1_neg(out: Pointer, point: Pointer): void
  _mclBnG1_add(out: Pointer, a: Pointer, b: Pointer): void
  _mclBnG1_mul(out: Pointer, point: Pointer, scalar: Pointer): void
  _mclBnG2_clear(point: Pointer): void
  _mclBnG2_isValid(point: Pointer): number
  _mclBnG2_isValidOrder(point: Pointer): number
  _mclBnG2_isZero(point: Pointer): number
  _mclBnG2_deserialize(out: Pointer, bytes: Pointer, size: number): number
  _mclBnG2_neg(out: Pointer, point: Pointer): void
  _mclBnGT_setInt32(x: Pointer, value: number): void
  _mclBnGT_mul(out: Pointer, a: Pointer, b: Pointer): void
  _mclBnGT_isOne(x: Pointer): number
  /** Product of the Miller loops of `count` pairs; the points lie one after another. */
  _mclBn_millerLoopVec(out: Pointer, g1: Pointer, g2: Pointer, count: number): void
  _mclBn_finalExp(out: Pointer, x: Pointer): void
}

/** Bytes of mcl's values: the build has room for 384-bit base fields and 256-bit scalars, whatever the curve. */
export const FP_SIZE = 48
export const FR_SIZE = 32
export const G1_SIZE = 3 * FP_SIZE
export const G2_SIZE = 6 * FP_SIZE
export const GT_SIZE = 12 * FP_SIZE

/** mcl's number of the curve that Ethereum calls alt_bn128 or bn254 (EIP-196). */
export const BN_SNARK1 = 4

/** mcl's number of BLS12-381. */
export const BLS12_381 = 5

/** `MCLBN_COMPILED_TIME_VAR` of bn.h: 64-bit units of Fr times ten, plus those of Fp. */
const COMPILED_FOR = 46

/**
 * A fresh instance for one curve. Its memory lives as long as the instance. Validity means the curve only: whoever reads a
 * point asks for its order where the group has a cofactor.
 */
export async function createMclModule(curve: number): Promise<MclModule> {
  const createModule = commonJsExports<CreateModule>(await import('mcl-wasm/dist/mcl_c.js'))
  const module = await createModule({ cryptoGetRandomValues: refuseRandomness })
  const failure = module._mclBn_init(curve, COMPILED_FOR)
  if (failure !== 0) throw new Error(`mcl cannot set up its curve ${curve}: code ${failure}`)
  module._mclBn_verifyOrderG1(0)
  module._mclBn_verifyOrderG2(0)
  return module
}

/** What a CommonJS package exports: Node gives it as the default, bundlers as the default or as the namespace itself. */
export function commonJsExports<Exports>(namespace: unknown): Exports {
  return ((namespace as { default?: Exports }).default ?? namespace) as Exports
}

type CreateModule = (options: object) => Promise<MclModule>

/** Verification is deterministic; whoever asks for random numbers here is doing something else. */
function refuseRandomness(): never {
  throw new Error('mcl asked for random numbers, which nothing here needs')
}
