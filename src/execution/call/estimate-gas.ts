/**
 * `eth_estimateGas`: the least gas with which a message comes through, found by halving, step by step as geth does it
 * (eth/gasestimator), so that the answers are the same number. All runs read the same state: the caller's reader is asked
 * for each value once.
 */
import { hasNoCode } from '../state/account-entry.ts'
import { applyMessage, type AppliedMessage } from './apply-message.ts'
import type { CallContext } from './call-block.ts'
import { CallError, INVALID_INPUT, revertError } from './call-error.ts'
import { openCalls, type CallRequest, type OpenCalls } from './open-calls.ts'
import { blobGas, CALL_POLICY, MessageError, type MessageProblem } from './message-checks.ts'
import { RememberingReader } from './remembering-reader.ts'

/** Yellow Paper G_transaction: what a plain transfer costs until Osaka, and no call less. */
const TRANSFER_GAS = 21_000n
/** EIP-7825. */
const MAX_TRANSACTION_GAS = 2n ** 24n
/** Yellow Paper G_callstipend; with a 64th, what a run may need to have besides what it uses (EIP-150). */
const STIPEND = 2_300n
/** geth's: the search ends where the bounds are this near, as a part of the upper one. */
const ERROR_RATIO = 0.015

/** @throws {CallError} for a message that fails with any gas it can have @throws what the reader throws */
export async function estimateGas(request: CallRequest, context: CallContext): Promise<bigint> {
  // As much as there may be, and not the cap, where the caller names none.
  const call = { ...request.call, gas: request.call.gas ?? 0n }
  const reader = new RememberingReader(context.reader)
  const search = new Search(openCalls({ ...request, call }, { ...context, reader }))
  return search.run(await search.highestGas(context.gasCap))
}

interface Try {
  readonly failed: boolean
  /** Undefined where the message was not taken for its gas. */
  readonly applied: AppliedMessage | undefined
}

/** Those that other gas can mend. */
const GAS_PROBLEMS: readonly MessageProblem[] = ['intrinsic gas too low', 'insufficient gas for floor data gas cost']

class Search {
  constructor(private readonly calls: OpenCalls) {}

  /** What the block, the sender's ether and the server's cap leave. */
  async highestGas(gasCap: bigint): Promise<bigint> {
    const { message, block } = this.calls
    let highest = message.gas >= TRANSFER_GAS ? message.gas : block.environment.gasLimit
    if (highest > MAX_TRANSACTION_GAS && block.common.isActivatedEIP(7825)) highest = MAX_TRANSACTION_GAS
    if (message.feeCap > 0n) highest = min(highest, await this.affordable())
    return min(highest, gasCap)
  }

  async run(highest: bigint): Promise<bigint> {
    if (await this.isPlainTransfer()) {
      const { failed } = await this.attempt(TRANSFER_GAS)
      if (!failed) return TRANSFER_GAS
    }
    const first = await this.attempt(highest)
    if (first.failed) throw failureOf(first, highest)
    const { paid, peak } = first.applied!.gas
    let low = BigInt(paid) - 1n
    let high = highest
    const guess = ((BigInt(peak) + STIPEND) * 64n) / 63n
    if (guess < high) {
      if ((await this.attempt(guess)).failed) low = guess
      else high = guess
    }
    while (low + 1n < high && Number(high - low) / Number(high) >= ERROR_RATIO) {
      // Most need little more than they use: nearer to the low end is a better place to look.
      const middle = min(low + (high - low) / 2n, low * 2n)
      if ((await this.attempt(middle)).failed) low = middle
      else high = middle
    }
    return high
  }

  private async affordable(): Promise<bigint> {
    const { value, from, feeCap, blobFeeCap } = this.calls.message
    const { state } = await this.calls.run()
    const sender = state.entry(from)
    await state.load(sender)
    let available = sender.current?.balance ?? 0n
    if (value >= available) throw new CallError(INVALID_INPUT, 'insufficient funds for transfer')
    available -= value
    const blobs = blobGas(this.calls.message) * (blobFeeCap ?? 0n)
    if (blobs > 0n && blobs >= available) {
      throw new CallError(INVALID_INPUT, 'insufficient funds for gas * price + value')
    }
    return (available - blobs) / feeCap
  }

  private async isPlainTransfer(): Promise<boolean> {
    const { data, to } = this.calls.message
    if (data.length > 0 || to === undefined) return false
    const { state } = await this.calls.run()
    const target = state.entry(to)
    await state.load(target)
    return target.current === undefined || hasNoCode(target.current)
  }

  private async attempt(gas: bigint): Promise<Try> {
    try {
      const { block, state } = await this.calls.run()
      const applied = await applyMessage(block, state, { ...this.calls.message, gas }, CALL_POLICY)
      return { failed: applied.outcome.kind !== 'success', applied }
    } catch (error) {
      if (!(error instanceof MessageError)) throw error
      if (GAS_PROBLEMS.includes(error.problem)) return { failed: true, applied: undefined }
      throw new CallError(INVALID_INPUT, `failed with ${gas} gas: ${error.message}`)
    }
  }
}

function failureOf({ applied }: Try, gas: bigint): CallError {
  const outcome = applied?.outcome
  if (outcome?.kind === 'revert') return revertError(outcome.output)
  if (outcome?.kind === 'failure' && outcome.failure !== 'out of gas')
    return new CallError(INVALID_INPUT, applied!.failure)
  return new CallError(INVALID_INPUT, `gas required exceeds allowance (${gas})`)
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}
