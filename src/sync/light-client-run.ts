/** One verification of light-client objects: from files or from the store, through the same protocol, to one plain report. */
import { bytesToHex } from '@ethereumjs/util'
import { asRoot, type Root } from '../chain/bytes.ts'
import { periodAtSlot } from '../chain/beacon-preset.ts'
import { DecodeError } from '../consensus/containers/decode-error.ts'
import {
  caught,
  decodeBootstrap,
  decodeUpdate,
  forkOfDigest,
  type DecodedUpdate,
} from '../consensus/containers/decode.ts'
import { encodeBootstrap, encodeUpdate } from '../consensus/containers/encode.ts'
import {
  participants,
  type LightClientBootstrap,
  type LightClientUpdate,
} from '../consensus/containers/light-client-objects.ts'
import { recognizeFile } from '../consensus/containers/recognize-file.ts'
import { BeaconBlockHeaderType } from '../consensus/containers/ssz-types.ts'
import {
  lightSync,
  type HeadOutcome,
  type LightSyncInput,
  type LightSyncResult,
  type UpdateReport,
} from '../consensus/light-sync.ts'
import { InvalidBootstrapError } from '../consensus/protocol/light-client-error.ts'
import type { LightClientContext } from '../consensus/protocol/light-client-store.ts'
import type { LightClientRecords } from './light-client-records.ts'

export interface LightClientFileBytes {
  readonly name: string
  readonly bytes: Uint8Array
}

export interface PlainUpdateRow {
  /** Undefined for what could not be decoded. */
  readonly period: number | undefined
  readonly participants: number
  readonly size: number
  /** Why not; undefined when accepted. */
  readonly rejected: string | undefined
}

export type PlainHead = {
  readonly slot: number
  readonly participants: number
  readonly size: number
  readonly rejected: string | undefined
}

export interface PlainLightClientReport {
  readonly bootstrap:
    | {
        readonly kind: 'verified'
        readonly slot: number
        readonly root: string
        readonly trust: 'given' | 'its own root'
      }
    | { readonly kind: 'rejected'; readonly reason: string }
  readonly updates: readonly PlainUpdateRow[]
  readonly finality: PlainHead | undefined
  readonly optimistic: PlainHead | undefined
  readonly finalizedSlot: number | undefined
  readonly optimisticSlot: number | undefined
  readonly unreadable: readonly { readonly name: string; readonly reason: string }[]
  readonly ms: { readonly init: number; readonly total: number }
  /** Why what was proven is not in the store; undefined when it is, or when nothing was. */
  readonly notKept?: string | undefined
}

export interface RunTimes {
  /** Milliseconds that loading the verifier took. */
  readonly init: number
  readonly begin: number
  readonly now: () => number
}

interface RunResult {
  readonly report: PlainLightClientReport
  /** What was proven, for keeping; undefined without a proven bootstrap. */
  readonly proven: LightClientRecords | undefined
}

interface Objects {
  bootstrap: LightClientBootstrap | undefined
  readonly updates: DecodedUpdate[]
  finality: LightClientUpdate | undefined
  optimistic: LightClientUpdate | undefined
  readonly unreadable: { name: string; reason: string }[]
}

export class LightClientRun {
  constructor(
    private readonly context: LightClientContext,
    private readonly times: RunTimes,
    private readonly onUpdate: (row: PlainUpdateRow) => void,
  ) {}

  verifyFiles(files: readonly LightClientFileBytes[], trustedRoot: Root | undefined): RunResult {
    return this.run(this.readFiles(files), trustedRoot)
  }

  /** Nothing of the records is believed for having been stored: other scripts of the origin can write there. */
  verifyKept(records: LightClientRecords, trustedRoot: Root | undefined): RunResult {
    const objects = noObjects()
    try {
      objects.bootstrap = this.keptBootstrap(records)
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      objects.unreadable.push({ name: 'the kept bootstrap', reason: error.message })
    }
    for (const { forkDigest, ssz, period } of records.updates) {
      const what = `kept update of period ${period}`
      const { network } = this.context
      objects.updates.push(
        caught(() => decodeUpdate(network, 'update', forkOfDigest(network, forkDigest, what), ssz, what)),
      )
    }
    return this.run(objects, trustedRoot)
  }

  private keptBootstrap({ bootstrap: { forkDigest, ssz } }: LightClientRecords): LightClientBootstrap {
    const { network } = this.context
    return decodeBootstrap(network, forkOfDigest(network, forkDigest, 'kept bootstrap'), ssz)
  }

  private readFiles(files: readonly LightClientFileBytes[]): Objects {
    const objects = noObjects()
    for (const { name, bytes } of files) {
      const file = recognizeFile(this.context.network, bytes)
      if (file.kind === 'bootstrap') takeEarlier(objects, name, file.bootstrap)
      else if (file.kind === 'updates') objects.updates.push(...file.updates)
      else if (file.kind === 'finalityUpdate') objects.finality = file.update
      else if (file.kind === 'optimisticUpdate') objects.optimistic = file.update
      else objects.unreadable.push({ name, reason: file.reason })
    }
    return { ...objects, updates: inOrder(objects.updates) }
  }

