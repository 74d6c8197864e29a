/** Witnesses of blocks that execution clients hold: from `debug_executionWitness`, else built from proofs; kept on disk. */
import { setImmediate as yieldThread } from 'node:timers/promises'
import { bytesToHex, bytesToUnprefixedHex } from '@ethereumjs/util'
import type { ExecutionNetwork } from '../../../../src/chain/network.ts'
import { decodeRawBlock, decodeRawHeader } from '../../../../src/execution/block/raw-block.ts'
import type { WasmCrypto } from '../../../../src/execution/crypto/wasm-crypto.ts'
import { RpcForms } from '../../../../src/network/on-demand/rpc-forms.ts'
import type { RpcServer } from '../../../../src/network/on-demand/rpc-server.ts'
import { WitnessError } from '../../../../src/network/on-demand/witness-error.ts'
import { RequestError } from '../../../../src/network/request-server.ts'
import { decodeAnswer, encodeAnswer } from '../../../../src/network/state-service/answer-codec.ts'
import type { ServedWitness } from '../../../../src/network/state-service/messages.ts'
import { WireError } from '../../../../src/network/state-service/wire-error.ts'
import { CodeBag, NodeBag } from '../../../../src/state/content-bag.ts'
import { UnavailableError, type ExecutionBlock, type Witness } from '../../../execution/execution-source.ts'
import { makeWitness, NotVerifiedError } from '../../../execution/make-witness.ts'
import type { Times } from '../first-good.ts'
import type { DiskCache } from './disk-cache.ts'
import type { ExecutionPool } from './execution-pool.ts'
import { rulesDigest } from './rules-digest.ts'

export interface UpstreamWitnessOptions {
  readonly network: ExecutionNetwork
  readonly pool: ExecutionPool
  readonly crypto: WasmCrypto
  /** Undefined: nothing is kept. */
  readonly disk?: DiskCache | undefined
}

/**
 * Built from proofs a witness takes hundreds of calls, and there is only one at a time; nobody waits longer than idle
 * connections are kept. A slow server is not doubled by another.
 */
const WITNESS_TIMES: Times = { patience: 50_000, limit: 50_000 }

/**
 * From the disk, or made now. What upstreams gave has executed the block here and led to its header's roots: of a block
 * that does not come to them under the rules known here, nothing is given and nothing kept. On disk it is named by the
 * rules too: what they do not read, others may.
 * @throws {UnavailableError}
 */
export async function upstreamWitness(block: ExecutionBlock, options: UpstreamWitnessOptions): Promise<Witness> {
  const { network, pool, disk } = options
  const name = `witness-${rulesDigest(network)}-${bytesToUnprefixedHex(block.hash)}`
  const kept = await disk?.get(name)
  const known = kept && decoded(block, kept)
  if (known !== undefined) return known
  const witness = await pool.first((server) => fetched(server, block, options), WITNESS_TIMES)
  if (witness === undefined) throw new UnavailableError(`no upstream has block ${bytesToHex(block.hash)}`)
  await disk?.put(name, encodeAnswer('witness', witness))
  return witness
}

/** Undefined for what an older version wrote. */
function decoded(block: ExecutionBlock, bytes: Uint8Array): Witness | undefined {
  try {
    const answer = decodeAnswer('witness', bytes)
    return answer.kind === 'answer' ? { block, ...answer.answer } : undefined
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}

async function fetched(server: RpcServer, block: ExecutionBlock, options: UpstreamWitnessOptions): Promise<Witness> {
  const { network, crypto } = options
  const forms = new RpcForms(server, network, crypto)
  const raw = decodeRawBlock(block.rlp, crypto.keccak)
  try {
    return await reduced(server, block, await forms.rpcWitness(raw), options)
  } catch (error) {
    if (!(error instanceof RequestError || error instanceof WitnessError)) throw error
  }
  return reduced(server, block, await forms.proofs(raw), options)
}

/** What of it executing the block takes, so that nothing useless and nothing insufficient is handed on. */
async function reduced(
  server: RpcServer,
  block: ExecutionBlock,
  { headers, nodes, codes }: ServedWitness,
  { network, crypto }: UpstreamWitnessOptions,
): Promise<Witness> {
  const { keccak } = crypto
  const nodeBag = NodeBag.from(nodes, keccak)
  const codeBag = CodeBag.from(codes, keccak)
  const ancestors = headers.map((rlp) => {
    const { hash, parentHash, number, timestamp, stateRoot } = decodeRawHeader(rlp, keccak)
    return { hash, parentHash, number, timestamp, stateRoot, header: rlp }
  })
  const state = { node: nodeBag.node.bind(nodeBag), code: codeBag.code.bind(codeBag) }
  try {
    const turns = { now: () => performance.now(), yieldThread }
    const input = { network, block, ancestors: ancestors.reverse(), state, accepts: 'verified' } as const
    return await makeWitness(input, { crypto, ...turns })
  } catch (error) {
    // Every byte was found by its hash: another server's would be the same.
    if (error instanceof NotVerifiedError) throw new UnavailableError(`upstream: ${error.message}`, { cause: error })
    if (error instanceof UnavailableError) throw new WitnessError(`${server.name}: its witness: ${error.message}`)
    throw error
  }
}
