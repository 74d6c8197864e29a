/** Headers, blocks and payload envelopes. */
import { forkAtSlot } from '../../src/chain/beacon-config.ts'
import { blockPayloadToJson, encodeBlockPayload } from '../../src/consensus/containers/block-payload.ts'
import { encodePayloadEnvelope, payloadEnvelopeToJson } from '../../src/consensus/containers/payload-envelope.ts'
import { BeaconBlockHeaderType } from '../../src/consensus/containers/ssz-types.ts'
import { notFound } from '../http/http-error.ts'
import type { BlockPart, SourceBlock } from './beacon-source.ts'
import { hex } from './light-client-json.ts'
import type { Reply } from './reply.ts'
import { itemIdFrom } from './request-values.ts'
import type { RouteRequest } from './routes.ts'
import { encodeSignedBlock, signedBlockToJson } from './signed-block.ts'

/** What nobody signed: a light client looks at no proposer's signature. */
const NO_SIGNATURE = `0x${'00'.repeat(96)}`

export async function blockHeader(request: RouteRequest): Promise<Reply> {
  const { root, header, isCanonical, isFinalized } = await requestedBlock(request, 'header')
  return {
    json: () => ({
      execution_optimistic: false,
      finalized: isFinalized,
      data: {
        root: hex(root),
        canonical: isCanonical,
        header: { message: BeaconBlockHeaderType.toJson(header), signature: NO_SIGNATURE },
      },
    }),
  }
}

/** The whole block where its body is known, else the parts that light clients read around SSZ's default values. */
export async function signedBlock(request: RouteRequest): Promise<Reply> {
  const { network } = request.source
  const { header, payload, body, isFinalized } = await requestedBlock(request, 'all')
  const version = forkAtSlot(network, header.slot).name
  if (body !== undefined) {
    return {
      version,
      ssz: () => encodeSignedBlock(network, header, body),
      json: () => signedBlockToJson(network, { header, body, isFinalized }),
    }
  }
  if (payload.kind !== 'inBlock') {
    throw notFound(`of the block of slot ${header.slot} only the header is held`)
  }
  return {
    version,
    ssz: () => encodeBlockPayload(network, payload.carried, header),
    json: () => blockPayloadToJson(network, payload.carried, header),
  }
}

export async function payloadEnvelope(request: RouteRequest): Promise<Reply> {
  const { network } = request.source
  const { root, header, payload } = await requestedBlock(request, 'all')
  if (payload.kind !== 'inEnvelope') {
    const why = payload.kind === 'withheld' ? 'was never revealed' : 'comes in no envelope'
    throw notFound(`the payload of the block of slot ${header.slot} ${why}`)
  }
  const frame = { beaconBlockRoot: root }
  return {
    version: forkAtSlot(network, header.slot).name,
    ssz: () => encodePayloadEnvelope(network, payload.carried, frame),
    json: () => payloadEnvelopeToJson(network, payload.carried, frame),
  }
}

async function requestedBlock({ source, id }: RouteRequest, part: BlockPart): Promise<SourceBlock> {
  const block = await source.block(itemIdFrom(id, 'block_id'), part)
  if (block === undefined) throw notFound(`no block ${id}`)
  return block
}