  private run(objects: Objects, trustedRoot: Root | undefined): RunResult {
    const { bootstrap, unreadable } = objects
    if (bootstrap === undefined) return this.rejected('there is no bootstrap to start from', unreadable)
    const root = rootOf(bootstrap)
    const input: LightSyncInput = {
      bootstrap,
      trustedBlockRoot: trustedRoot ?? root,
      updates: objects.updates,
      finalityUpdate: objects.finality,
      optimisticUpdate: objects.optimistic,
    }
    try {
      const result = lightSync(this.context, input, (report) => this.onUpdate(updateRow(report)))
      return { report: this.report(objects, result, root, trustedRoot), proven: this.proven(bootstrap, input, result) }
    } catch (error) {
      if (error instanceof InvalidBootstrapError) return this.rejected(error.message, unreadable)
      throw error
    }
  }

  private report(
    objects: Objects,
    { finalizedHeader, optimisticHeader, reports, finality, optimistic }: LightSyncResult,
    root: Root,
    trustedRoot: Root | undefined,
  ): PlainLightClientReport {
    const { slot } = objects.bootstrap!.header.beacon
    return {
      bootstrap: {
        kind: 'verified',
        slot,
        root: bytesToHex(root),
        trust: trustedRoot === undefined ? 'its own root' : 'given',
      },
      updates: reports.map(updateRow),
      finality: this.head(objects.finality, finality),
      optimistic: this.head(objects.optimistic, optimistic),
      finalizedSlot: finalizedHeader.beacon.slot,
      optimisticSlot: optimisticHeader.beacon.slot,
      unreadable: objects.unreadable,
      ms: this.elapsed(),
    }
  }

  private head(update: LightClientUpdate | undefined, outcome: HeadOutcome): PlainHead | undefined {
    if (update === undefined || outcome.kind === 'notGiven') return undefined
    return {
      slot: update.attestedHeader.beacon.slot,
      participants: participants(update),
      size: this.context.network.preset.syncCommitteeSize,
      rejected: outcome.kind === 'accepted' ? undefined : outcome.error.message,
    }
  }

  private proven(
    bootstrap: LightClientBootstrap,
    input: LightSyncInput,
    { reports }: LightSyncResult,
  ): LightClientRecords {
    const { network } = this.context
    const accepted = reports
      .filter(({ outcome }) => outcome.kind === 'accepted')
      .map(({ index }) => input.updates[index])
    return {
      bootstrap: { ...encodeBootstrap(network, bootstrap), trustedRoot: input.trustedBlockRoot },
      updates: accepted.flatMap((decoded) => {
        if (decoded?.kind !== 'update') return []
        const period = periodAtSlot(network.preset, decoded.update.attestedHeader.beacon.slot)
        return [{ period, ...encodeUpdate(network, decoded.update) }]
      }),
    }
  }

  private rejected(reason: string, unreadable: Objects['unreadable']): RunResult {
    const report: PlainLightClientReport = {
      bootstrap: { kind: 'rejected', reason },
      updates: [],
      finality: undefined,
      optimistic: undefined,
      finalizedSlot: undefined,
      optimisticSlot: undefined,
      unreadable,
      ms: this.elapsed(),
    }
    return { report, proven: undefined }
  }

  private elapsed() {
    const { init, begin, now } = this.times
    return { init, total: now() - begin }
  }
}

function noObjects(): Objects {
  return { bootstrap: undefined, updates: [], finality: undefined, optimistic: undefined, unreadable: [] }
}

/** Of several bootstraps the earliest starts the longest chain; the others are said to be unused. */
function takeEarlier(objects: Objects, name: string, bootstrap: LightClientBootstrap): void {
  const current = objects.bootstrap
  const { slot } = bootstrap.header.beacon
  if (current === undefined || slot < current.header.beacon.slot) objects.bootstrap = bootstrap
  if (current === undefined) return
  const used = Math.min(slot, current.header.beacon.slot)
  objects.unreadable.push({ name, reason: `there is more than one bootstrap; the earliest is used, of slot ${used}` })
}

/** Files come in any order; updates extend the chain period by period. What could not be decoded goes last. */
function inOrder(updates: readonly DecodedUpdate[]): DecodedUpdate[] {
  const slotOf = (decoded: DecodedUpdate) =>
    decoded.kind === 'update' ? decoded.update.attestedHeader.beacon.slot : Infinity
  return [...updates].sort((a, b) => slotOf(a) - slotOf(b))
}

function updateRow({ period, participants: count, size, outcome }: UpdateReport): PlainUpdateRow {
  return {
    period,
    participants: count,
    size,
    rejected: outcome.kind === 'accepted' ? undefined : outcome.error.message,
  }
}

function rootOf(bootstrap: LightClientBootstrap): Root {
  return asRoot(BeaconBlockHeaderType.hashTreeRoot(bootstrap.header.beacon))
}
