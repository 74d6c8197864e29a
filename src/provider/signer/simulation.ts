/** What a transaction would do, run on verified state before a wallet is asked to sign it. It warns, and refuses nothing. */
import type { Clock } from '../../chain/clock.ts'
import type { Json, JsonObject } from '../../network/json-rpc/json.ts'
import type { JsonParams } from '../../rpc/session-messages.ts'
import { CODES, ProviderRpcError } from '../provider-rpc-error.ts'
import type { BeamtabWarning } from '../public-types.ts'
import { listOf } from '../wallet-methods.ts'
import type { AskNode } from './signer-pass-through.ts'

/** A cold call takes three trips, under a second; a user who pressed "send" waits for a wallet's window no longer than this. */
export const SIMULATION_LIMIT_MS = 5_000

/** What runs a call: fees are left out, since the wallet decides them. */
const CALL_MEMBERS = ['from', 'to', 'gas', 'value', 'data', 'input', 'accessList', 'authorizationList'] as const

export interface Simulation {
  readonly ask: AskNode
  readonly clock: Clock
}

/** Of `eth_sendTransaction`; undefined where it goes through. Never rejects. */
export async function simulateTransaction(
  params: JsonParams | undefined,
  from: string | undefined,
  simulation: Simulation,
): Promise<BeamtabWarning | undefined> {
  const [transaction = null] = listOf(params)
  const call = callOf(transaction as JsonObject, from)
  const outcome = await asked('eth_call', [call, 'latest'], simulation)
  return outcome instanceof ProviderRpcError ? warningOf(outcome, transaction) : undefined
}

/** Of `wallet_sendCalls`: its calls one after another, as each may need what those before it did. Never rejects. */
export async function simulateCalls(
  params: JsonParams | undefined,
  from: string | undefined,
  simulation: Simulation,
): Promise<BeamtabWarning | undefined> {
  const [bundle = null] = listOf(params)
  const { calls, from: sender } = bundle as JsonObject
  const list = (Array.isArray(calls) ? calls : []) as readonly JsonObject[]
  const blockStateCalls = [{ calls: list.map((call) => callOf(call, typeof sender === 'string' ? sender : from)) }]
  const outcome = await asked('eth_simulateV1', [{ blockStateCalls }, 'latest'], simulation)
  if (outcome instanceof ProviderRpcError) return warningOf(outcome, bundle)
  const failed = failedCall(outcome)
  return failed && warningOf(failed, bundle)
}

async function asked(
  method: string,
  params: readonly Json[],
  { ask, clock }: Simulation,
): Promise<Json | ProviderRpcError> {
  const limit = new AbortController()
  const stopTimer = clock.after(SIMULATION_LIMIT_MS, () => limit.abort())
  try {
    return (await ask({ method, params, allowUnverified: false, signal: limit.signal })).result
  } catch (error) {
    return error as ProviderRpcError
  } finally {
    stopTimer()
  }
}

function callOf(transaction: JsonObject, from: string | undefined): JsonObject {
  const call: Record<string, Json> = from === undefined ? {} : { from }
  for (const name of CALL_MEMBERS) {
    const member = transaction[name]
    if (member !== undefined) call[name] = member
  }
  return call
}

/** The first that failed, as an error. */
function failedCall(blocks: Json): ProviderRpcError | undefined {
  const [block] = Array.isArray(blocks) ? (blocks as readonly JsonObject[]) : []
  const calls = block?.['calls']
  if (!Array.isArray(calls)) return undefined
  for (const [index, { status, error }] of (calls as readonly JsonObject[]).entries()) {
    if (status !== '0x0') continue
    const { code, message, data } = (error ?? {}) as JsonObject
    const text = `calls[${index}]: ${typeof message === 'string' ? message : 'it failed'}`
    return new ProviderRpcError(typeof code === 'number' ? code : EXECUTION_REVERTED, text, { data })
  }
  return undefined
}

/** Codes that nodes answer of an execution that failed otherwise: EIP-1474's invalid input and rejection, a fault of the EVM. */
const EXECUTION_FAILED: readonly number[] = [-32000, CODES.transactionRejected, -32015]

/** Of every node, with what it reverts with as data. */
const EXECUTION_REVERTED = 3

function warningOf(error: ProviderRpcError, transaction: Json): BeamtabWarning {
  const { code, message: reason, data } = error
  if (code === EXECUTION_REVERTED) {
    const message = `by verified state it reverts: ${reason}`
    return { kind: 'would-revert', message, reason, data: data as Json | undefined, transaction }
  }
  if (EXECUTION_FAILED.includes(code)) {
    return { kind: 'would-fail', message: `by verified state it fails: ${reason}`, reason, transaction }
  }
  const why = code === CODES.aborted ? `it took longer than ${SIMULATION_LIMIT_MS / 1000} s` : reason
  return { kind: 'not-simulated', message: `whether it reverts is not known: ${why}`, reason: why, transaction }
}
