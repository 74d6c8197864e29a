/** Finds out what a URL is, a gateway or an execution client, and what it can do: no call tells all of it, so it is tried. */
import { bytesToHex } from '@ethereumjs/util'
import type { Keccak } from '../../chain/bytes.ts'
import type { ExecutionNetwork } from '../../chain/network.ts'
import { messageOf } from '../../chain/thrown.ts'
import { JsonRpc, RpcRefusal, type RpcCall, type RpcReply } from '../../network/execution/json-rpc.ts'
import { HttpEndpoint } from '../../network/http/http-endpoint.ts'
import { parseServerUrl, type ServerUrl } from '../../network/http/server-url.ts'
import type { HttpTransport } from '../../network/http/transport.ts'
import { RpcServer } from '../../network/on-demand/rpc-server.ts'
import { RequestError, type CapabilityWindow } from '../../network/request-server.ts'
import { capabilitiesOf } from '../../network/state-service/capabilities.ts'
import type { ServiceStatus } from '../../network/state-service/messages.ts'
import { StateServiceClient } from '../../network/state-service/state-service-client.ts'
import { rpcChainAnswers } from './rpc-chain.ts'
import { rpcAnswers } from './rpc-server.ts'
import { serviceServer } from './service-server.ts'
import { joinedServer, type AskKind, type StateServer } from './state-server.ts'

export interface ProbeTools {
  readonly transport: HttpTransport
  /** Whose rules blocks follow. */
  readonly network: ExecutionNetwork
  readonly keccak: Keccak
  readonly signal: AbortSignal
}

/** What a server turned out to be. */
export type ProbedServer = (
  | { readonly kind: 'gateway'; readonly server: StateServer; readonly status: ServiceStatus }
  | { readonly kind: 'execution'; readonly server: StateServer }
) & {
  /** What may be there beside, and could not be found out this time; undefined where all was. */
  readonly open: OpenPart | undefined
}

export interface OpenPart {
  readonly part: 'state service' | 'JSON-RPC'
  /** Why nothing is known of it. */
  readonly error: Error
}

/**
 * Asks each thing once in its smallest form. A part that fails while another answers is told as open.
 * @throws {RequestError} where nothing answers @throws {OtherChainError} @throws {ServerUrlError}
 */
export async function probeStateServer(url: string, tools: ProbeTools): Promise<ProbedServer> {
  const parsed = parseServerUrl(url)
  const client = new StateServiceClient(new HttpEndpoint(parsed, tools.transport))
  const status = await serviceStatus(client, tools.signal)
  if (status instanceof Error) {
    const server = { name: parsed.name, ...(await probeRpc(parsed, tools)) }
    return { kind: 'execution', server, open: openPart('state service', status) }
  }
  expectChain(status.chainId, parsed, tools.network)
  const service = serviceServer(client, status)
  // The status says more of how far back proofs reach than trying does.
  const proofs = capabilitiesOf(status)['account-proofs']
  const rpc = await probeRpc(parseServerUrl(parsed.route('/rpc')), tools, proofs).catch(asError)
  const hasFailed = rpc instanceof Error
  const server = joinedServer(parsed.name, hasFailed ? [service] : [service, rpc])
  return { kind: 'gateway', server, status, open: hasFailed ? openPart('JSON-RPC', rpc) : undefined }
}

/**
 * Asks again for the one thing that tells a gateway from an execution client.
 * @returns whether it is there; undefined where that could not be found out this time
 * @throws {ServerUrlError}
 */
export async function hasStateService(url: string, { transport, signal }: ProbeTools): Promise<boolean | undefined> {
  const client = new StateServiceClient(new HttpEndpoint(parseServerUrl(url), transport))
  const status = await serviceStatus(client, signal)
  if (!(status instanceof Error)) return true
  return openPart('state service', status) === undefined ? false : undefined
}

/** Undefined where what came is an answer: there is no such part, or it is of another chain. */
function openPart(part: OpenPart['part'], error: Error): OpenPart | undefined {
  if (error instanceof OtherChainError) return undefined
  const isAnswer = error instanceof RequestError && ['absent', 'malformed'].includes(error.fault.code)
  return isAnswer ? undefined : { part, error }
}

/** The server says so itself: nothing of the chain that is asked for can be had there. */
export class OtherChainError extends Error {
  override name = 'OtherChainError'
  /** What the server does wrong, for a sentence that begins with its name. */
  readonly reason: string
  constructor(server: string, chainId: number, network: ExecutionNetwork) {
    const reason = `has chain id ${chainId}, expected ${network.chainId} (${network.name})`
    super(`${server} ${reason}; name another server`)
    this.reason = reason
  }
}

