/**
 * Single light-client objects, each of a slot of its own choosing: blocks that nothing links but their proofs. What it
 * makes is valid unless a test asks otherwise. Whole chains: `server/devnet/light-client/`.
 */
import { BitArray } from '@chainsafe/ssz'
import { syncCommitteeDomain } from '../chain/beacon-config.ts'
import { periodAtSlot } from '../chain/beacon-preset.ts'
import type { Root } from '../chain/bytes.ts'
import { asRoot } from '../chain/bytes.ts'
import type { Network } from '../chain/network.ts'
import { loadHerumi } from '../consensus/bls.ts'
import type {
  LightClientBootstrap,
  LightClientHeader,
  LightClientUpdate,
} from '../consensus/containers/light-client-objects.ts'
import type { SyncCommittee } from '../consensus/containers/ssz-types.ts'
import { signingRoot } from '../consensus/containers/ssz-types.ts'
import type { ProvenState } from '../../server/devnet/light-client/beacon-parts.ts'
import { headerOf, payloadHash, rootOf, stateOf } from '../../server/devnet/light-client/beacon-parts.ts'
import { CommitteeKeys } from '../../server/devnet/light-client/committee-keys.ts'
import { fixtureNetwork } from './fixture-network.ts'

export interface UpdateOptions {
  readonly attestedSlot: number
  /** Default: the slot after the attested one. */
  readonly signatureSlot?: number
  /** Undefined: no finality part. */
  readonly finalizedSlot?: number | undefined
  /** Positions that did not sign. */
  readonly absent?: readonly number[]
  /** The committee that signs; default: that of the signature's period. */
  readonly signers?: number
  /** Default: with the committee of the next period; another one makes a valid update of a chain that forked there. */
  readonly teaches?: 'next' | 'nothing' | { readonly committeeOf: number }
}

/** Slots of a period with the minimal preset. */
export const PERIOD = 64

const zero = new Uint8Array(32)

export class LightClientFixture {
  private constructor(
    readonly network: Network,
    readonly keys: CommitteeKeys,
    private readonly seed: string,
  ) {}

  /**
   * @param network default: minimal preset, Electra from genesis
   * @param seed another one makes other blocks of the same slots, signed by the same committees
   */
  static async load(network: Network = fixtureNetwork(), seed = 'fixture'): Promise<LightClientFixture> {
    return new LightClientFixture(
      network,
      new CommitteeKeys(await loadHerumi(), network.preset.syncCommitteeSize),
      seed,
    )
  }

  /** Its last member is its first again, as happens on networks with few validators. */
  committee(period: number): SyncCommittee {
    return this.keys.committee(period)
  }

  /** Has the committee of a period carry this aggregate key, whatever its members' keys sum up to. */
  forgeAggregateKey(period: number, aggregatePubkey: Uint8Array): void {
    this.keys.forgeAggregateKey(period, aggregatePubkey)
  }

  bootstrap(slot: number): { readonly bootstrap: LightClientBootstrap; readonly root: Root } {
    const state = this.#state(slot, undefined)
    const header = this.#header(slot, state.root)
    return {
      bootstrap: {
        header,
        currentSyncCommittee: this.committee(periodAtSlot(this.network.preset, slot)),
        currentSyncCommitteeBranch: state.currentSyncCommitteeBranch,
      },
      root: asRoot(rootOf(header)),
    }
  }

  update(options: UpdateOptions): LightClientUpdate {
    const { attestedSlot, finalizedSlot, absent = [], teaches = 'next' } = options
    const { preset } = this.network
    const signatureSlot = options.signatureSlot ?? attestedSlot + 1
    const taught = typeof teaches === 'object' ? teaches.committeeOf : periodAtSlot(preset, attestedSlot) + 1
    const next = this.committee(taught)
    const finalized = finalizedSlot === undefined ? undefined : this.#header(finalizedSlot, zero)
    const state = this.#state(attestedSlot, finalized, next)
    const attestedHeader = this.#header(attestedSlot, state.root)
    const bits = Array.from({ length: preset.syncCommitteeSize }, (_, position) => !absent.includes(position))
    const syncCommitteeBits = BitArray.fromBoolArray(bits)
    const message = signingRoot(rootOf(attestedHeader), syncCommitteeDomain(this.network, signatureSlot))
    const signers = options.signers ?? periodAtSlot(preset, signatureSlot)
    return {
      attestedHeader,
      nextSyncCommittee: teaches === 'nothing' ? undefined : { committee: next, branch: state.nextSyncCommitteeBranch },
      finality: finalized && { header: finalized, branch: state.finalityBranch },
      syncAggregate: {
        syncCommitteeBits,
        syncCommitteeSignature: this.keys.sign(signers, syncCommitteeBits, message),
      },
      signatureSlot,
    }
  }

  #state(slot: number, finalized: LightClientHeader | undefined, next?: SyncCommittee): ProvenState {
    const period = periodAtSlot(this.network.preset, slot)
    return stateOf(this.network, this.seed, {
      slot,
      current: this.committee(period),
      next: next ?? this.committee(period + 1),
      finalizedRoot: finalized === undefined ? zero : rootOf(finalized),
    })
  }

  #header(slot: number, stateRoot: Uint8Array): LightClientHeader {
    const parentBlockHash = payloadHash(this.seed, slot - 1)
    return headerOf(this.network, this.seed, { slot, parentRoot: zero, stateRoot, parentBlockHash })
  }
}
