/** What an execution client's JSON-RPC answers, as a server of state. */
import { bytesToHex } from '@ethereumjs/util'
import { asAddress, asHash, type Keccak } from '../../chain/bytes.ts'
import type { RpcServer } from '../../network/on-demand/rpc-server.ts'
import type { RpcAnswer } from '../../network/on-demand/rpc-values.ts'
import { MAX_WITNESS_ANSWER, readRpcWitness } from '../../network/on-demand/rpc-witness.ts'
import { WitnessError } from '../../network/on-demand/witness-error.ts'
import { RequestError } from '../../network/request-server.ts'
import type { TouchedKeys } from '../../network/state-service/messages.ts'
import type { AnswerOf, AskKind, AskOf, HintCall, StateAnswers } from './state-server.ts'

/** Of 1,024 paths of nine nodes, as hex; a batch has no more keys than a call may have. */
const MAX_PROOFS_ANSWER = 16_777_216
/** As many codes as one request names, each with the most that any rule has allowed (EIP-7954: 64 KiB), as hex. */
const MAX_CODES_ANSWER = 8_388_608
/** EIP-7928: 150 kB on average at 60 Mgas; as hex. */
const MAX_ACCESS_LIST_ANSWER = 16_777_216
/** Of keys as hex: 65,536 slots take 5 MB; a prestate has balances and values beside them. */
const MAX_HINTS_ANSWER = 33_554_432
/** Nodes in a path: one a nibble, and the leaf. */
const MAX_PATH = 65
/** geth's limit on keys in a call. */
const MAX_KEYS = 1_024
/** Keys that hints may name for one block; a block of 60 Mgas reads 28,571 at most (2,100 gas each). */
const MAX_HINTS = 65_536

/** All that JSON-RPC may have; which of them a client really offers is for probing to tell. */
export function rpcAnswers(
  rpc: RpcServer,
  keccak: Keccak,
): Required<Omit<StateAnswers, 'nodes' | 'codes' | 'paths' | 'metadata'>> {
  const within = <K extends AskKind>(ask: (server: RpcServer, request: AskOf<K>) => Promise<AnswerOf<K>>) => {
    return (request: AskOf<K>, signal: AbortSignal) => asRequestErrors(() => ask(rpc.within(signal), request))
  }
  return {
    proofs: within<'proofs'>(askProofs),
    accountCodes: within<'accountCodes'>(askCodes),
    accessList: within<'accessList'>(askAccessList),
    witness: within<'witness'>(async (server, { block }) => {
      const answer = await server.callAt('debug_executionWitness', block, (name) => [name], MAX_WITNESS_ANSWER)
      return readRpcWitness(answer, block, keccak)
    }),
    callKeys: within<'callKeys'>(askCallKeys),
    tracedKeys: within<'tracedKeys'>(askTracedKeys),
  }
}

/** What reading an answer throws says that it is none. */
async function asRequestErrors<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (!(error instanceof WitnessError)) throw error
    throw new RequestError({ code: 'malformed' }, error.message, { cause: error })
  }
}

async function askProofs(server: RpcServer, { at, keys }: AskOf<'proofs'>): Promise<AnswerOf<'proofs'>> {
  const params = keys.map(({ address, slots }) => {
    const names = slots.map((slot) => bytesToHex(slot))
    return (block: string) => [bytesToHex(address), names, block]
  })
  const answers = await server.batchAt('eth_getProof', at, params, MAX_PROOFS_ANSWER)
  return answers.map((answer) => (answer instanceof RequestError ? answer : nodesOfProof(answer)))
}

function nodesOfProof(answer: RpcAnswer): Uint8Array[] {
  const slots = answer.member('storageProof').list(MAX_KEYS)
  const paths = [answer.member('accountProof'), ...slots.map((item) => item.member('proof'))]
  return paths.flatMap((path) => path.list(MAX_PATH).map((node) => node.bytes()))
}

async function askCodes(
  server: RpcServer,
  { at, addresses }: AskOf<'accountCodes'>,
): Promise<AnswerOf<'accountCodes'>> {
  const params = addresses.map((address) => (block: string) => [bytesToHex(address), block])
  const answers = await server.batchAt('eth_getCode', at, params, MAX_CODES_ANSWER)
  return answers.map((answer) => (answer instanceof RequestError ? answer : answer.bytes()))
}

async function askAccessList(server: RpcServer, { block }: AskOf<'accessList'>): Promise<Uint8Array> {
  const method = 'debug_getRawBlockAccessList'
  const answer = await server.callAt(method, block, (name) => [name], MAX_ACCESS_LIST_ANSWER)
  if (answer.isAbsent)
    throw new RequestError({ code: 'absent' }, `${answer.what}: it has none for block ${block.number}`)
  return answer.bytes()
}

async function askCallKeys(server: RpcServer, { at, calls }: AskOf<'callKeys'>): Promise<AnswerOf<'callKeys'>> {
  const params = calls.map((call) => (block: string) => [callJson(call), block])
  const answers = await server.batchAt('eth_createAccessList', at, params, MAX_HINTS_ANSWER)
  return answers.map((answer) => (answer instanceof RequestError ? answer : keysOfList(answer.member('accessList'))))
}

function callJson({ from, to, gas, value, data, accessList }: HintCall): object {
  return {
    from: bytesToHex(from),
    ...(to !== undefined && { to: bytesToHex(to) }),
    gas: `0x${gas.toString(16)}`,
    value: `0x${value.toString(16)}`,
    input: bytesToHex(data),
    ...(accessList.length > 0 && {
      accessList: accessList.map(({ address, slots }) => ({
        address: bytesToHex(address),
        storageKeys: slots.map((slot) => bytesToHex(slot)),
      })),
    }),
  }
}

function keysOfList(list: RpcAnswer): TouchedKeys[] {
  return list.list(MAX_HINTS).map((entry) => ({
    address: asAddress(entry.member('address').bytesOf(20)),
    slots: entry
      .member('storageKeys')
      .list(MAX_HINTS)
      .map((slot) => asHash(slot.bytesOf(32))),
  }))
}

/** geth's prestate tracer: by address what the transaction found there, by transaction. Without codes it is a tenth as large. */
async function askTracedKeys(server: RpcServer, { block }: AskOf<'tracedKeys'>): Promise<TouchedKeys[]> {
  const tracer = { tracer: 'prestateTracer', tracerConfig: { disableCode: true } }
  const hash = bytesToHex(block.hash)
  const answer = await server.call('debug_traceBlockByHash', [hash, tracer], MAX_HINTS_ANSWER)
  return answer.list(MAX_HINTS).flatMap((transaction) => keysOfPrestate(transaction.member('result')))
}

function keysOfPrestate(prestate: RpcAnswer): TouchedKeys[] {
  const addresses = Object.keys(prestate.json ?? {}).slice(0, MAX_HINTS)
  return addresses.map((address) => {
    const storage = prestate.member(address).member('storage')
    const slots = storage.isAbsent ? [] : Object.keys(storage.json as object).slice(0, MAX_HINTS)
    return {
      address: asAddress(prestate.name(address).bytesOf(20)),
      slots: slots.map((slot) => asHash(storage.name(slot).bytesOf(32))),
    }
  })
}
