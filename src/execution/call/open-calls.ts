/** A message call set up to be run, once or many times, each time on the same state. */
import { FlatState } from '../state/flat-state.ts'
import type { BlockOverrides } from './block-overrides.ts'
import { openCallBlock, type CallBlock, type CallContext } from './call-block.ts'
import { applyOverrides, type StateOverrides } from './state-overrides.ts'
import { messageOf, type Message, type TransactionCall } from './transaction-call.ts'

export interface CallRequest {
  readonly call: TransactionCall
  readonly stateOverrides?: StateOverrides | undefined
  readonly blockOverrides?: BlockOverrides | undefined
}

export interface CallRun {
  readonly block: CallBlock
  readonly state: FlatState
}

export interface OpenCalls {
  readonly message: Message
  readonly block: CallBlock
  /**
   * With overrides made, and the block with its precompiles where they then are.
   * @param state between two transactions; default: one that nothing has run on
   */
  readonly run: (state?: FlatState) => Promise<CallRun>
}

/** @throws {CallError} @throws {UnsupportedForkError} */
export function openCalls({ call, stateOverrides, blockOverrides }: CallRequest, context: CallContext): OpenCalls {
  const open = openCallBlock(context, blockOverrides)
  const { gasCap, reader } = context
  const message = messageOf(call, { gasCap, baseFee: open.baseFee, chainId: open.rules.chainId })
  const block = withoutFees(open, message)
  return {
    message,
    block,
    run: async (state = new FlatState(reader)) => {
      const precompiles = new Map(block.precompiles)
      if (stateOverrides !== undefined) await applyOverrides(state, stateOverrides, precompiles, block.keccak)
      return { state, block: { ...block, precompiles } }
    },
  }
}

/** As geth: who names no price is shown a block that asks for none. */
function withoutFees(block: CallBlock, { gasPrice, blobFeeCap }: Message): CallBlock {
  const { environment } = block
  return {
    ...block,
    baseFee: gasPrice === 0n && block.baseFee !== undefined ? 0n : block.baseFee,
    environment: {
      ...environment,
      baseFee: gasPrice === 0n ? 0n : environment.baseFee,
      blobBaseFee: blobFeeCap === 0n ? 0n : environment.blobBaseFee,
    },
  }
}
