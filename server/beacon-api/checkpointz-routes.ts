/**
 * The part of checkpointz that clients read (github.com/ethpandaops/checkpointz): what is finalized, and the checkpoints
 * before it. Not of the beacon API: a node does not have it, an instance beside nodes does.
 */
import { timeOfSlot } from '../../src/chain/beacon-config.ts'
import { notFound } from '../http/http-error.ts'
import type { BeaconSource, SourceBlock } from './beacon-source.ts'
import { hex } from './light-client-json.ts'
import type { Reply } from './reply.ts'
import { jsonReply } from './reply.ts'
import type { RouteRequest } from './routes.ts'
import { finalityJson } from './state-routes.ts'

/** Checkpoints that are listed: as many as an instance keeps where nothing else is configured. */
const LISTED_EPOCHS = 20

export async function checkpointzStatus({ source }: RouteRequest): Promise<Reply> {
  const checkpoints = await source.finalityCheckpoints({ kind: 'head' })
  if (checkpoints === undefined) throw notFound('nothing is finalized yet')
  return jsonReply({
    upstreams: {},
    finality: finalityJson(checkpoints),
    operating_mode: 'light',
    version: { full: source.version },
  })
}

export async function checkpointzSlots({ source }: RouteRequest): Promise<Reply> {
  const checkpoints = await source.finalityCheckpoints({ kind: 'head' })
  const newest = checkpoints?.finalized.epoch ?? 0
  const epochs = Array.from({ length: LISTED_EPOCHS }, (_, i) => newest - i).filter((epoch) => epoch > 0)
  const slots = []
  for (const epoch of epochs) {
    const block = await blockOfEpoch(source, epoch)
    if (block === undefined) continue
    slots.push({
      slot: String(block.header.slot),
      block_root: hex(block.root),
      state_root: hex(block.header.stateRoot),
      epoch: String(epoch),
      time: { start_time: new Date(timeOfSlot(source.network, block.header.slot) * 1000).toISOString() },
    })
  }
  return jsonReply({ slots })
}

/** The block of an epoch's checkpoint: at its start or, where that slot has none, in the epoch before. */
async function blockOfEpoch(source: BeaconSource, epoch: number): Promise<SourceBlock | undefined> {
  const { slotsPerEpoch } = source.network.preset
  const boundary = epoch * slotsPerEpoch
  for (let slot = boundary; slot > boundary - slotsPerEpoch; slot--) {
    const block = await source.block({ kind: 'slot', slot })
    if (block !== undefined) return block
  }
  return undefined
}
