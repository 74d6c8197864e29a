/** One link of a committee chain: an update that the committee of a period signed and that proves the next committee. */
import { periodAtSlot } from '../chain/beacon-preset.ts'
import type { Network } from '../chain/network.ts'
import type { UpdateRecord } from './committee-chain-storage.ts'
import { decodeUpdate, forkOfDigest } from './containers/decode.ts'
import { EncodeError, encodeUpdate } from './containers/encode.ts'
import type { LightClientUpdate } from './containers/light-client-objects.ts'
import type { SyncCommittee } from './containers/ssz-types.ts'
import { stateGindicesAtSlot } from './protocol/gindices.ts'
import { InvalidUpdateError } from './protocol/light-client-error.ts'
import type { LightClientContext } from './protocol/light-client-store.ts'
import {
  requireSigners,
  validateSignature,
  validateSlots,
  validateUpdateProofs,
} from './protocol/validate-light-client-update.ts'
import type { UpdateScore } from './update-score.ts'
import { scoreOf } from './update-score.ts'

/** Kept in serialized form: a decoded committee is ten times as large, and most are never asked for again. */
export interface CommitteeLink {
  readonly record: UpdateRecord
  readonly score: UpdateScore
  /** Undefined where the update finalizes nothing. */
  readonly finalizedSlot: number | undefined
}

/** An update that can teach a committee. */
export interface TeachingUpdate extends LightClientUpdate {
  readonly nextSyncCommittee: NonNullable<LightClientUpdate['nextSyncCommittee']>
}

/**
 * What can be said of an update before its signature: enough signers, slots in order, a committee inside, signed within
 * its own period.
 * @returns the update and the period of its signers
 * @throws {InvalidUpdateError}
 */
export function requireTeaching(
  { network, currentSlot }: LightClientContext,
  update: LightClientUpdate,
  leastSigners: number,
): { readonly update: TeachingUpdate; readonly period: number } {
  requireSigners(network, update, leastSigners)
  validateSlots(update, currentSlot)
  const { nextSyncCommittee } = update
  if (nextSyncCommittee === undefined) {
    throw new InvalidUpdateError({ code: 'missingPart', part: 'next sync committee' })
  }
  const period = periodAtSlot(network.preset, update.attestedHeader.beacon.slot)
  // A committee signs for the last slot of the period before its own; what that state calls next is itself.
  const signaturePeriod = periodAtSlot(network.preset, update.signatureSlot)
  if (signaturePeriod !== period) {
    throw new InvalidUpdateError({ code: 'wrongPeriod', period: signaturePeriod, expected: [period] })
  }
  return { update: { ...update, nextSyncCommittee }, period }
}

/** Proves the update under the committee of its period. @throws {InvalidUpdateError} */
export function provenLink(context: LightClientContext, committee: SyncCommittee, update: TeachingUpdate) {
  const { network } = context
  validateUpdateProofs(network, update)
  validateSignature(context, committee, update)
  const period = periodAtSlot(network.preset, update.attestedHeader.beacon.slot)
  const link: CommitteeLink = {
    record: recordOf(network, period, update),
    score: scoreOf(network.preset, update),
    finalizedSlot: update.finality?.header.beacon.slot,
  }
  return link
}

/** @throws {DecodeError} */
export function updateOfRecord(network: Network, { period, forkDigest, ssz }: UpdateRecord): LightClientUpdate {
  const what = `kept update of period ${period}`
  return decodeUpdate(network, 'update', forkOfDigest(network, forkDigest, what), ssz, what)
}

/** @throws {InvalidUpdateError} for headers that a later fork's container cut down to their block hash: they cannot be kept or served */
function recordOf(network: Network, period: number, update: TeachingUpdate): UpdateRecord {
  try {
    return { period, ...encodeUpdate(network, inOwnForm(network, update)) }
  } catch (error) {
    if (!(error instanceof EncodeError)) throw error
    throw new InvalidUpdateError({ code: 'missingPart', part: 'execution header' })
  }
}

/** An update may have come in the container of a later fork, whose branches begin with zero nodes; its own has no place for them. */
function inOwnForm(network: Network, update: TeachingUpdate): LightClientUpdate {
  const gindices = stateGindicesAtSlot(network, update.attestedHeader.beacon.slot)
  const { nextSyncCommittee: next, finality } = update
  return {
    ...update,
    nextSyncCommittee: { ...next, branch: lastNodes(next.branch, gindices.nextSyncCommittee) },
    finality: finality && { ...finality, branch: lastNodes(finality.branch, gindices.finalizedRoot) },
  }
}

const lastNodes = (branch: readonly Uint8Array[], gindex: number): readonly Uint8Array[] =>
  branch.slice(-Math.floor(Math.log2(gindex)))
