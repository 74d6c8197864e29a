/** `eth_createAccessList` over a state that is held here: see `src/execution/call/create-access-list.ts` for what it does. */
import type { Hash } from '../../src/chain/bytes.ts'
import { UnsupportedForkError } from '../../src/chain/execution-common.ts'
import type { ExecutionNetwork } from '../../src/chain/network.ts'
import { CallError } from '../../src/execution/call/call-error.ts'
import { createAccessList as runCall, NoAccessListsError } from '../../src/execution/call/create-access-list.ts'
import type { WasmCrypto } from '../../src/execution/crypto/wasm-crypto.ts'
import type { Pace } from '../../src/execution/pace.ts'
import type { MessageCall } from '../../src/network/on-demand/rpc-access-list.ts'
import type { CodeSource } from '../../src/state/content-bag.ts'
import { StateTrie } from '../../src/state/state-trie.ts'
import type { NodeSource } from '../../src/state/trie/node-source.ts'
import { UnavailableError, type AccessListResult, type ExecutionHeader } from './execution-source.ts'

export interface AccessListInput {
  readonly network: ExecutionNetwork
  /** The call runs on the state after it, and sees it as the block it is in. */
  readonly block: ExecutionHeader
  readonly call: MessageCall
  readonly state: NodeSource & CodeSource
  /** For BLOCKHASH. */
  readonly ancestors: ReadonlyMap<number, Hash>
  /** Ends the runs at their next turn. Default: they end by themselves. */
  readonly signal?: AbortSignal | undefined
}

/** What a call may spend: the most that a transaction may (EIP-7825), here on all forks. */
const MAX_GAS = 16_777_216n
/** Milliseconds of execution after which others in this thread get a turn. */
const TURN_MS = 8

/**
 * @throws {UnavailableError} before Berlin, which has no access lists, and for forks whose rules are not known here
 * @throws the signal's reason
 */
export async function createAccessList(input: AccessListInput, crypto: WasmCrypto): Promise<AccessListResult> {
  const { network, block, call, state, ancestors } = input
  try {
    return await runCall(
      { call: { ...call, input: call.data, data: undefined } },
      {
        ...{ network, header: block.header, crypto, gasCap: MAX_GAS },
        reader: new StateTrie({ root: block.stateRoot, nodes: state, codes: state, keccak: crypto.keccak }),
        blockHash: (number) => ancestorHash(ancestors, number),
        pace: inTurns(input.signal),
      },
    )
  } catch (error) {
    if (error instanceof UnsupportedForkError || error instanceof NoAccessListsError)
      throw new UnavailableError(error.message)
    if (!(error instanceof CallError)) throw error
    return { accessList: [], gasUsed: 0n, error: error.message }
  }
}

function ancestorHash(ancestors: ReadonlyMap<number, Hash>, number: number): Hash {
  const hash = ancestors.get(number)
  if (hash === undefined) throw new UnavailableError(`the call asks for the hash of block ${number}, which is not held`)
  return hash
}

function inTurns(signal: AbortSignal | undefined): Pace {
  let turnEnds = performance.now() + TURN_MS
  return {
    pause() {
      signal?.throwIfAborted()
      if (performance.now() < turnEnds) return undefined
      return new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
        signal?.throwIfAborted()
        turnEnds = performance.now() + TURN_MS
      })
    },
  }
}
