/** A whole light-client run over decoded objects: the command line and the page's consensus worker call this. */
import type { Root } from '../chain/bytes.ts'
import { periodAtSlot } from '../chain/beacon-preset.ts'
import { checkpointData } from './checkpoint-data.ts'
import { CommitteeChain } from './committee-chain.ts'
import { NO_STORAGE } from './committee-chain-storage.ts'
import type { DecodedUpdate } from './containers/decode.ts'
import type { LightClientBootstrap, LightClientHeader, LightClientUpdate } from './containers/light-client-objects.ts'
import { participants } from './containers/light-client-objects.ts'
import { HeadValidator } from './head-validator.ts'
import { InvalidUpdateError } from './protocol/light-client-error.ts'
import type { LightClientContext } from './protocol/light-client-store.ts'

export interface LightSyncInput {
  readonly bootstrap: LightClientBootstrap
  readonly trustedBlockRoot: Root
  /** In the order of their periods; one that could not be decoded is reported as refused. */
  readonly updates: readonly DecodedUpdate[]
  readonly finalityUpdate?: LightClientUpdate | undefined
  readonly optimisticUpdate?: LightClientUpdate | undefined
}

export interface UpdateReport {
  /** Place in the input. */
  readonly index: number
  /** Of the attested header; undefined for what could not be decoded. */
  readonly period: number | undefined
  readonly participants: number
  readonly size: number
  readonly outcome: { readonly kind: 'accepted' } | { readonly kind: 'rejected'; readonly error: Error }
}

export interface LightSyncResult {
  readonly chain: CommitteeChain
  /** The newest ones that accepted objects prove. */
  readonly finalizedHeader: LightClientHeader
  readonly optimisticHeader: LightClientHeader
  readonly reports: readonly UpdateReport[]
  readonly finality: HeadOutcome
  readonly optimistic: HeadOutcome
}

export type HeadOutcome =
  | { readonly kind: 'notGiven' }
  | { readonly kind: 'accepted' }
  | { readonly kind: 'rejected'; readonly error: InvalidUpdateError }

/**
 * Starts at the bootstrap, extends the chain update by update, then takes the heads. A refused object changes nothing.
 * @param onUpdate called once per update, as it is decided; at most once more, when the committee that signed it turns
 *   out to carry a wrong aggregate key
 * @throws {InvalidBootstrapError}
 */
export function lightSync(
  context: LightClientContext,
  input: LightSyncInput,
  onUpdate: (report: UpdateReport) => void = () => undefined,
): LightSyncResult {
  const { network, verifier, currentSlot } = context
  const reports: UpdateReport[] = []
  const accepted = new Map<number, { readonly update: LightClientUpdate; readonly report: UpdateReport }>()
  const decide = (report: UpdateReport): void => {
    reports[report.index] = report
    onUpdate(report)
  }

  const checkpoint = checkpointData(network, input.trustedBlockRoot, input.bootstrap)
  const options = { network, verifier, currentSlot: () => currentSlot, storage: NO_STORAGE }
  const chain = new CommitteeChain(options, checkpoint)
  for (const [index, decoded] of input.updates.entries()) {
    const report = extend(chain, decoded, index)
    if (decoded.kind === 'update' && report.outcome.kind === 'accepted') {
      accepted.set(chain.period - 1, { update: decoded.update, report })
    }
    decide(report)
  }
  for (const period of chain.withdrawUnsound()) {
    const fallen = accepted.get(period)
    accepted.delete(period)
    const error = new InvalidUpdateError({ code: 'wrongAggregateKey', period })
    if (fallen !== undefined) decide({ ...fallen.report, outcome: { kind: 'rejected', error } })
  }

  const validator = new HeadValidator(chain, () => context)
  const finality = tryHead(validator, input.finalityUpdate, 'finality')
  const optimistic = tryHead(validator, input.optimisticUpdate, 'optimistic')
  const believed = [...accepted.values()].map(({ update }) => update)
  if (finality.kind === 'accepted' && input.finalityUpdate !== undefined) believed.push(input.finalityUpdate)
  if (optimistic.kind === 'accepted' && input.optimisticUpdate !== undefined) believed.push(input.optimisticUpdate)
  return {
    chain,
    finalizedHeader: newest([checkpoint.header, ...believed.flatMap(({ finality: proven }) => proven?.header ?? [])]),
    optimisticHeader: newest([checkpoint.header, ...believed.map(({ attestedHeader }) => attestedHeader)]),
    reports,
    finality,
    optimistic,
  }
}

/** An update is accepted when it extends the chain; one of a known period is none of a run in the order of periods. */
function extend(chain: CommitteeChain, decoded: DecodedUpdate, index: number): UpdateReport {
  const { preset } = chain.network
  const size = preset.syncCommitteeSize
  if (decoded.kind === 'malformed') {
    return { index, period: undefined, participants: 0, size, outcome: { kind: 'rejected', error: decoded.error } }
  }
  const { update } = decoded
  const period = periodAtSlot(preset, update.attestedHeader.beacon.slot)
  const about = { index, period, participants: participants(update), size }
  const isKnown = period >= chain.checkpoint.period && period < chain.period
  const outcome = isKnown ? undefined : chain.insert(update)
  if (outcome?.kind === 'extended') return { ...about, outcome: { kind: 'accepted' } }
  const error =
    outcome?.kind === 'refused'
      ? outcome.error
      : new InvalidUpdateError({ code: 'wrongPeriod', period, expected: [chain.period] })
  return { ...about, outcome: { kind: 'rejected', error } }
}

function tryHead(
  validator: HeadValidator,
  update: LightClientUpdate | undefined,
  kind: 'finality' | 'optimistic',
): HeadOutcome {
  if (update === undefined) return { kind: 'notGiven' }
  if (kind === 'finality' && update.finality === undefined) {
    return { kind: 'rejected', error: new InvalidUpdateError({ code: 'missingPart', part: 'finalized header' }) }
  }
  const verdict = validator.validate(update)
  if (verdict.kind === 'refused') return { kind: 'rejected', error: verdict.error }
  // A run extends its chain only, so it meets no second committee of a period.
  if (verdict.kind === 'halted') throw new Error('the committee chain of a run found a conflict')
  return { kind: 'accepted' }
}

function newest(headers: readonly [LightClientHeader, ...LightClientHeader[]]): LightClientHeader {
  return headers.reduce((known, header) => (header.beacon.slot > known.beacon.slot ? header : known))
}
