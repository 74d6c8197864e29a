/** A whole light-client run over decoded objects: the command line and the page's consensus worker call this. */
import type { Root } from '../chain/bytes.ts'
import { periodAtSlot } from '../chain/beacon-preset.ts'
import type { DecodedUpdate } from './containers/decode.ts'
import type { LightClientBootstrap, LightClientUpdate } from './containers/light-client-objects.ts'
import { participants } from './containers/light-client-objects.ts'
import type { LightChain } from './light-chain.ts'
import { extendLightChain, followLightChain, startLightChain } from './light-chain.ts'
import { InvalidUpdateError } from './protocol/light-client-error.ts'
import type { LightClientContext } from './protocol/light-client-store.ts'

export interface LightChainInput {
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

export interface LightChainResult {
  readonly chain: LightChain
  readonly reports: readonly UpdateReport[]
  readonly finality: HeadOutcome
  readonly optimistic: HeadOutcome
}

export type HeadOutcome =
  | { readonly kind: 'notGiven' }
  | { readonly kind: 'accepted' }
  | { readonly kind: 'rejected'; readonly error: InvalidUpdateError }

interface Step {
  /** Before the update was taken. */
  readonly before: LightChain
  readonly report: UpdateReport
}

/**
 * Starts at the bootstrap, extends the chain update by update, then takes the heads. A refused object changes nothing.
 * @param onUpdate called once per update, as it is decided; at most once more, when the committee that signed it turns
 *   out to carry a wrong aggregate key
 * @throws {InvalidBootstrapError}
 */
export function syncLightChain(
  context: LightClientContext,
  input: LightChainInput,
  onUpdate: (report: UpdateReport) => void = () => undefined,
): LightChainResult {
  const reports: UpdateReport[] = []
  const accepted: Step[] = []
  const decide = (report: UpdateReport): void => {
    reports[report.index] = report
    onUpdate(report)
  }

  let chain = startLightChain(context.network, input.trustedBlockRoot, input.bootstrap)
  for (const [index, decoded] of input.updates.entries()) {
    const { next, report } = tryExtend(context, chain, decoded, index)
    decide(report)
    if (next === undefined) continue
    accepted.push({ before: chain, report })
    chain = next
  }
  chain = withdrawUnsound(context, chain, accepted, decide)

  const finality = tryFollow(context, chain, input.finalityUpdate, 'finality')
  const optimistic = tryFollow(context, finality.chain, input.optimisticUpdate, 'optimistic')
  return { chain: optimistic.chain, reports, finality: finality.outcome, optimistic: optimistic.outcome }
}

function tryExtend(context: LightClientContext, chain: LightChain, decoded: DecodedUpdate, index: number) {
  const size = context.network.preset.syncCommitteeSize
  if (decoded.kind === 'malformed') {
    const outcome = { kind: 'rejected', error: decoded.error } as const
    return { next: undefined, report: { index, period: undefined, participants: 0, size, outcome } }
  }
  const { update } = decoded
  const period = periodAtSlot(context.network.preset, update.attestedHeader.beacon.slot)
  const about = { index, period, participants: participants(update), size }
  try {
    const next = extendLightChain(context, chain, update)
    return { next, report: { ...about, outcome: { kind: 'accepted' } as const } }
  } catch (error) {
    if (!(error instanceof InvalidUpdateError)) throw error
    return { next: undefined, report: { ...about, outcome: { kind: 'rejected', error } as const } }
  }
}

/**
 * Signatures were checked against the aggregate keys that the committees carry. The committee on whose signature the
 * newest header rests is summed now; where its key is wrong, that update falls and the committee before is asked.
 */
function withdrawUnsound(
  { verifier }: LightClientContext,
  chain: LightChain,
  accepted: Step[],
  decide: (report: UpdateReport) => void,
): LightChain {
  let sound = chain
  for (let last = accepted.pop(); last !== undefined; last = accepted.pop()) {
    if (verifier.isAggregateSound(last.before.committee)) return sound
    sound = last.before
    const error = new InvalidUpdateError({ code: 'wrongAggregateKey', period: last.before.period })
    decide({ ...last.report, outcome: { kind: 'rejected', error } })
  }
  return sound
}

function tryFollow(
  context: LightClientContext,
  chain: LightChain,
  update: LightClientUpdate | undefined,
  kind: 'finality' | 'optimistic',
): { chain: LightChain; outcome: HeadOutcome } {
  if (update === undefined) return { chain, outcome: { kind: 'notGiven' } }
  try {
    if (kind === 'finality' && update.finality === undefined) {
      throw new InvalidUpdateError({ code: 'missingPart', part: 'finalized header' })
    }
    return { chain: followLightChain(context, chain, update), outcome: { kind: 'accepted' } }
  } catch (error) {
    if (!(error instanceof InvalidUpdateError)) throw error
    return { chain, outcome: { kind: 'rejected', error } }
  }
}
