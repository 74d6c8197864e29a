/**
 * The light client's chain as a value: committees proven period after period from a bootstrap, and the heads their
 * members signed. Unlike the specification's store it takes nothing without a supermajority and never guesses: an
 * update either extends the committees by its own period or is refused.
 *
 * Always: `committee` is of `period` and proven; `previousCommittee` is of the period before, or undefined right after
 * the bootstrap; the slots of both headers never go back.
 */
import type { Root } from '../chain/bytes.ts'
import { periodAtSlot } from '../chain/beacon-preset.ts'
import type { Network } from '../chain/network.ts'
import type { LightClientBootstrap, LightClientHeader, LightClientUpdate } from './containers/light-client-objects.ts'
import type { SyncCommittee } from './containers/ssz-types.ts'
import { validateBootstrap } from './protocol/initialize-light-client-store.ts'
import { InvalidUpdateError } from './protocol/light-client-error.ts'
import type { LightClientContext } from './protocol/light-client-store.ts'
import {
  requireSigners,
  validateSignature,
  validateSlots,
  validateUpdateProofs,
} from './protocol/validate-light-client-update.ts'

export interface LightChain {
  /** Of {@link committee}, the newest one proven. */
  readonly period: number
  readonly committee: SyncCommittee
  readonly previousCommittee: SyncCommittee | undefined
  readonly finalizedHeader: LightClientHeader
  readonly optimisticHeader: LightClientHeader
}

/** @throws {InvalidBootstrapError} */
export function startLightChain(network: Network, trustedBlockRoot: Root, bootstrap: LightClientBootstrap): LightChain {
  validateBootstrap(network, trustedBlockRoot, bootstrap)
  return {
    period: periodAtSlot(network.preset, bootstrap.header.beacon.slot),
    committee: bootstrap.currentSyncCommittee,
    previousCommittee: undefined,
    finalizedHeader: bootstrap.header,
    optimisticHeader: bootstrap.header,
  }
}

/**
 * Learns the next committee from an update that the newest known one signed within its own period.
 * @throws {InvalidUpdateError} and the chain stays as it was
 */
export function extendLightChain(
  context: LightClientContext,
  chain: LightChain,
  update: LightClientUpdate,
): LightChain {
  const { network } = context
  requireSigners(network, update, supermajority(network))
  validateSlots(update, context.currentSlot)
  if (update.nextSyncCommittee === undefined) {
    throw new InvalidUpdateError({ code: 'missingPart', part: 'next sync committee' })
  }
  // Both, because a committee signs for the last slots of the period before its own.
  for (const slot of [update.signatureSlot, update.attestedHeader.beacon.slot])
    requirePeriod(network, slot, [chain.period])
  validateUpdateProofs(network, update)
  validateSignature(context, chain.committee, update)
  return {
    ...withHeads(chain, update),
    period: chain.period + 1,
    committee: update.nextSyncCommittee.committee,
    previousCommittee: chain.committee,
  }
}

/**
 * Takes the heads of a finality or optimistic update that a known committee signed.
 * @throws {InvalidUpdateError} and the chain stays as it was
 */
export function followLightChain(
  context: LightClientContext,
  chain: LightChain,
  update: LightClientUpdate,
): LightChain {
  const { network, verifier } = context
  requireSigners(network, update, supermajority(network))
  validateSlots(update, context.currentSlot)
  const period = periodAtSlot(network.preset, update.signatureSlot)
  const committee = period === chain.period ? chain.committee : chain.previousCommittee
  const known = chain.previousCommittee === undefined ? [chain.period] : [chain.period - 1, chain.period]
  requirePeriod(network, update.signatureSlot, known)
  if (committee === undefined) throw new InvalidUpdateError({ code: 'wrongPeriod', period, expected: known })
  validateUpdateProofs(network, update)
  validateSignature(context, committee, update)
  if (!verifier.isAggregateSound(committee)) throw new InvalidUpdateError({ code: 'wrongAggregateKey', period })
  return withHeads(chain, update)
}

/** Signers without whom nothing is believed: two thirds of the committee, rounded up. */
const supermajority = ({ preset }: Network): number => Math.ceil((preset.syncCommitteeSize * 2) / 3)

function requirePeriod({ preset }: Network, slot: number, expected: readonly number[]): void {
  const period = periodAtSlot(preset, slot)
  if (!expected.includes(period)) throw new InvalidUpdateError({ code: 'wrongPeriod', period, expected })
}

function withHeads(chain: LightChain, { attestedHeader, finality }: LightClientUpdate): LightChain {
  return {
    ...chain,
    finalizedHeader: finality === undefined ? chain.finalizedHeader : later(finality.header, chain.finalizedHeader),
    optimisticHeader: later(attestedHeader, chain.optimisticHeader),
  }
}

const later = (candidate: LightClientHeader, known: LightClientHeader): LightClientHeader =>
  candidate.beacon.slot > known.beacon.slot ? candidate : known
