/** What the light client is doing, as plain data for the page and the command line. */
import { bytesToHex, type PrefixedHexString } from '@ethereumjs/util'
import { timeOfSlot } from '../../chain/beacon-config.ts'
import type { Hash } from '../../chain/bytes.ts'
import type { Network } from '../../chain/network.ts'
import type { LightClientHeader, ProvenExecution } from '../../consensus/containers/light-client-objects.ts'
import { executionBlockHash } from '../../consensus/containers/light-client-objects.ts'
import { BeaconBlockHeaderType } from '../../consensus/containers/ssz-types.ts'
import type { ValidatedHead } from '../../consensus/head-validator.ts'
import type { CheckpointDecision, CheckpointTrust } from '../checkpoint/decide.ts'
import type { ServerHandle } from '../environment.ts'
import { checkpointHope, type CheckpointHope } from './checkpoint-hope.ts'
import { TOLERATED_SKEW_MS } from './clock-watch.ts'
import type { Dispute, LightClientState, SourcedHead } from './light-client-state.ts'
import type { ServerView } from './server-views.ts'

export interface LightClientStatus {
  readonly stage: LightClientStage
  readonly currentSlot: number
  /** Seconds since 1970. */
  readonly genesisTime: number
  readonly slotSeconds: number
  readonly checkpoint:
    { readonly root: PrefixedHexString; readonly slot: number; readonly by: CheckpointTrust } | undefined
  /** What was passed over for it: a root that was at hand and is of no use, sources that say otherwise. */
  readonly checkpointNotes: readonly string[]
  readonly committees: { readonly first: number; readonly period: number; readonly target: number } | undefined
  readonly finalized: FollowedHead | undefined
  readonly optimistic: FollowedHead | undefined
  readonly announced:
    { readonly slot: number; readonly blockRoot: PrefixedHexString; readonly servers: number } | undefined
  readonly clockSkewMs: number | undefined
  readonly servers: readonly ServerStatus[]
  /** A fault of this program that it went on after; the newest. */
  readonly defect: string | undefined
}

export type LightClientStage =
  /** `hope` that waiting helps, where there is reason to doubt it. */
  | { readonly kind: 'checkpoint'; readonly problem: string | undefined; readonly hope?: CheckpointHope }
  | { readonly kind: 'committees' }
  | { readonly kind: 'awaiting-head' }
  | { readonly kind: 'following' }
  | { readonly kind: 'stale'; readonly ageSeconds: number }
  /** The clock was set back: by it the newest head is signed in a slot that begins in so many seconds. */
  | { readonly kind: 'clock-behind'; readonly seconds: number }
  | { readonly kind: 'disputed'; readonly what: string }

export interface FollowedHead {
  readonly slot: number
  readonly blockRoot: PrefixedHexString
  readonly execution: { readonly hash: PrefixedHexString; readonly number: number | undefined } | undefined
  readonly signers: number
  readonly committeeSize: number
  readonly server: string
}

export interface ServerStatus {
  readonly name: string
  /** What it is asked as: one address may be both. */
  readonly kind: 'beacon' | 'execution'
  readonly availability: number
  readonly verification: number
  readonly announcedSlot: number | undefined
  readonly validSlot: number | undefined
  readonly lastError: string | undefined
}

/** What it is put together from. */
export interface StatusSources {
  readonly state: LightClientState
  /** ms since 1970. */
  readonly now: number
  readonly servers: readonly { readonly server: ServerHandle; readonly view: ServerView }[]
  readonly checkpoint: {
    readonly decision: CheckpointDecision | undefined
    /** Of the chain that has begun. */
    readonly trust: CheckpointTrust | undefined
    /** Why there is no chain yet. */
    readonly problem: Error | undefined
  }
  /** The period that servers have reached, as far as they say. */
  readonly targetPeriod: number | undefined
  readonly clockSkewMs: number | undefined
  /** Number of an execution block whose header is known. */
  readonly executionNumber: (blockHash: Hash) => number | undefined
  readonly defect: string | undefined
}

/**
 * Seconds after which a head is stale, beyond one slot: the optimistic head is a slot and a third old when it arrives, and
 * four missed slots in a row happen about once a month on mainnet.
 */
const STALE_AFTER_SECONDS = 60

