/** What `debug_executionWitness` gives, in the two forms that clients have. */
import { asHash } from '../../../../src/chain/bytes.ts'
import type { ExecutionBlock } from '../../../execution/execution-source.ts'
import { data, quantity } from '../../../../src/network/json-rpc/hex.ts'
import type { JsonObject } from '../../../../src/network/json-rpc/json.ts'
import type { RpcContext } from '../method.ts'
import { notFound, RpcError } from '../../../../src/network/json-rpc/rpc-error.ts'
import { headWithHash } from '../../../../src/network/json-rpc/objects/block-json.ts'
import { decodeHeader } from '../../../../src/network/json-rpc/objects/header.ts'

/**
 * RLP form (reth, Nethermind, Erigon and others): headers as hex, `keys` as addresses each with its slots behind it, left
 * out where they are not known. Form `json` (geth): headers as objects, `keys` null.
 * @throws {RpcError} -32000 for the genesis block, which nothing executes; {UnavailableError}
 */
export async function witnessJson(
  { source, crypto, witnessHeaders }: RpcContext,
  block: ExecutionBlock,
): Promise<JsonObject> {
  if (block.number === 0) throw new RpcError(-32000, 'the genesis block has no witness')
  const witness = await source.witness(block.hash)
  if (witness === undefined) throw notFound(`block ${block.number} is gone`)
  const common = {
    state: witness.nodes.map(data),
    codes: witness.codes.map(data),
    ...hashesJson(witness.blockHashes),
  }
  if (witnessHeaders === 'rlp') {
    const keys = witness.keys?.flatMap(({ address, slots }) => [data(address), ...slots.map(data)])
    return { ...common, headers: witness.headers.map(data), ...(keys !== undefined && { keys }) }
  }
  const headers = witness.headers.map((rlp) => headWithHash(asHash(crypto.keccak(rlp)), decodeHeader(rlp)))
  return { ...common, headers, keys: null }
}

/**
 * No member of other clients': ancestors' hashes that BLOCKHASH reads where headers do not reach, which recorded blocks
 * have. Left out where there are none.
 */
function hashesJson(hashes: ReadonlyMap<number, Uint8Array>): JsonObject {
  if (hashes.size === 0) return {}
  return { blockHashes: Object.fromEntries([...hashes].map(([number, hash]) => [quantity(number), data(hash)])) }
}
