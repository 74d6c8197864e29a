/** What committee chain tests share: updates made once, signatures looked up instead of paired, a storage in memory. */
import { bytesToHex } from '@ethereumjs/util'
import type {
  CheckpointRecord,
  CommitteeChainStorage,
  ConflictRecord,
  StoredCommitteeChain,
  UpdateRecord,
} from '../consensus/committee-chain-storage.ts'
import type { LightClientUpdate } from '../consensus/containers/light-client-objects.ts'
import type { SyncCommitteeVerifier } from '../consensus/sync-committee-verifier.ts'
import { LightClientFixture, PERIOD } from './light-client-fixture.ts'

export interface Sketch {
  readonly period: number
  /** Name of the committee that signs; default: its period. */
  readonly signer?: number
  /** Name of the committee that is proven; default: the next period. */
  readonly teaches?: number
  /** Of 32; default: all. */
  readonly signers?: number
  /** Default: in the same period. */
  readonly finality?: 'none' | 'ofSamePeriod'
}

/** Updates and a verifier that knows who signed each of them, so that a property costs no pairing. */
export class UpdatePool {
  readonly verifier: SyncCommitteeVerifier
  readonly #made = new Map<string, LightClientUpdate>()
  readonly #signerKeys = new Map<string, string>()

  private constructor(readonly fixture: LightClientFixture) {
    this.verifier = {
      verify: (committee, _bits, _message, signature) =>
        this.#signerKeys.get(bytesToHex(signature)) === bytesToHex(committee.aggregatePubkey)
          ? { kind: 'valid' }
          : { kind: 'invalid', why: 'signed by others' },
      anticipate: () => undefined,
      isAggregateSound: () => true,
    }
  }

  static async load(): Promise<UpdatePool> {
    return new UpdatePool(await LightClientFixture.load())
  }

  update({ period, signer = period, teaches = period + 1, signers = 32, finality = 'ofSamePeriod' }: Sketch) {
    const key = JSON.stringify([period, signer, teaches, signers, finality])
    const known = this.#made.get(key)
    if (known !== undefined) return known
    const made = this.fixture.update({
      attestedSlot: period * PERIOD + 30,
      finalizedSlot: finality === 'none' ? undefined : period * PERIOD + 16,
      absent: Array.from({ length: 32 - signers }, (_, position) => position),
      signers: signer,
      teaches: { committeeOf: teaches },
    })
    this.#made.set(key, made)
    const { syncCommitteeSignature } = made.syncAggregate
    this.#signerKeys.set(bytesToHex(syncCommitteeSignature), this.committeeKey(signer))
    return made
  }

  /** Tells committees apart. */
  committeeKey(name: number): string {
    return bytesToHex(this.fixture.committee(name).aggregatePubkey)
  }
}

/** Keeps what it is told, as a database would. */
export class MemoryStorage implements CommitteeChainStorage {
  checkpoint: CheckpointRecord | undefined
  readonly updates = new Map<number, UpdateRecord>()
  conflict: ConflictRecord | undefined

  load(): Promise<StoredCommitteeChain | undefined> {
    const { checkpoint, conflict } = this
    if (checkpoint === undefined) return Promise.resolve(undefined)
    return Promise.resolve({ checkpoint, updates: [...this.updates.values()], conflict })
  }

  putCheckpoint(record: CheckpointRecord): void {
    this.checkpoint = record
    this.updates.clear()
    this.conflict = undefined
  }

  putUpdate(record: UpdateRecord): void {
    this.updates.set(record.period, record)
  }

  deleteUpdatesFrom(period: number): void {
    for (const kept of [...this.updates.keys()]) if (kept >= period) this.updates.delete(kept)
  }

  putConflict(record: ConflictRecord): void {
    this.conflict = record
  }
}
