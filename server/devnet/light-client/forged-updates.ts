/** Updates that no client may follow, each false in one way, made from a true one. */
import { BitArray } from '@chainsafe/ssz'
import { syncCommitteeDomain } from '../../../src/chain/beacon-config.ts'
import { periodAtSlot } from '../../../src/chain/beacon-preset.ts'
import type { Network } from '../../../src/chain/network.ts'
import type { LightClientUpdate } from '../../../src/consensus/containers/light-client-objects.ts'
import { signingRoot } from '../../../src/consensus/containers/ssz-types.ts'
import { rootOf } from './beacon-parts.ts'
import type { CommitteeKeys, CommitteeName } from './committee-keys.ts'

export type Forgery =
  /** One bit of the signature turned. */
  | 'badSignature'
  /** All bits set for a signature of those who did sign. */
  | 'moreBits'
  /** Properly signed, by one member. Valid, and worth nothing. */
  | 'oneSigner'
  /** Signed by the next period's committee. */
  | 'otherSigners'
  /** Another next committee beside the branch of the true one. */
  | 'swappedCommittee'
  /** Signed for a network with another genesis. */
  | 'otherNetwork'
  /** Of a slot that is a period later than the signature says. */
  | 'laterSlot'

export const FORGERIES: readonly Forgery[] = [
  'badSignature',
  'moreBits',
  'oneSigner',
  'otherSigners',
  'swappedCommittee',
  'otherNetwork',
  'laterSlot',
]

/** What a forger works with; the names of the committees by period. */
export interface Forger {
  readonly network: Network
  readonly keys: CommitteeKeys
  readonly committee: (period: number) => CommitteeName
}

export function forgedUpdate(forger: Forger, update: LightClientUpdate, forgery: Forgery): LightClientUpdate {
  const { network, keys } = forger
  const { syncAggregate, signatureSlot } = update
  const bits = syncAggregate.syncCommitteeBits
  const period = periodAtSlot(network.preset, signatureSlot)
  switch (forgery) {
    case 'badSignature': {
      const signature = syncAggregate.syncCommitteeSignature.slice()
      signature[50] = (signature[50] ?? 0) ^ 1
      return { ...update, syncAggregate: { ...syncAggregate, syncCommitteeSignature: signature } }
    }
    case 'moreBits': {
      // One fewer where all have signed already.
      const all = Array.from({ length: bits.bitLen }, () => true)
      if (!bits.toBoolArray().includes(false)) all[0] = false
      return { ...update, syncAggregate: { ...syncAggregate, syncCommitteeBits: BitArray.fromBoolArray(all) } }
    }
    case 'oneSigner':
      return signed(forger, network, update, forger.committee(period), BitArray.fromSingleBit(bits.bitLen, 1))
    case 'otherSigners':
      return signed(forger, network, update, forger.committee(period + 1), bits)
    case 'swappedCommittee': {
      const { nextSyncCommittee } = update
      // Any but the true one: the committee two periods on, or for an update that teaches none, nothing to swap.
      const committee = keys.committee(forger.committee(period + 2))
      return { ...update, nextSyncCommittee: nextSyncCommittee && { ...nextSyncCommittee, committee } }
    }
    case 'otherNetwork': {
      const genesisValidatorsRoot = network.genesisValidatorsRoot.map(
        (byte) => byte ^ 0xff,
      ) as typeof network.genesisValidatorsRoot
      return signed(forger, { ...network, genesisValidatorsRoot }, update, forger.committee(period), bits)
    }
    case 'laterSlot': {
      const { slotsPerEpoch, epochsPerSyncCommitteePeriod } = network.preset
      return { ...update, signatureSlot: signatureSlot + slotsPerEpoch * epochsPerSyncCommitteePeriod }
    }
  }
}

function signed(
  { keys }: Forger,
  network: Network,
  update: LightClientUpdate,
  committee: CommitteeName,
  syncCommitteeBits: BitArray,
): LightClientUpdate {
  const message = signingRoot(rootOf(update.attestedHeader), syncCommitteeDomain(network, update.signatureSlot))
  const syncCommitteeSignature = keys.sign(committee, syncCommitteeBits, message)
  return { ...update, syncAggregate: { syncCommitteeBits, syncCommitteeSignature } }
}
