/** Checkpoints and proofs of beacon states. */
import { forkAtSlot } from '../../src/chain/beacon-config.ts'
import { decodeDescriptor, encodeDescriptor } from '../../src/consensus/multiproof/compact-descriptor.ts'
import { encodeCompactMultiproof } from '../../src/consensus/multiproof/compact-multiproof.ts'
import { MultiproofError } from '../../src/consensus/multiproof/multiproof-error.ts'
import type { ProofFormat } from '../../src/consensus/multiproof/proof-format.ts'
import { badRequest, notFound } from '../http/http-error.ts'
import type { Checkpoint, FinalityCheckpoints } from './beacon-source.ts'
import { hex } from './light-client-json.ts'
import type { Reply } from './reply.ts'
import { bytesFrom, itemIdFrom } from './request-values.ts'
import type { RouteRequest } from './routes.ts'

export async function finalityCheckpoints({ source, id }: RouteRequest): Promise<Reply> {
  const stateId = itemIdFrom(id, 'state_id')
  const block = await source.stateBlock(stateId)
  const checkpoints = await source.finalityCheckpoints(stateId)
  if (block === undefined || checkpoints === undefined) throw notFound(`no state ${id}`)
  return {
    json: () => ({
      execution_optimistic: false,
      finalized: block.isFinalized,
      data: finalityJson(checkpoints),
    }),
  }
}

export const finalityJson = ({ previousJustified, currentJustified, finalized }: FinalityCheckpoints) => ({
  previous_justified: checkpointJson(previousJustified),
  current_justified: checkpointJson(currentJustified),
  finalized: checkpointJson(finalized),
})

/** Lodestar's: `format` is a compact descriptor, the answer a compact multiproof. */
export async function stateProof({ source, id, query }: RouteRequest): Promise<Reply> {
  const stateId = itemIdFrom(id, 'state_id')
  const format = formatFrom(query)
  const block = await source.stateBlock(stateId)
  const proof = await proofOf(() => source.stateProof(stateId, format))
  if (block === undefined || proof === undefined) throw notFound(`no state ${id}`)
  const version = forkAtSlot(source.network, block.header.slot).name
  return {
    version,
    ssz: () => encodeCompactMultiproof(proof),
    json: () => ({
      version,
      data: { leaves: proof.values.map(hex), descriptor: hex(encodeDescriptor(proof.format)) },
    }),
  }
}

function formatFrom(query: URLSearchParams): ProofFormat {
  const bytes = bytesFrom(query.get('format'), 'format')
  try {
    return decodeDescriptor(bytes)
  } catch (error) {
    if (error instanceof MultiproofError) throw badRequest(`format: ${error.message}`)
    throw error
  }
}

async function proofOf<T>(prove: () => T | Promise<T>): Promise<T> {
  try {
    return await prove()
  } catch (error) {
    if (error instanceof MultiproofError) throw badRequest(error.message)
    throw error
  }
}

const checkpointJson = ({ epoch, root }: Checkpoint) => ({ epoch: String(epoch), root: hex(root) })
