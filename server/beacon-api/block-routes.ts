/** Headers, blocks and payload envelopes. */
import { forkAtSlot, isAtLeast } from '../../src/chain/beacon-config.ts'
import type { ForkName } from '../../src/chain/network.ts'
import { encodePayloadEnvelope, payloadEnvelopeToJson } from '../../src/consensus/containers/payload-envelope.ts'
import { BeaconBlockHeaderType } from '../../src/consensus/containers/ssz-types.ts'
import { UnavailableError } from '../execution/execution-source.ts'
import { notFound } from '../http/http-error.ts'
import type { BeaconSource, RelayedAnswer, RelayedItem, SourceBlock } from './beacon-source.ts'
import { hex } from './light-client-json.ts'
import type { Reply } from './reply.ts'
import { itemIdFrom } from './request-values.ts'
import type { RouteRequest } from './routes.ts'
import { encodeSignedBlock, signedBlockToJson } from './signed-block.ts'

/** What nobody signed: a light client looks at no proposer's signature. */
const NO_SIGNATURE = `0x${'00'.repeat(96)}`

export async function blockHeader(request: RouteRequest): Promise<Reply> {
  const { root, header, isCanonical, isFinalized } = await requestedBlock(request)
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

/** The whole block, or nothing: one with other bytes in its place would not hash to its root. */
export async function signedBlock(request: RouteRequest): Promise<Reply> {
  const { source } = request
  const { network } = source
  const block = await requestedBlock(request)
  const { header, body, isFinalized } = block
  const version = forkAtSlot(network, header.slot).name
  if (source.relay !== undefined) return relayed(source, block, 'signedBlock')
  if (body === undefined) throw new UnavailableError(notHeld(block, version))
  return {
    version,
    ssz: () => encodeSignedBlock(network, header, body),
    json: () => signedBlockToJson(network, { header, body, isFinalized }),
  }
}

export async function payloadEnvelope(request: RouteRequest): Promise<Reply> {
  const { source } = request
  const { network } = source
  const block = await requestedBlock(request)
  const { root, header, payload, isFinalized } = block
  const version = forkAtSlot(network, header.slot).name
  if (!isAtLeast(version, 'gloas'))
    throw notFound(`the payload of the block of slot ${header.slot} comes in no envelope`)
  if (source.relay !== undefined) return relayed(source, block, 'payloadEnvelope')
  switch (payload.kind) {
    case 'withheld':
      throw neverRevealed(block)
    case 'none':
    case 'inBlock':
      throw new UnavailableError(notHeld(block, version))
    case 'inEnvelope': {
      const frame = { beaconBlockRoot: root, isFinalized }
      return {
        version,
        ssz: () => encodePayloadEnvelope(network, payload.carried, frame),
        json: () => payloadEnvelopeToJson(network, payload.carried, frame),
      }
    }
  }
}

const neverRevealed = ({ header }: SourceBlock) =>
  notFound(`the payload of the block of slot ${header.slot} was never revealed`)

const notHeld = ({ header, payload }: SourceBlock, version: ForkName): string =>
  `of the block of slot ${header.slot}, of ${version}, only the header is held` +
  (payload.kind === 'none' ? ': it names its execution block by hash, or is an old one' : '')

/** What the API says around a block: `finalized` and the rest are the other node's word too. */
function relayed(source: BeaconSource, block: SourceBlock, item: RelayedItem): Reply {
  const { slot } = block.header
  const get = async (form: 'ssz' | 'json'): Promise<RelayedAnswer> => {
    const found = await source.relay?.(block, item, form)
    if (found !== undefined) return found
    if (item === 'payloadEnvelope') throw neverRevealed(block)
    throw new UnavailableError(`no upstream has the block of slot ${slot}, though one has its header`)
  }
  return {
    version: forkAtSlot(source.network, slot).name,
    ssz: async () => {
      const found = await get('ssz')
      if (found.kind === 'ssz') return found.bytes
      throw new UnavailableError(`upstream: the block of slot ${slot} came in JSON only`)
    },
    json: async () => {
      const found = await get('json')
      if (found.kind === 'json') return found.json
      throw new UnavailableError(`upstream: the block of slot ${slot} came in SSZ only`)
    },
  }
}

async function requestedBlock({ source, id }: RouteRequest): Promise<SourceBlock> {
  const block = await source.block(itemIdFrom(id, 'block_id'))
  if (block === undefined) throw notFound(`no block ${id}`)
  return block
}
