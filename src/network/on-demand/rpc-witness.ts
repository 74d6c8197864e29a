/** Witnesses as execution clients give them: headers as RLP or as objects, lists in any order. */
import { bytesToHex } from '@ethereumjs/util'
import { asHash, type Hash, type Keccak } from '../../chain/bytes.ts'
import { DecodeError } from '../../consensus/containers/decode-error.ts'
import { BlockEncodingError, decodeRawHeader, type RawHeader } from '../../execution/block/raw-block.ts'
import { headerRlpFromJson } from '../execution/header-json.ts'
import type { ServedWitness } from '../state-service/messages.ts'
import type { RpcServer } from './rpc-server.ts'
import type { RpcAnswer } from './rpc-values.ts'

/** Bytes of a witness as hex in JSON: 64 MiB of bytes, and what is around them. */
const MAX_WITNESS_ANSWER = 142_606_336
const MAX_WITNESS_ITEMS = 262_144
/** BLOCKHASH's reach. */
const MAX_ANCESTORS = 256

/**
 * What `debug_executionWitness` answers about a block. Headers that do not lead back from it are left away, so that there
 * may be none.
 * @throws {RequestError} @throws {WitnessError} for what is none
 */
export async function askWitness(server: RpcServer, block: RawHeader, keccak: Keccak): Promise<ServedWitness> {
  const answer = await server.callAt('debug_executionWitness', block, (name) => [name], MAX_WITNESS_ANSWER)
  return readRpcWitness(answer, block, keccak)
}

function readRpcWitness(answer: RpcAnswer, block: RawHeader, keccak: Keccak): ServedWitness {
  const given = optionalList(answer.member('headers'), MAX_ANCESTORS).map((item) => readHeader(item, keccak))
  return {
    headers: chainBefore(block, given)
      .map(({ rlp }) => rlp)
      .reverse(),
    nodes: answer
      .member('state')
      .list(MAX_WITNESS_ITEMS)
      .map((item) => item.bytes()),
    codes: optionalList(answer.member('codes'), MAX_WITNESS_ITEMS).map((item) => item.bytes()),
    blockHashes: blockHashesIn(answer.member('blockHashes')),
    keys: undefined,
  }
}

const optionalList = (answer: RpcAnswer, most: number): RpcAnswer[] => (answer.isAbsent ? [] : answer.list(most))

function readHeader(item: RpcAnswer, keccak: Keccak): RawHeader {
  try {
    const rlp = typeof item.json === 'string' ? item.bytes() : headerRlpFromJson(item.json)
    return decodeRawHeader(rlp, keccak)
  } catch (error) {
    if (error instanceof DecodeError || error instanceof BlockEncodingError) item.fail(error.message)
    throw error
  }
}

/** From the parent back, as far as they hang together; the rest is of no use. */
function chainBefore({ parentHash }: RawHeader, headers: readonly RawHeader[]): RawHeader[] {
  const byHash = new Map(headers.map((header) => [bytesToHex(header.hash), header]))
  const chain: RawHeader[] = []
  let next = byHash.get(bytesToHex(parentHash))
  while (next !== undefined && chain.length < MAX_ANCESTORS) {
    chain.push(next)
    next = byHash.get(bytesToHex(next.parentHash))
  }
  return chain
}

/** A member of our own gateways only, where headers of recorded blocks do not reach. */
function blockHashesIn(answer: RpcAnswer): Map<number, Hash> {
  if (answer.isAbsent) return new Map()
  const entries = Object.keys(answer.json as object).slice(0, MAX_ANCESTORS)
  return new Map(entries.map((name) => [Number(name), asHash(answer.member(name).bytesOf(32))]))
}
