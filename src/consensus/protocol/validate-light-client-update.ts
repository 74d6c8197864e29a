/**
 * validate_light_client_update (consensus-specs, sync protocol), in its steps. Those that need no store are functions
 * of their own, because a committee chain asks them of updates by rules of its own.
 */
import { periodAtSlot } from '../../chain/beacon-preset.ts'
import type { Network } from '../../chain/network.ts'
import { findForkAtSlot, syncCommitteeDomain } from '../../chain/beacon-config.ts'
import type { LightClientUpdate } from '../containers/light-client-objects.ts'
import { isDefaultHeader, participants } from '../containers/light-client-objects.ts'
import type { SyncCommittee } from '../containers/ssz-types.ts'
import { BeaconBlockHeaderType, lightClientTypes, signingRoot } from '../containers/ssz-types.ts'
import type { SignatureClaim } from '../sync-committee-verifier.ts'
import { stateGindicesAtSlot } from './gindices.ts'
import { isValidLightClientHeader } from './is-valid-light-client-header.ts'
import { isValidNormalizedMerkleBranch } from './is-valid-merkle-branch.ts'
import { InvalidUpdateError } from './light-client-error.ts'
import type { LightClientContext, LightClientStore } from './light-client-store.ts'

const ZERO_ROOT = new Uint8Array(32)

/** @throws {InvalidUpdateError} that says which rule is broken */
export function validateLightClientUpdate(
  context: LightClientContext,
  store: LightClientStore,
  update: LightClientUpdate,
): void {
  const { network } = context
  const { preset } = network
  requireSigners(network, update, preset.minSyncCommitteeParticipants)
  validateSlots(update, context.currentSlot)

  const storePeriod = periodAtSlot(preset, store.finalizedHeader.beacon.slot)
  const signaturePeriod = periodAtSlot(preset, update.signatureSlot)
  const expected = store.nextSyncCommittee === undefined ? [storePeriod] : [storePeriod, storePeriod + 1]
  if (!expected.includes(signaturePeriod)) {
    throw new InvalidUpdateError({ code: 'wrongPeriod', period: signaturePeriod, expected })
  }
  const attestedSlot = update.attestedHeader.beacon.slot
  const attestedPeriod = periodAtSlot(preset, attestedSlot)
  const teachesCommittee =
    store.nextSyncCommittee === undefined && update.nextSyncCommittee !== undefined && attestedPeriod === storePeriod
  if (attestedSlot <= store.finalizedHeader.beacon.slot && !teachesCommittee) {
    const finalizedSlot = store.finalizedHeader.beacon.slot
    throw new InvalidUpdateError({ code: 'nothingNew', attestedSlot, finalizedSlot })
  }

  validateUpdateProofs(network, update)
  if (
    update.nextSyncCommittee !== undefined &&
    attestedPeriod === storePeriod &&
    store.nextSyncCommittee !== undefined
  ) {
    const { syncCommittee } = lightClientTypes(preset)
    if (!syncCommittee.equals(update.nextSyncCommittee.committee, store.nextSyncCommittee)) {
      throw new InvalidUpdateError({ code: 'otherCommittee', period: storePeriod + 1 })
    }
  }
  const signers = signaturePeriod === storePeriod ? store.currentSyncCommittee : store.nextSyncCommittee
  if (signers === undefined) throw new InvalidUpdateError({ code: 'wrongPeriod', period: signaturePeriod, expected })
  validateSignature(context, signers, update)
}

/** At least `needed` members signed. @throws {InvalidUpdateError} */
export function requireSigners({ preset }: Network, update: LightClientUpdate, needed: number): void {
  const signers = participants(update)
  if (signers < needed) {
    throw new InvalidUpdateError({ code: 'tooFewSigners', signers, needed, size: preset.syncCommitteeSize })
  }
}