export function lightClientStatus(sources: StatusSources): LightClientStatus {
  const { state } = sources
  const { network, chain, optimistic, finality } = state
  const { announced } = state
  const target = Math.max(sources.targetPeriod ?? 0, chain?.period ?? 0)
  const by = sources.checkpoint.trust
  const { checkpoint } = chain ?? {}
  return {
    stage: stageOf(sources),
    currentSlot: state.currentSlot(),
    genesisTime: network.genesisTime,
    slotSeconds: network.slotSeconds,
    checkpointNotes: notesOn(sources.checkpoint.decision),
    checkpoint: checkpoint && by && { root: bytesToHex(checkpoint.blockRoot), slot: checkpoint.header.beacon.slot, by },
    committees: chain && { first: chain.checkpoint.period, period: chain.period, target },
    finalized: finality && headStatus(sources, finality, finality.head.finalizedHeader),
    optimistic: optimistic && headStatus(sources, optimistic, optimistic.head.attestedHeader),
    announced: announced && {
      slot: announced.slot,
      blockRoot: bytesToHex(announced.blockRoot),
      servers: state.announcersOf(announced).length,
    },
    clockSkewMs: sources.clockSkewMs,
    servers: sources.servers.map(serverStatus),
    defect: sources.defect,
  }
}

/** Seconds since the slot of a head began. */
export function headAgeSeconds(network: Network, slot: number, now: number): number {
  return now / 1000 - timeOfSlot(network, slot)
}

function serverStatus({ server, view }: StatusSources['servers'][number]): ServerStatus {
  const { name, capabilities, quality, lastError } = server
  const { announcedSlot, validSlot, problem } = view
  const kind = 'execution-headers' in capabilities ? 'execution' : 'beacon'
  return { name, kind, ...quality, announcedSlot, validSlot, lastError: (lastError ?? problem)?.message }
}

function notesOn(decision: CheckpointDecision | undefined): readonly string[] {
  if (decision === undefined) return []
  const passedOver = decision.passedOver.map(
    ({ by, error }) => `the ${by} checkpoint was passed over: ${error.message}`,
  )
  const { dissenting = [], unheard = [] } = (decision.kind === 'trusted' ? decision.sources : undefined) ?? {}
  return [
    ...passedOver,
    ...dissenting.map((source) => `${source} names another checkpoint than most sources`),
    ...unheard.map((source) => `${source} was not heard on it: it failed, was late, or knows only other epochs`),
  ]
}

function stageOf({ state, now, checkpoint, targetPeriod }: StatusSources): LightClientStage {
  const { network, chain, optimistic, dispute } = state
  if (dispute !== undefined) return { kind: 'disputed', what: describeDispute(dispute) }
  if (chain === undefined) {
    const hope = checkpointHope(checkpoint.problem)
    return { kind: 'checkpoint', problem: checkpoint.problem?.message, ...(hope !== undefined && { hope }) }
  }
  if (optimistic === undefined)
    return { kind: chain.period < (targetPeriod ?? Infinity) ? 'committees' : 'awaiting-head' }
  // Nothing newer can be proven until then, and how old the head is nobody knows.
  const ahead = -headAgeSeconds(network, optimistic.head.signatureSlot, now)
  if (ahead * 1000 > TOLERATED_SKEW_MS) return { kind: 'clock-behind', seconds: Math.ceil(ahead) }
  const ageSeconds = headAgeSeconds(network, optimistic.head.attestedHeader.beacon.slot, now)
  if (ageSeconds > network.slotSeconds + STALE_AFTER_SECONDS)
    return { kind: 'stale', ageSeconds: Math.floor(ageSeconds) }
  return { kind: 'following' }
}

function describeDispute(dispute: Dispute): string {
  if (dispute.kind === 'committees') {
    const { period } = dispute.conflict.known
    return `two thirds of the sync committee of period ${period} signed two different committees for period ${period + 1}; both are kept as evidence`
  }
  const { slot } = dispute.known.finalizedHeader.beacon
  return `two thirds of a sync committee signed two different finalized blocks of slot ${slot}`
}

function headStatus(
  { executionNumber }: StatusSources,
  { head, server }: SourcedHead<ValidatedHead>,
  { beacon, execution }: LightClientHeader,
): FollowedHead {
  return {
    slot: beacon.slot,
    blockRoot: bytesToHex(BeaconBlockHeaderType.hashTreeRoot(beacon)),
    execution: execution && provenBlock(execution, executionNumber),
    signers: head.signers,
    committeeSize: head.committeeSize,
    server,
  }
}

function provenBlock(
  execution: ProvenExecution,
  numberOf: StatusSources['executionNumber'],
): FollowedHead['execution'] {
  const hash = executionBlockHash(execution)
  const number = execution.kind === 'blockHash' ? numberOf(hash) : execution.header.blockNumber
  return { hash: bytesToHex(hash), number }
}
