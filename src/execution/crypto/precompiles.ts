/**
 * EthereumJS's precompiles as the tuned machine calls them, with the curve libraries loaded when a call first needs one, and
 * with an exponentiation of its own.
 *
 * What a call costs and which inputs never reach a library is EthereumJS's to know. So as long as a library is not loaded,
 * its precompiles run with a stand-in that only notes that it was asked: a call without the gas, or with an input of the
 * wrong length, fails without loading anything; one that got as far as the library runs again when that is there.
 */
import { NobleBN254, type EVM, type ExecResult } from '@ethereumjs/evm'
import type { MaybePromise } from '../../state/flat-reader.ts'
import type { PrecompileResult } from '../evm/frame.ts'
import type { Precompile } from '../evm/environment.ts'
import { modexp } from './modexp.ts'
import { BLS12, BN254, POINT_EVALUATION, type CurveLibrary } from './curve-library.ts'

/** Every precompile that is active in `evm`, by address. Point evaluation and BLS answer promises even when loaded. */
export function precompilesOf(evm: EVM): ReadonlyMap<bigint, Precompile> {
  // `new EVM` leaves the place empty, and EthereumJS takes the TypeError that follows for a bad point.
  if (BN254.placed(evm) === undefined) BN254.place(evm, new NobleBN254())
  const precompiles = new Map<bigint, Precompile>()
  for (const [digits, run] of evm.precompiles) {
    const address = BigInt(`0x${digits}`)
    if (address === MODEXP) {
      precompiles.set(address, modexp(evm.common))
      continue
    }
    const precompile: Precompile = (data, gas) => settle(evm['runPrecompile'](run, data, BigInt(gas)))
    const library = LIBRARIES.get(address)
    precompiles.set(address, library === undefined ? precompile : withLibrary(library, evm, precompile))
  }
  return precompiles
}

/** EIP-198. */
const MODEXP = 0x05n

/** EIP-196, EIP-197: 6 to 8; EIP-4844: 0x0a; EIP-2537: 0x0b to 0x11. */
const LIBRARIES: ReadonlyMap<bigint, CurveLibrary> = new Map([
  ...[0x06n, 0x07n, 0x08n].map((address) => [address, BN254] as const),
  [0x0an, POINT_EVALUATION],
  ...[0x0bn, 0x0cn, 0x0dn, 0x0en, 0x0fn, 0x10n, 0x11n].map((address) => [address, BLS12] as const),
])

function withLibrary(library: CurveLibrary, evm: EVM, precompile: Precompile): Precompile {
  const run: Precompile = (data, gas) => library.use(evm, () => precompile(data, gas))
  return (data, gas) => {
    if (library.isLoaded()) return run(data, gas)
    const attempt = library.attempt(evm, () => precompile(data, gas))
    if (attempt.kind === 'done') return attempt.result
    // The caller's memory may change while the library loads.
    const input = data.slice()
    return library.load().then(() => run(input, gas))
  }
}

function settle(result: MaybePromise<ExecResult>): MaybePromise<PrecompileResult> {
  return result instanceof Promise ? result.then(precompileResult) : precompileResult(result)
}

function precompileResult(result: ExecResult): PrecompileResult {
  if (result.exceptionError !== undefined) return { kind: 'failure' }
  return { kind: 'success', gas: Number(result.executionGasUsed), output: result.returnValue }
}