/** current_slot >= signature_slot > attested slot >= finalized slot. @throws {InvalidUpdateError} */
export function validateSlots(update: LightClientUpdate, currentSlot: number): void {
  const { signatureSlot } = update
  const attestedSlot = update.attestedHeader.beacon.slot
  const finalizedSlot = update.finality?.header.beacon.slot ?? 0
  if (signatureSlot > currentSlot) throw new InvalidUpdateError({ code: 'futureSlot', signatureSlot, currentSlot })
  if (signatureSlot <= attestedSlot || attestedSlot < finalizedSlot) {
    throw new InvalidUpdateError({ code: 'slotOrder', signatureSlot, attestedSlot, finalizedSlot })
  }
}

/** Every part the update claims is proven by its attested header. @throws {InvalidUpdateError} */
export function validateUpdateProofs(network: Network, update: LightClientUpdate): void {
  const { attestedHeader, finality, nextSyncCommittee } = update
  requireKnownFork(network, attestedHeader.beacon.slot)
  if (!isValidLightClientHeader(network, attestedHeader)) throw badBranch('execution of the attested header')
  const { slot, stateRoot } = attestedHeader.beacon
  const gindices = stateGindicesAtSlot(network, slot)

  if (finality !== undefined) {
    const leaf = finalizedLeaf(network, finality.header)
    if (!isValidNormalizedMerkleBranch(leaf, finality.branch, gindices.finalizedRoot, stateRoot)) {
      throw badBranch('finality')
    }
  }
  if (nextSyncCommittee !== undefined) {
    const leaf = lightClientTypes(network.preset).syncCommittee.hashTreeRoot(nextSyncCommittee.committee)
    if (!isValidNormalizedMerkleBranch(leaf, nextSyncCommittee.branch, gindices.nextSyncCommittee, stateRoot)) {
      throw badBranch('next sync committee')
    }
  }
}

function requireKnownFork(network: Network, slot: number): void {
  if (findForkAtSlot(network, slot) === undefined) throw new InvalidUpdateError({ code: 'beforeFirstFork', slot })
}

/** A chain that has finalized only its genesis has the zero root in its checkpoint. */
function finalizedLeaf(network: Network, header: NonNullable<LightClientUpdate['finality']>['header']): Uint8Array {
  if (header.beacon.slot === 0) {
    if (!isDefaultHeader(header)) throw new InvalidUpdateError({ code: 'genesisNotDefault' })
    return ZERO_ROOT
  }
  if (!isValidLightClientHeader(network, header)) throw badBranch('execution of the finalized header')
  return BeaconBlockHeaderType.hashTreeRoot(header.beacon)
}

/** The members whose bits are set signed the attested header. @throws {InvalidUpdateError} */
export function validateSignature(
  { network, verifier }: Pick<LightClientContext, 'network' | 'verifier'>,
  committee: SyncCommittee,
  update: LightClientUpdate,
): void {
  const { bits, message, signature } = signatureClaim(network, committee, update)
  const verdict = verifier.verify(committee, bits, message, signature)
  if (verdict.kind === 'valid') return
  const { signatureSlot } = update
  throw new InvalidUpdateError({ code: 'badSignature', why: verdict.why, signers: participants(update), signatureSlot })
}

/** What {@link validateSignature} checks. */
export function signatureClaim(
  network: Network,
  committee: SyncCommittee,
  { syncAggregate, attestedHeader, signatureSlot }: LightClientUpdate,
): SignatureClaim {
  const root = BeaconBlockHeaderType.hashTreeRoot(attestedHeader.beacon)
  const message = signingRoot(root, syncCommitteeDomain(network, signatureSlot))
  const { syncCommitteeBits: bits, syncCommitteeSignature: signature } = syncAggregate
  return { committee, bits, message, signature }
}

const badBranch = (branch: Extract<InvalidUpdateError['fault'], { code: 'badBranch' }>['branch']) =>
  new InvalidUpdateError({ code: 'badBranch', branch })
