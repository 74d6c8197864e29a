/** Witnesses, whole or by their hashes alone. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { bytesToHex } from '@ethereumjs/util'
import type { Hash, Keccak } from '../../../src/chain/bytes.ts'
import type { ServedWitness, StateRequestOf, WitnessMetadata } from '../../../src/network/state-service/messages.ts'
import type { Witness } from '../../execution/execution-source.ts'
import type { Answered, ServiceParts } from './service-parts.ts'
import { unknown } from './state-service-error.ts'

/** @throws {UnavailableError} where the parent's state is not held, or the block is the first */
export async function answerWitness(
  parts: ServiceParts,
  request: StateRequestOf<'witness'>,
): Promise<Answered<ServedWitness>> {
  const { headers, nodes, codes, blockHashes, keys } = await witnessOf(parts, request)
  return { answer: { headers, nodes, codes, blockHashes, keys }, holds: 'forever' }
}

/** As {@link answerWitness}. */
export async function answerMetadata(
  parts: ServiceParts,
  request: StateRequestOf<'witnessMetadata'>,
): Promise<Answered<WitnessMetadata>> {
  const { block, headers, nodes, codes, blockHashes, keys } = await witnessOf(parts, request)
  const answer = {
    headers: { first: block.number - headers.length, count: headers.length },
    nodes: await hashAll(nodes, parts.keccak),
    codes: await hashAll(codes, parts.keccak),
    blockHashes,
    keys,
  }
  return { answer, holds: 'forever' }
}

async function witnessOf({ source }: ServiceParts, { blockHash }: StateRequestOf<'witness'>): Promise<Witness> {
  const witness = await source.witness(blockHash)
  if (witness === undefined) throw unknown(`no block ${bytesToHex(blockHash)}`)
  return witness
}

/** Bytes hashed in one go: about a millisecond, after which others have their turn. */
const BYTES_A_TURN = 262_144

async function hashAll(items: readonly Uint8Array[], keccak: Keccak): Promise<Hash[]> {
  const hashes: Hash[] = []
  let inTurn = 0
  for (const item of items) {
    if (inTurn > BYTES_A_TURN) {
      await nextTurn()
      inTurn = 0
    }
    hashes.push(keccak(item) as Hash)
    inTurn += item.length
  }
  return hashes
}
