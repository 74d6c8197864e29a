/** SignedBeaconBlock with its whole body, Capella to Gloas, as SSZ and as the beacon API's JSON; nobody signs it: zeros. */
import { forkAtSlot } from '../../src/chain/beacon-config.ts'
import type { BeaconPreset } from '../../src/chain/beacon-preset.ts'
import type { Network } from '../../src/chain/network.ts'
import { payloadToWire, requestsToWire } from '../../src/consensus/containers/carried-payload.ts'
import { EncodeError } from '../../src/consensus/containers/encode.ts'
import {
  blockLayout,
  envelopeLayout,
  payloadFork,
  type PayloadFork,
} from '../../src/consensus/containers/payload-layouts.ts'
import { byteVector, container, uint64, writeSsz, type Layout } from '../../src/consensus/containers/plain-ssz.ts'
import { writeSszJson } from '../../src/consensus/containers/plain-ssz-json.ts'
import type { BeaconBlockHeader } from '../../src/consensus/containers/ssz-types.ts'
import type { BlockBody, PayloadBid } from './block-body.ts'

/** @throws {EncodeError} where the body is not one of the slot's fork */
export function encodeSignedBlock(network: Network, header: BeaconBlockHeader, body: BlockBody): Uint8Array {
  const { layout, wire } = toWire(network, header, body)
  return writeSsz(layout, wire as never)
}

export interface WholeBlock {
  readonly header: BeaconBlockHeader
  readonly body: BlockBody
  readonly isFinalized: boolean
}

/** `{version, execution_optimistic, finalized, data}`. @throws {EncodeError} as {@link encodeSignedBlock} */
export function signedBlockToJson(network: Network, { header, body, isFinalized }: WholeBlock): unknown {
  const { layout, wire, version } = toWire(network, header, body)
  return { version, execution_optimistic: false, finalized: isFinalized, data: writeSszJson(layout, wire as never) }
}

function toWire(network: Network, header: BeaconBlockHeader, body: BlockBody) {
  const what = `block of slot ${header.slot}`
  const { name: version } = forkAtSlot(network, header.slot)
  const fork = payloadFork(version, what)
  if ((fork === 'gloas') !== (body.execution.kind === 'bid')) {
    throw new EncodeError(`${what}: a ${body.execution.kind} in a body of ${version}`)
  }
  const wire = {
    message: {
      slot: BigInt(header.slot),
      proposer_index: BigInt(header.proposerIndex),
      parent_root: header.parentRoot,
      state_root: header.stateRoot,
      body: bodyToWire(body, what),
    },
  }
  return { layout: wholeLayout(fork, network.preset), wire, version }
}

function bodyToWire({ randaoReveal, graffiti, syncAggregate, execution }: BlockBody, what: string) {
  return {
    randao_reveal: randaoReveal,
    graffiti,
    sync_aggregate: {
      sync_committee_bits: syncAggregate.syncCommitteeBits.uint8Array,
      sync_committee_signature: syncAggregate.syncCommitteeSignature,
    },
    ...(execution.kind === 'bid'
      ? {
          signed_execution_payload_bid: { message: bidToWire(execution.bid), signature: new Uint8Array(96) },
          parent_execution_requests: requestsToWire(execution.parentRequests, what),
        }
      : {
          execution_payload: payloadToWire(execution.payload),
          ...(execution.requests && { execution_requests: requestsToWire(execution.requests, what) }),
        }),
  }
}

const bidToWire = (bid: PayloadBid) => ({
  parent_block_hash: bid.parentBlockHash,
  parent_block_root: bid.parentBlockRoot,
  block_hash: bid.blockHash,
  prev_randao: bid.prevRandao,
  fee_recipient: bid.feeRecipient,
  gas_limit: BigInt(bid.gasLimit),
  builder_index: BigInt(bid.builderIndex),
  slot: BigInt(bid.slot),
  value: 0n,
  execution_payment: 0n,
  blob_kzg_commitments: undefined,
  execution_requests_root: bid.executionRequestsRoot,
})

const emptyList = { kind: 'ignored', length: 'variable', json: [] } as const

const signedBid = container({
  message: container({
    parent_block_hash: byteVector(32),
    parent_block_root: byteVector(32),
    block_hash: byteVector(32),
    prev_randao: byteVector(32),
    fee_recipient: byteVector(20),
    gas_limit: uint64,
    builder_index: uint64,
    slot: uint64,
    value: uint64,
    execution_payment: uint64,
    blob_kzg_commitments: emptyList,
    execution_requests_root: byteVector(32),
  }),
  signature: byteVector(96),
})

/** Fields of an older body that one of Gloas does not have. */
const GONE_IN_GLOAS: readonly string[] = ['execution_payload', 'blob_kzg_commitments', 'execution_requests']

/** Lists of operations stay as the reader of payloads has them: nothing in SSZ, `[]` in JSON, which is what empty ones are. */
function wholeLayout(fork: PayloadFork, preset: BeaconPreset): Layout {
  const isGloas = fork === 'gloas'
  const block = fieldsOf(blockLayout(isGloas ? 'electra' : fork, preset))
  const message = fieldsOf(block['message'])
  const older = Object.entries({
    ...fieldsOf(message['body']),
    randao_reveal: byteVector(96),
    graffiti: byteVector(32),
    sync_aggregate: container({
      sync_committee_bits: byteVector(preset.syncCommitteeSize / 8),
      sync_committee_signature: byteVector(96),
    }),
  })
  const body = {
    ...Object.fromEntries(older.filter(([name]) => !isGloas || !GONE_IN_GLOAS.includes(name))),
    ...(isGloas && {
      signed_execution_payload_bid: signedBid,
      payload_attestations: emptyList,
      parent_execution_requests: envelopeLayout.fields.message.fields.execution_requests,
    }),
  }
  return container({ ...block, message: container({ ...message, body: container(body) }) })
}

function fieldsOf(layout: Layout | undefined): Readonly<Record<string, Layout>> {
  if (layout?.kind !== 'container') throw new TypeError(`a block's layout has a ${layout?.kind} where a container was`)
  return layout.fields
}
