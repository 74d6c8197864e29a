/**
 * What calls have read: the next one like it is given it from the start, in one trip where several would follow from one
 * another. Dapps ask the same at each head, and the same function of the same contract for each of many accounts. What is
 * given and not read costs its proof and changes nothing.
 */
import { bytesToHex } from '@ethereumjs/util'
import type { CallWork } from '../../execution/remote/call-messages.ts'
import type { MissingValue } from '../../execution/speculation/missing-values.ts'

/** Calls that are remembered, each by what it asks and by what function it calls: those of a page full of widgets. */
const MAX_CALLS = 512
/** Values of one: a call that reads more gains little by a trip less, and would fill the memory. */
const MAX_VALUES = 256
/** Bytes of a call's data that its function is told by (Solidity ABI). */
const SELECTOR_BYTES = 4

/** Always: at most {@link MAX_CALLS}, with at most {@link MAX_VALUES} each. */
export class CallMemory {
  /** The least recently used first. */
  readonly #calls = new Map<string, readonly MissingValue[]>()

  /** Nothing of a call that was never made. */
  recall(work: CallWork): readonly MissingValue[] {
    for (const name of namesOf(work)) {
      const values = this.#calls.get(name)
      if (values === undefined) continue
      this.#calls.delete(name)
      this.#calls.set(name, values)
      return values
    }
    return []
  }

  /** @param given what {@link recall} gave for it @param missed what it read besides */
  note(work: CallWork, given: readonly MissingValue[], missed: readonly MissingValue[]): void {
    const all = [...given, ...missed.map(withoutHash)]
    const values = all.length <= MAX_VALUES ? all : missed.map(withoutHash)
    if (values.length === 0 || values.length > MAX_VALUES) return
    const [exact, ofFunction] = namesOf(work)
    if (exact === undefined || ofFunction === undefined) return
    this.#keep(exact, values)
    // The values of the first call are as good as those of any other: each has its own slot, and the rest is the same.
    if (!this.#calls.has(ofFunction)) this.#keep(ofFunction, values)
  }

  #keep(name: string, values: readonly MissingValue[]): void {
    this.#calls.delete(name)
    this.#calls.set(name, values)
    const [oldest] = this.#calls.keys()
    if (this.#calls.size > MAX_CALLS && oldest !== undefined) this.#calls.delete(oldest)
  }
}

/** An account may have another code at the next head. */
const withoutHash = (value: MissingValue): MissingValue =>
  value.kind === 'code' ? { ...value, codeHash: undefined } : value

/** The call itself, then any of that function; none where it is no call of a contract. */
function namesOf(work: CallWork): readonly string[] {
  // What the transactions before it read would be taken for the call's.
  if (work.method === 'traceCallWithin') return []
  if (!('request' in work) || !('call' in work.request)) return []
  const { from, to, data = new Uint8Array() } = work.request.call
  if (to === undefined) return []
  const contract = bytesToHex(to)
  const exact = `${contract} ${from === undefined ? '' : bytesToHex(from)} ${bytesToHex(data)}`
  return [exact, `${contract} ${bytesToHex(data.subarray(0, SELECTOR_BYTES))}`]
}