/** One that does not say is asked all the same: what it has is proven by hashes. @throws {OtherChainError} */
function expectChain(chainId: number | undefined, { name }: ServerUrl, network: ExecutionNetwork): void {
  if (chainId !== undefined && chainId !== network.chainId) throw new OtherChainError(name, chainId, network)
}

/** An error where it is no gateway, or does not say so now. */
function serviceStatus(client: StateServiceClient, signal: AbortSignal): Promise<ServiceStatus | Error> {
  return client.ask('status', {}, signal).catch(asError)
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(messageOf(error)))

/** What full nodes keep (geth's path scheme). */
const STATE_WINDOW = 128
const MAX_ANSWER = 1_048_576
const ZERO_ADDRESS = bytesToHex(new Uint8Array(20))
/** Of a block or a transaction that nobody has, and bytes that are none: who has the method says so, in one way or another. */
const NO_BLOCK = `0x${'00'.repeat(32)}`

/** @param said how far back proofs reach, where that is known */
async function probeRpc(
  url: ServerUrl,
  { transport, network, keccak, signal }: ProbeTools,
  said?: CapabilityWindow,
): Promise<Omit<StateServer, 'name'>> {
  const rpc = new JsonRpc(new HttpEndpoint(url, transport))
  const names = ['eth_blockNumber', 'eth_chainId'].map((method) => ({ method, params: [] }))
  const [newest, chain] = await rpc.batch(names, MAX_ANSWER, signal)
  if (newest?.kind === 'refused') throw newest.error
  expectChain(quantityIn(chain), url, network)
  const head = Number(newest?.json)
  const proofAt = (number: number): RpcCall => ({
    method: 'eth_getProof',
    params: [ZERO_ADDRESS, [], `0x${Math.max(0, number).toString(16)}`],
  })
  const calls = [
    ...[head, head - 1, head - STATE_WINDOW + 1].map(proofAt),
    ...Object.values(METHODS).map((method) => ({ method, params: [NO_BLOCK] })),
  ]
  const [now, before, deep, ...methods] = await rpc.batch(calls, MAX_ANSWER, signal)
  const states = said ?? statesWindow([now, before, deep])
  const server = new RpcServer(rpc, signal)
  const answers = { ...rpcAnswers(server, keccak), ...rpcChainAnswers(server, network, keccak) }
  const kinds = [
    ...ALWAYS,
    ...(Object.keys(METHODS) as (keyof typeof METHODS)[]).filter((_, index) => hasMethod(methods[index])),
  ].filter((kind) => states !== undefined || !ON_STATE.has(kind))
  return {
    answers: Object.fromEntries(kinds.map((kind) => [kind, answers[kind]])),
    windows: Object.fromEntries(kinds.filter((kind) => ON_STATE.has(kind)).map((kind) => [kind, states])),
  }
}

function quantityIn(reply: RpcReply | undefined): number | undefined {
  const number = reply?.kind === 'result' ? Number(reply.json) : NaN
  return Number.isSafeInteger(number) ? number : undefined
}

/** By proofs at the head, one before it, and as far back as full nodes go; undefined for none at all. */
function statesWindow(replies: readonly (RpcReply | undefined)[]): CapabilityWindow | undefined {
  const count = replies.findLastIndex((reply) => reply?.kind === 'result')
  return count < 0 ? undefined : { kind: 'latest', count: [1, 2, STATE_WINDOW][count]! }
}

const METHODS = {
  accessList: 'debug_getRawBlockAccessList',
  witness: 'debug_executionWitness',
  callKeys: 'eth_createAccessList',
  tracedKeys: 'debug_traceBlockByHash',
  rawTransaction: 'eth_getRawTransactionByHash',
  submit: 'eth_sendRawTransaction',
} as const

/** What every execution client has. */
const ALWAYS = ['block', 'headers', 'receipts', 'transactionPlace', 'proofs', 'accountCodes'] as const

const ON_STATE: ReadonlySet<AskKind> = new Set(['proofs', 'accountCodes', 'callKeys'])

/** `method not found` (JSON-RPC), `method not supported` (EIP-1474). */
const NO_SUCH_METHOD: ReadonlySet<unknown> = new Set([-32601, -32004])

function hasMethod(reply: RpcReply | undefined): boolean {
  if (reply === undefined || reply.kind === 'result') return reply !== undefined
  const { cause } = reply.error
  return cause instanceof RpcRefusal && !NO_SUCH_METHOD.has(cause.code)
}
