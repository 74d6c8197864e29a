/**
 * A committee chain from storage. Other scripts of the origin can write there, so nothing counts for having been kept:
 * the root must be one that the caller trusts now, and each link is proven again.
 */
import type { Root } from '../chain/bytes.ts'
import { anticipatedClaim } from './anticipated-claim.ts'
import type { CheckpointData } from './checkpoint-data.ts'
import { checkpointData } from './checkpoint-data.ts'
import type { CommitteeChainOptions } from './committee-chain.ts'
import { CommitteeChain, leastSignersOf, MAX_LINKS } from './committee-chain.ts'
import type { ConflictRecord, StoredCommitteeChain, UpdateRecord } from './committee-chain-storage.ts'
import type { CommitteeLink, TeachingUpdate } from './committee-link.ts'
import { provenLink, requireTeaching, updateOfRecord } from './committee-link.ts'
import { DecodeError } from './containers/decode-error.ts'
import { decodeBootstrap, forkOfDigest } from './containers/decode.ts'
import type { SyncCommittee } from './containers/ssz-types.ts'
import { lightClientTypes } from './containers/ssz-types.ts'
import { InvalidBootstrapError, InvalidUpdateError } from './protocol/light-client-error.ts'
import type { LightClientContext } from './protocol/light-client-store.ts'
import { supermajority } from './supermajority.ts'
import type { SignatureClaim } from './sync-committee-verifier.ts'

export type LoadedCommitteeChain =
  | { readonly kind: 'nothingKept' }
  /** What is kept does not start at the trusted block. The storage is left as it is until a chain starts anew. */
  | { readonly kind: 'unusable'; readonly error: DecodeError | InvalidBootstrapError }
  | {
      readonly kind: 'loaded'
      readonly chain: CommitteeChain
      /** The first link that does not verify; it and all later ones are gone, from the storage too. */
      readonly dropped: { readonly period: number; readonly error: DecodeError | InvalidUpdateError } | undefined
    }

/**
 * Proves the kept chain newest link first, so that a spoiled head of the chain shows at once.
 * @param trustedBlockRoot trusted now, for reasons of the caller's own
 * @param onLink called after each link that verifies, with its period
 * @param betweenLinks awaited after some {@link LINKS_AT_ONCE} links, a tenth of a second of work on mainnet, so that the thread
 *   can do something else meanwhile
 */
export async function loadCommitteeChain(
  options: CommitteeChainOptions,
  trustedBlockRoot: Root,
  onLink: (period: number) => void = () => undefined,
  betweenLinks: () => Promise<void> = () => Promise.resolve(),
): Promise<LoadedCommitteeChain> {
  const stored = await options.storage.load()
  if (stored === undefined) return { kind: 'nothingKept' }
  const checkpoint = keptCheckpoint(options, trustedBlockRoot, stored)
  if (checkpoint instanceof Error) return { kind: 'unusable', error: checkpoint }

  const { links, dropped } = await provenLinks(options, checkpoint, stored.updates, { onLink, betweenLinks })
  const probe = new CommitteeChain(options, checkpoint, { links, conflict: undefined })
  const conflict = isProvenConflict(options, probe, stored.conflict) ? stored.conflict : undefined
  const chain = new CommitteeChain(options, checkpoint, { links, conflict })
  options.storage.deleteUpdatesFrom(chain.period)
  return { kind: 'loaded', chain, dropped }
}

function keptCheckpoint(
  { network }: CommitteeChainOptions,
  trustedBlockRoot: Root,
  { checkpoint: { forkDigest, ssz } }: StoredCommitteeChain,
): CheckpointData | DecodeError | InvalidBootstrapError {
  try {
    const bootstrap = decodeBootstrap(network, forkOfDigest(network, forkDigest, 'kept bootstrap'), ssz)
    return checkpointData(network, trustedBlockRoot, bootstrap)
  } catch (error) {
    if (error instanceof DecodeError || error instanceof InvalidBootstrapError) return error
    throw error
  }
}

type Attempt<T> = { readonly kind: 'done'; readonly value: T } | { readonly kind: 'failed'; readonly error: LinkError }
type LinkError = DecodeError | InvalidUpdateError

interface ProvenLinks {
  readonly links: readonly CommitteeLink[]
  readonly dropped: { readonly period: number; readonly error: LinkError } | undefined
}

