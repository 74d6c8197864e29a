/** Receipts of a block from an execution client, as in the receipts trie, proven by the block's header. */
import { RLP, type NestedUint8Array } from '@ethereumjs/rlp'
import { bigIntToUnpaddedBytes, bytesToHex, concatBytes } from '@ethereumjs/util'
import type { Keccak } from '../../chain/bytes.ts'
import { orderedRoot } from '../../execution/block/ordered-root.ts'
import type { RawBlock } from '../../execution/block/raw-block.ts'
import { equalBytes } from '../../execution/words.ts'
import { MAX_RECEIPTS, MAX_RECEIPTS_BYTES } from '../state-service/constants.ts'
import type { RpcServer } from './rpc-server.ts'
import type { RpcAnswer } from './rpc-values.ts'
import { WitnessError } from './witness-error.ts'
import { RpcRefusal } from '../execution/json-rpc.ts'
import { readQuantity } from './rpc-quantity.ts'
import { RequestError } from '../request-server.ts'

/** Hex, and the names of fields around it. */
const MAX_ANSWER = 4 * MAX_RECEIPTS_BYTES
/** At 375 gas each (yellow paper, appendix G) a transaction of 60 million gas could have 160,000. */
const MAX_LOGS = 262_144
const MAX_TOPICS = 4

/**
 * In one call where the client has such a one and does it well, else one by one. Of a block without transactions nobody
 * is asked.
 * @throws {RequestError} @throws {WitnessError} for others than the header commits to
 */
export async function fetchReceipts(
  server: RpcServer,
  block: RawBlock,
  keccak: Keccak,
): Promise<readonly Uint8Array[]> {
  if (block.transactions.length === 0) return proven(server.name, block, [], keccak)
  for (const way of [rawReceipts, blockReceipts]) {
    try {
      return await way(server, block, keccak)
    } catch (error) {
      if (!hasAnotherWay(error)) throw error
    }
  }
  return singleReceipts(server, block, keccak)
}

/** The client answers, but not this call, or not well: some leave fields out of one form that they give in another. */
function hasAnotherWay(error: unknown): boolean {
  if (error instanceof WitnessError) return true
  return error instanceof RequestError && error.cause instanceof RpcRefusal && error.fault.code !== 'busy'
}

type Way = (server: RpcServer, block: RawBlock, keccak: Keccak) => Promise<readonly Uint8Array[]>

const rawReceipts: Way = async (server, block, keccak) => {
  const answer = await server.callAt('debug_getRawReceipts', block.header, (name) => [name], MAX_ANSWER)
  const receipts = answer.list(MAX_RECEIPTS).map((item) => item.bytes())
  return proven(answer.what, block, receipts, keccak)
}

const blockReceipts: Way = async (server, block, keccak) => {
  const answer = await server.callAt('eth_getBlockReceipts', block.header, (name) => [name], MAX_ANSWER)
  return proven(answer.what, block, answer.list(MAX_RECEIPTS).map(encodeReceipt), keccak)
}

const singleReceipts: Way = async (server, block, keccak) => {
  const receipts: Uint8Array[] = []
  for (const transaction of block.transactions) {
    const params = [bytesToHex(keccak(transaction))]
    receipts.push(encodeReceipt(await server.call('eth_getTransactionReceipt', params, MAX_ANSWER)))
  }
  return proven(`${server.name}: eth_getTransactionReceipt`, block, receipts, keccak)
}

/** Place of the receipts' root in a header (yellow paper 4.3). */
const RECEIPTS_ROOT = 5

function proven(
  what: string,
  { header }: RawBlock,
  receipts: readonly Uint8Array[],
  keccak: Keccak,
): readonly Uint8Array[] {
  const root = (RLP.decode(header.rlp) as Uint8Array[])[RECEIPTS_ROOT]!
  const empty = receipts.some(({ length }) => length === 0)
  if (!empty && equalBytes(orderedRoot(receipts, keccak), root)) return receipts
  throw new WitnessError(`${what}: these are not the receipts of block ${header.number}, ${bytesToHex(header.hash)}`)
}

/** Yellow paper 4.3.1; EIP-658 for the status, EIP-2718 for the type. */
function encodeReceipt(json: RpcAnswer): Uint8Array {
  const root = json.member('root')
  const status = json.member('status')
  const type = json.member('type')
  const list = RLP.encode([
    // Some clients give both since Byzantium, the root empty.
    status.isAbsent ? root.bytes() : integer(status),
    integer(json.member('cumulativeGasUsed')),
    json.member('logsBloom').bytes(),
    json.member('logs').list(MAX_LOGS).map(encodeLog),
  ])
  const prefix = type.isAbsent ? new Uint8Array() : integer(type)
  return prefix.length === 0 ? list : concatBytes(prefix, list)
}

function encodeLog(json: RpcAnswer): NestedUint8Array {
  const topics = json.member('topics').list(MAX_TOPICS)
  return [json.member('address').bytes(), topics.map((topic) => topic.bytes()), json.member('data').bytes()]
}

const integer = (value: RpcAnswer): Uint8Array => bigIntToUnpaddedBytes(readQuantity(value))
