/** Transactions at an execution client's JSON-RPC: handed over, and asked for by hash. */
import { bytesToHex } from '@ethereumjs/util'
import type { Hash } from '../../chain/bytes.ts'
import { RpcRefusal } from '../execution/json-rpc.ts'
import { RequestError } from '../request-server.ts'
import type { RpcServer } from './rpc-server.ts'

/** What a server says of a transaction that it was given. */
export type SubmitAnswer =
  | { readonly kind: 'taken' }
  /** It has it already. */
  | { readonly kind: 'known' }
  /** By its own rules, in its words: another may take it. */
  | { readonly kind: 'refused'; readonly words: string }

/** A hash in JSON; refusals are shortened where they are read. */
const MAX_SUBMIT_ANSWER = 65_536

/** The hash that the server returns is not read: its name is the hash of its bytes. @throws {RequestError} */
export async function askSubmit(server: RpcServer, raw: Uint8Array): Promise<SubmitAnswer> {
  try {
    await server.call('eth_sendRawTransaction', [bytesToHex(raw)], MAX_SUBMIT_ANSWER)
    return { kind: 'taken' }
  } catch (error) {
    const refusal = refusalIn(error)
    if (refusal === undefined) throw error
    return isKnown(refusal) ? { kind: 'known' } : { kind: 'refused', words: refusal.message }
  }
}

/** A server that lacks the method, or is busy, has refused nothing. */
function refusalIn(error: unknown): RpcRefusal | undefined {
  if (!(error instanceof RequestError) || !(error.cause instanceof RpcRefusal)) return undefined
  return error.fault.code === 'unreachable' ? error.cause : undefined
}

/** execution-apis, "Already known transaction". */
const ALREADY_KNOWN = 1_000

/** geth, reth and Erigon: "already known"; Nethermind: "AlreadyKnown"; Besu: "Known transaction". */
const isKnown = ({ code, message }: RpcRefusal): boolean =>
  code === ALREADY_KNOWN || /already ?known|known transaction|already imported/i.test(message)

/** 128 KiB of transaction, or blobs with their proofs, as hex. */
const MAX_RAW_ANSWER = 4_194_304

/** Undefined where the server has none of that hash. @throws {RequestError} @throws {WitnessError} */
export async function askRawTransaction(server: RpcServer, hash: Hash): Promise<Uint8Array | undefined> {
  const answer = await server.call('eth_getRawTransactionByHash', [bytesToHex(hash)], MAX_RAW_ANSWER)
  const bytes = answer.isAbsent ? undefined : answer.bytes()
  return bytes?.length === 0 ? undefined : bytes
}
