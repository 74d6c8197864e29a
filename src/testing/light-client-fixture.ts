/**
 * A small beacon chain that exists only as far as light clients look: committees with known keys, states that hold the
 * proven parts and nothing else. Minimal preset, Electra from genesis. What it makes is valid unless a test asks otherwise.
 */
import { BitArray, hash64 } from '@chainsafe/ssz'
import { setLengthLeft } from '@ethereumjs/util'
import { syncCommitteeDomain } from '../chain/beacon-config.ts'
import { periodAtSlot } from '../chain/beacon-preset.ts'
import type { Root } from '../chain/bytes.ts'
import { asRoot } from '../chain/bytes.ts'
import type { Network } from '../chain/network.ts'
import { parseNetworkFile } from '../chain/network.ts'
import type { HerumiBls } from '../consensus/bls.ts'
import { loadHerumi } from '../consensus/bls.ts'
import type {
  LightClientBootstrap,
  LightClientHeader,
  LightClientUpdate,
} from '../consensus/containers/light-client-objects.ts'
import type { SyncCommittee } from '../consensus/containers/ssz-types.ts'
import {
  BeaconBlockHeaderType,
  DenebExecutionHeaderType,
  lightClientTypes,
  signingRoot,
} from '../consensus/containers/ssz-types.ts'

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
  /** Default: with the committee of the next period. */
  readonly teaches?: 'next' | 'nothing'
}

/** Slots of a period with the minimal preset. */
export const PERIOD = 64

const SIZE = 32
const zero = new Uint8Array(32)

export class LightClientFixture {
  readonly network: Network = parseNetworkFile({
    name: 'fixture',
    chainId: 1337,
    preset: 'minimal',
    slotSeconds: 6,
    genesisTime: 0,
    genesisValidatorsRoot: `0x${'42'.repeat(32)}`,
    forks: [{ name: 'electra', epoch: 0, version: '0x05000001' }],
    blobSchedule: [],
    weakSubjectivityEpochs: null,
    execution: { chainId: 1337, terminalTotalDifficulty: 0, shanghaiTime: 0, cancunTime: 0, pragueTime: 0 },
    checkpoint: null,
    servers: [],
  })
  readonly #committees = new Map<number, SyncCommittee>()
  readonly #herumi: HerumiBls

  private constructor(herumi: HerumiBls) {
    this.#herumi = herumi
  }

  static async load(): Promise<LightClientFixture> {
    return new LightClientFixture(await loadHerumi())
  }

  /** Its last member is its first again, as happens on networks with few validators. */
  committee(period: number): SyncCommittee {
    const known = this.#committees.get(period)
    if (known !== undefined) return known
    const sum = new this.#herumi.PublicKey()
    const pubkeys = Array.from({ length: SIZE }, (_, position) => {
      const key = this.#secretKey(period, position).getPublicKey()
      sum.add(key)
      return key.serialize()
    })
    const committee = { pubkeys, aggregatePubkey: sum.serialize() }
    this.#committees.set(period, committee)
    return committee
  }

  /** Has the committee of a period carry this aggregate key, whatever its members' keys sum up to. */
  forgeAggregateKey(period: number, aggregatePubkey: Uint8Array): void {
    this.#committees.set(period, { ...this.committee(period), aggregatePubkey })
  }

  bootstrap(slot: number): { readonly bootstrap: LightClientBootstrap; readonly root: Root } {
    const period = periodAtSlot(this.network.preset, slot)
    const state = this.#state(period, undefined)
    const header = headerOf(slot, state.root)
    return {
      bootstrap: {
        header,
        currentSyncCommittee: this.committee(period),
        currentSyncCommitteeBranch: state.branch(86),
      },
      root: asRoot(BeaconBlockHeaderType.hashTreeRoot(header.beacon)),
    }
  }

  update(options: UpdateOptions): LightClientUpdate {
    const { attestedSlot, finalizedSlot, absent = [], teaches = 'next' } = options
    const { preset } = this.network
    const signatureSlot = options.signatureSlot ?? attestedSlot + 1
    const period = periodAtSlot(preset, attestedSlot)
    const finalized = finalizedSlot === undefined ? undefined : headerOf(finalizedSlot, zero)
    const state = this.#state(period, finalized)
    const attestedHeader = headerOf(attestedSlot, state.root)
    const bits = BitArray.fromBoolArray(Array.from({ length: SIZE }, (_, position) => !absent.includes(position)))
    const message = signingRoot(
      BeaconBlockHeaderType.hashTreeRoot(attestedHeader.beacon),
      syncCommitteeDomain(this.network, signatureSlot),
    )
    return {
      attestedHeader,
      nextSyncCommittee:
        teaches === 'next' ? { committee: this.committee(period + 1), branch: state.branch(87) } : undefined,
      finality: finalized && { header: finalized, branch: state.branch(169) },
      syncAggregate: {
        syncCommitteeBits: bits,
        syncCommitteeSignature: this.#sign(options.signers ?? periodAtSlot(preset, signatureSlot), bits, message),
      },
      signatureSlot,
    }
  }

  #sign(period: number, bits: BitArray, message: Uint8Array): Uint8Array {
    // The signature of the sum of the keys is the sum of their signatures.
    const sum = new this.#herumi.SecretKey()
    for (const position of bits.getTrueBitIndexes()) sum.add(this.#secretKey(period, position))
    return sum.sign(message).serialize()
  }

  #secretKey(period: number, position: number) {
    const key = new this.#herumi.SecretKey()
    const number = period * SIZE + (position === SIZE - 1 ? 0 : position) + 1
    key.deserialize(setLengthLeft(Uint8Array.of(number >> 8, number & 0xff), 32))
    return key
  }

  #state(period: number, finalized: LightClientHeader | undefined): SparseTree {
    const { syncCommittee } = lightClientTypes(this.network.preset)
    return new SparseTree(
      new Map([
        [86, syncCommittee.hashTreeRoot(this.committee(period))],
        [87, syncCommittee.hashTreeRoot(this.committee(period + 1))],
        [169, finalized === undefined ? zero : BeaconBlockHeaderType.hashTreeRoot(finalized.beacon)],
      ]),
    )
  }
}

/** Nodes by generalized index, down to depth 7 (finality); all others are zero. */
class SparseTree {
  constructor(private readonly nodes: ReadonlyMap<number, Uint8Array>) {}

  get root(): Uint8Array {
    return this.#node(1)
  }

  branch(gindex: number): Uint8Array[] {
    const branch: Uint8Array[] = []
    for (let at = gindex; at > 1; at = Math.floor(at / 2)) branch.push(this.#node(at ^ 1))
    return branch
  }

  #node(gindex: number): Uint8Array {
    const known = this.nodes.get(gindex)
    if (known !== undefined) return known
    return gindex >= 128 ? zero : hash64(this.#node(2 * gindex), this.#node(2 * gindex + 1))
  }
}

function headerOf(slot: number, stateRoot: Uint8Array): LightClientHeader {
  const header = { ...DenebExecutionHeaderType.defaultValue(), blockNumber: slot, timestamp: slot * 6 }
  const leaf = DenebExecutionHeaderType.hashTreeRoot(header)
  const body = new SparseTree(new Map([[25, leaf]]))
  return {
    beacon: { slot, proposerIndex: 1, parentRoot: zero, stateRoot, bodyRoot: body.root },
    execution: { kind: 'deneb', header, branch: body.branch(25) },
  }
}