async function provenLinks(
  options: CommitteeChainOptions,
  checkpoint: CheckpointData,
  records: readonly UpdateRecord[],
  tell: { readonly onLink: (period: number) => void; readonly betweenLinks: () => Promise<void> },
): Promise<ProvenLinks> {
  const successive = withoutGaps(records, checkpoint.period)
  const decoded = new DecodedWindow(successive, (record) =>
    attempt(() => teachingUpdate(contextOf(options), record, leastSignersOf(options))),
  )
  const signersOf = (i: number) => (i === 0 ? checkpoint.committee : committeeOf(decoded.at(i - 1)))
  const links: CommitteeLink[] = []
  let dropped: ProvenLinks['dropped']
  for (let i = successive.length - 1; i >= 0; i--) {
    const done = successive.length - 1 - i
    if (done > 0 && done % LINKS_AT_ONCE === 0) await tell.betweenLinks()
    const context = contextOf(options)
    if (done % LINKS_AT_ONCE === 0) anticipate(context, decoded, signersOf, i)
    const period = checkpoint.period + i
    const committee = signersOf(i)
    const link = committee === undefined ? undefined : proveAttempt(context, committee, decoded.at(i))
    if (link?.kind === 'done') {
      links.unshift(link.value)
      tell.onLink(period)
    } else {
      // Without the committee the link before is at fault, and is dropped next.
      if (link !== undefined) dropped = { period, error: link.error }
      links.length = 0
    }
    decoded.drop(i)
  }
  return { links, dropped }
}

/** Signatures checked together on load: half the time of one by one, and no more updates decoded than memory should hold. */
const LINKS_AT_ONCE = 16

/** Updates decoded when first asked for: those whose signatures are checked together, and the one that signed them. */
class DecodedWindow {
  readonly #decoded = new Map<number, Attempt<TeachingUpdate>>()

  constructor(
    private readonly records: readonly UpdateRecord[],
    private readonly read: (record: UpdateRecord) => Attempt<TeachingUpdate>,
  ) {}

  at(i: number): Attempt<TeachingUpdate> {
    const decoded = this.#decoded.get(i) ?? this.read(this.records[i]!)
    this.#decoded.set(i, decoded)
    return decoded
  }

  drop(i: number): void {
    this.#decoded.delete(i)
  }
}

/** Of the links from `newest` down. */
function anticipate(
  { network, verifier }: LightClientContext,
  decoded: DecodedWindow,
  signersOf: (i: number) => SyncCommittee | undefined,
  newest: number,
): void {
  const claims: SignatureClaim[] = []
  for (let i = newest; i >= 0 && i > newest - LINKS_AT_ONCE; i--) {
    const [update, committee] = [decoded.at(i), signersOf(i)]
    if (update.kind === 'done' && committee !== undefined)
      claims.push(...anticipatedClaim(network, committee, update.value))
  }
  verifier.anticipate(claims)
}

function committeeOf(update: Attempt<TeachingUpdate>): SyncCommittee | undefined {
  return update.kind === 'done' ? update.value.nextSyncCommittee.committee : undefined
}

function proveAttempt(
  context: LightClientContext,
  committee: SyncCommittee,
  update: Attempt<TeachingUpdate>,
): Attempt<CommitteeLink> {
  return update.kind === 'failed' ? update : attempt(() => provenLink(context, committee, update.value))
}

function attempt<T>(run: () => T): Attempt<T> {
  try {
    return { kind: 'done', value: run() }
  } catch (error) {
    if (error instanceof DecodeError || error instanceof InvalidUpdateError) return { kind: 'failed', error }
    throw error
  }
}

/** @throws {DecodeError} @throws {InvalidUpdateError} */
function teachingUpdate(context: LightClientContext, record: UpdateRecord, leastSigners: number): TeachingUpdate {
  const { update, period } = requireTeaching(context, updateOfRecord(context.network, record), leastSigners)
  if (period !== record.period) {
    throw new InvalidUpdateError({ code: 'wrongPeriod', period, expected: [record.period] })
  }
  return update
}

/** One record per period from the first on, until one is missing. */
function withoutGaps(records: readonly UpdateRecord[], first: number): UpdateRecord[] {
  const byPeriod = new Map(records.map((record) => [record.period, record]))
  const successive: UpdateRecord[] = []
  while (successive.length < MAX_LINKS) {
    const record = byPeriod.get(first + successive.length)
    if (record === undefined) break
    successive.push(record)
  }
  return successive
}

/** Evidence stops the chain again, unless it is itself made up. */
function isProvenConflict(
  options: CommitteeChainOptions,
  chain: CommitteeChain,
  conflict: ConflictRecord | undefined,
): boolean {
  if (conflict === undefined) return false
  const { known, other } = conflict
  const signers = chain.committee(known.period)
  if (signers?.standing !== 'proven' || other.period !== known.period) return false
  const context = contextOf(options)
  const { preset } = options.network
  const proven = attempt(() => {
    const nextCommittee = (record: UpdateRecord): SyncCommittee => {
      const update = teachingUpdate(context, record, supermajority(preset))
      provenLink(context, signers.committee, update)
      return update.nextSyncCommittee.committee
    }
    return !lightClientTypes(preset).syncCommittee.equals(nextCommittee(known), nextCommittee(other))
  })
  return proven.kind === 'done' && proven.value
}

function contextOf({ network, verifier, currentSlot }: CommitteeChainOptions): LightClientContext {
  return { network, verifier, currentSlot: currentSlot() }
}
