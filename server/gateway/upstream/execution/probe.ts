/** Finds out what execution clients can do: no call tells all of it, so each thing is tried once in the smallest form. */
import { bytesToHex } from '@ethereumjs/util'
import { RpcRefusal } from '../../../../src/network/execution/json-rpc.ts'
import type { RpcServer } from '../../../../src/network/on-demand/rpc-server.ts'
import { RequestError } from '../../../../src/network/request-server.ts'
import { UnavailableError, type ServedKinds } from '../../../execution/execution-source.ts'
import type { ExecutionPool } from './execution-pool.ts'

export interface UpstreamAbilities {
  /** States that `eth_getProof` reaches, the head's included; 0: none. */
  readonly states: number
  /** `debug_executionWitness` is offered. */
  readonly witness: boolean
  /** `debug_getRawBlockAccessList` is offered. */
  readonly accessLists: boolean
  /** Blocks from the first on; else only those whose states are kept are counted on. */
  readonly history: boolean
}

/** Before anything is known. */
export const NO_ABILITIES: UpstreamAbilities = { states: 0, witness: false, accessLists: false, history: false }

/**
 * Ranges, and nodes that nobody has asked for yet, cannot be had from JSON-RPC. What differs from upstream to upstream is
 * what all of them together can do.
 * @param head block number
 */
export function servedKinds({ states, witness, accessLists, history }: UpstreamAbilities, head: number): ServedKinds {
  const all = { from: history ? 0 : Math.max(0, head - Math.max(states, 1) + 1) }
  const proofs = { from: Math.max(0, head - states + 1) }
  return {
    headers: all,
    blocks: all,
    receipts: all,
    submit: { from: head },
    ...(states > 0 && { proofs, paths: proofs }),
    // Built from the states before and after a block.
    ...((witness || states > 1) && { witness: { from: witness ? all.from : proofs.from + 1 } }),
    ...(accessLists && { accessLists: proofs }),
  }
}

/** What full nodes keep (geth's path scheme). */
const STATE_WINDOW = 128
const MAX_ANSWER = 1_048_576
const ZERO_ADDRESS = bytesToHex(new Uint8Array(20))

/** @param head block number @throws {UnavailableError} where none can be asked at all */
export async function probeUpstreams(pool: ExecutionPool, head: number): Promise<UpstreamAbilities> {
  const proofAt = (number: number) =>
    offers(pool, async (server) => {
      await server.call('eth_getProof', [ZERO_ADDRESS, [], quantity(number)], MAX_ANSWER)
    })
  const oldest = Math.max(0, head - STATE_WINDOW + 1)
  const [isDeep, isThere, witness, accessLists, history] = await Promise.all([
    proofAt(oldest),
    proofAt(head),
    // Of a block that nobody has: a client that has the method says so, in one way or another.
    hasMethod(pool, 'debug_executionWitness'),
    hasMethod(pool, 'debug_getRawBlockAccessList'),
    offers(pool, async (server) => {
      const answer = await server.call('eth_getBlockByNumber', [quantity(Math.min(1, head)), false], MAX_ANSWER)
      if (answer.isAbsent) answer.fail('it has no first block')
    }),
  ])
  // A chain that is younger than the window is taken to go on as it began.
  return { states: isDeep && head > 0 ? STATE_WINDOW : isThere ? 1 : 0, witness, accessLists, history }
}

async function offers(pool: ExecutionPool, ask: (server: RpcServer) => Promise<void>): Promise<boolean> {
  try {
    await pool.first(async (server) => {
      await ask(server)
      return true
    })
    return true
  } catch (error) {
    if (error instanceof UnavailableError) return false
    throw error
  }
}

/** `method not found` (JSON-RPC), `method not supported` (EIP-1474). */
const NO_SUCH_METHOD: ReadonlySet<unknown> = new Set([-32601, -32004])

function hasMethod(pool: ExecutionPool, method: string): Promise<boolean> {
  return offers(pool, async (server) => {
    try {
      await server.call(method, [quantity(Number.MAX_SAFE_INTEGER)], MAX_ANSWER)
    } catch (error) {
      // Any other refusal is about the block.
      if (!(error instanceof RequestError && error.cause instanceof RpcRefusal)) throw error
      if (NO_SUCH_METHOD.has(error.cause.code)) throw error
    }
  })
}

const quantity = (number: number): string => `0x${number.toString(16)}`
