/** The curve libraries behind EthereumJS's precompiles: where it looks for each, and the one instance of the thread. */
import type { EVM, EVMBN254Interface } from '@ethereumjs/evm'
import { loadBls12 } from './bls12-mcl.ts'
import { loadBn254 } from './bn254-mcl.ts'
import { loadPointVerifier } from './kzg-mcl.ts'

/** What a run with the stand-in came to. */
export type Attempt<Result> = { readonly kind: 'done'; readonly result: Result } | { readonly kind: 'asked' }

/**
 * EthereumJS takes whatever a library throws for invalid input, which fails the call. A library that is itself broken (out
 * of memory, a wasm trap) must not decide a block: {@link CurveLibrary.use} throws such errors on.
 */
export class CurveLibrary {
  private library: object | undefined
  private readonly breakages: Error[] = []

  /**
   * @param loader gives the thread's instance
   * @param placed what EthereumJS's precompiles find at present
   * @param place puts a library where they find it
   */
  constructor(
    private readonly loader: () => Promise<object>,
    readonly placed: (evm: EVM) => object | undefined,
    readonly place: (evm: EVM, library: object | undefined) => void,
  ) {}

  isLoaded(): boolean {
    return this.library !== undefined
  }

  async load(): Promise<void> {
    this.library ??= this.watched(await this.loader())
  }

  /** Runs with a stand-in, and finds out whether the library is needed. `run` must ask for it before it waits. */
  attempt<Result>(evm: EVM, run: () => Result): Attempt<Result> {
    const before = this.placed(evm)
    let asked = false
    const note = (): never => {
      asked = true
      throw new Error('the library is not loaded')
    }
    this.place(evm, new Proxy({}, { get: () => note }))
    try {
      const result = run()
      return asked ? { kind: 'asked' } : { kind: 'done', result }
    } finally {
      this.place(evm, before)
    }
  }

  /** Runs with the library, which must be loaded. */
  use<Result>(evm: EVM, run: () => Result): Result {
    this.place(evm, this.library)
    const result = run()
    const breakage = this.breakages.pop()
    if (breakage !== undefined) throw breakage
    return result
  }

  private watched(library: object): object {
    return new Proxy(library, {
      get: (target, name): unknown => {
        const method: unknown = Reflect.get(target, name)
        if (typeof method !== 'function') return method
        return (...input: unknown[]): unknown => {
          try {
            return Reflect.apply(method, target, input) as unknown
          } catch (error) {
            if (isBreakage(error)) this.breakages.push(error)
            throw error
          }
        }
      },
    })
  }
}

export const BN254 = new CurveLibrary(
  loadBn254,
  (evm) => evm['_bn254'] as EVMBN254Interface | undefined,
  (evm, library) => Object.assign(evm, { _bn254: library }),
)

export const BLS12 = new CurveLibrary(
  loadBls12,
  (evm) => evm['_bls'],
  (evm, library) => Object.assign(evm, { _bls: library }),
)

export const POINT_EVALUATION = new CurveLibrary(
  loadPointVerifier,
  (evm) => evm.common.customCrypto.kzg,
  (evm, library) => Object.assign(evm.common.customCrypto, { kzg: library }),
)

function isBreakage(error: unknown): error is Error {
  return error instanceof WebAssembly.RuntimeError || error instanceof RangeError || error instanceof TypeError
}
