/** What an execution client's JSON-RPC answers, as a server of state. */
import { bytesToHex } from '@ethereumjs/util'
import { asAddress, asHash, type Keccak } from '../../chain/bytes.ts'
import { DecodeError } from '../../consensus/containers/decode-error.ts'
import { BlockEncodingError } from '../../execution/block/raw-block.ts'
import { accessListIn, callJson } from '../../network/on-demand/rpc-access-list.ts'
import { askBlockAccessList } from '../../network/on-demand/rpc-block-access-list.ts'
import { askCodes, askProofs } from '../../network/on-demand/rpc-proofs.ts'
import type { RpcServer } from '../../network/on-demand/rpc-server.ts'
import type { RpcAnswer } from '../../network/on-demand/rpc-values.ts'
import { askWitness } from '../../network/on-demand/rpc-witness.ts'
import { WitnessError } from '../../network/on-demand/witness-error.ts'
import { RequestError } from '../../network/request-server.ts'
import type { TouchedKeys } from '../../network/state-service/messages.ts'
import type { AnswerOf, AskKind, AskOf, StateAnswers } from './state-server.ts'

/** Of keys as hex: 65,536 slots take 5 MB; a prestate has balances and values beside them. */
const MAX_HINTS_ANSWER = 33_554_432
/** Keys that hints may name for one block; a block of 60 Mgas reads 28,571 at most (2,100 gas each). */
const MAX_HINTS = 65_536

/** All that JSON-RPC may have; which of them a client really offers is for probing to tell. */
export function rpcAnswers(
  rpc: RpcServer,
  keccak: Keccak,
): Required<Pick<StateAnswers, 'proofs' | 'accountCodes' | 'accessList' | 'witness' | 'callKeys' | 'tracedKeys'>> {
  const within = <K extends AskKind>(ask: (server: RpcServer, request: AskOf<K>) => Promise<AnswerOf<K>>) => {
    return (request: AskOf<K>, signal: AbortSignal) => asRequestErrors(() => ask(rpc.within(signal), request))
  }
  return {
    proofs: within<'proofs'>((server, { at, keys }) => askProofs(server, at, keys)),
    accountCodes: within<'accountCodes'>((server, { at, addresses }) => askCodes(server, at, addresses)),
    accessList: within<'accessList'>(askAccessList),
    witness: within<'witness'>((server, { block }) => askWitness(server, block, keccak)),
    callKeys: within<'callKeys'>(askCallKeys),
    tracedKeys: within<'tracedKeys'>(askTracedKeys),
  }
}

/** What reading an answer throws says that it is none. */
export async function asRequestErrors<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (!(error instanceof WitnessError || error instanceof BlockEncodingError || error instanceof DecodeError))
      throw error
    throw new RequestError({ code: 'malformed' }, error.message, { cause: error })
  }
}

async function askAccessList(server: RpcServer, { block }: AskOf<'accessList'>): Promise<Uint8Array> {
  const list = await askBlockAccessList(server, block)
  if (list !== undefined) return list
  const message = `${server.name}: debug_getRawBlockAccessList: it has none for block ${block.number}`
  throw new RequestError({ code: 'absent' }, message)
}

async function askCallKeys(server: RpcServer, { at, calls }: AskOf<'callKeys'>): Promise<AnswerOf<'callKeys'>> {
  const params = calls.map((call) => (block: string) => [callJson(call), block])
  const answers = await server.batchAt('eth_createAccessList', at, params, MAX_HINTS_ANSWER)
  return answers.map((answer) => (answer instanceof RequestError ? answer : accessListIn(answer)))
}

/**
 * geth's prestate tracer: by address what the transaction found there, by transaction. Without codes it is a tenth as large;
 * that an account does not exist has to be proven too.
 */
async function askTracedKeys(server: RpcServer, { block }: AskOf<'tracedKeys'>): Promise<TouchedKeys[]> {
  const tracer = { tracer: 'prestateTracer', tracerConfig: { disableCode: true, includeEmpty: true } }
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
