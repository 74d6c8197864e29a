/** A block's turn: execution, the caps on what it may cost, and the second opinion before anything is called invalid. */
import type { RawBlock, RawHeader } from '../../execution/block/raw-block.ts'
import { messageOf } from '../../chain/thrown.ts'
import type { StatelessBlockJson } from '../../execution/stateless-block-file.ts'
import type { ExecutionStats } from './import-status.ts'
import { NO_COSTS, type BlockCosts, type BlockProblem, type ImportTools, type SecondOpinion } from './import-tools.ts'

/**
 * What a block may cost. Over a cap it is skipped as not verified. Nodes and bytes count from where its execution begins:
 * predictions are what servers say of it, and one that sends too much must not make a good block look too large. Those have
 * bounds of their own.
 */
export interface BlockCaps {
  readonly nodes: number
  readonly bytes: number
  /** From the start of its turn to the end of its execution; the second opinion has as much again. */
  readonly ms: number
}

export type TurnOutcome =
  | {
      readonly kind: 'verified'
      readonly keep: () => Promise<string | undefined>
      readonly stats: ExecutionStats | undefined
      readonly overturned?: BlockProblem
    }
  | { readonly kind: 'invalid'; readonly problem: BlockProblem; readonly bundle: StatelessBlockJson | undefined }
  | { readonly kind: 'unavailable' | 'state-gone' | 'over-cap'; readonly reason: string }

export interface Turn {
  /** So far. */
  readonly costs: () => BlockCosts
  /** Ends it; its outcome is not told any more. */
  cancel(): void
}

export interface TurnOptions {
  readonly block: RawBlock
  readonly parent: RawHeader
  readonly caps: BlockCaps
  readonly tools: Pick<ImportTools, 'clock' | 'executor'>
  readonly onStage: (stage: 'fetching' | 'executing') => void
  /** Told once, unless cancelled; never before this call returns. */
  readonly onEnd: (outcome: TurnOutcome) => void
}

export function startTurn(options: TurnOptions): Turn {
  const { block, parent, caps, tools, onStage, onEnd } = options
  const controller = new AbortController()
  let costs = NO_COSTS
  let predictions = NO_COSTS
  let ended = false
  let stopTimer = () => undefined as void

  const end = (outcome: TurnOutcome) => {
    if (ended) return
    ended = true
    stopTimer()
    controller.abort()
    onEnd(outcome)
  }
  const limit = (onTime: () => void) => {
    stopTimer()
    stopTimer = tools.clock.after(caps.ms, onTime)
  }
  const take = (stage: 'fetching' | 'executing', news: BlockCosts) => {
    costs = news
    if (stage === 'fetching') predictions = news
    const reason = overCap(news, predictions, caps)
    if (reason !== undefined) end({ kind: 'over-cap', reason })
  }

  const run = async () => {
    const result = await tools.executor.execute(block, parent, {
      signal: controller.signal,
      onProgress: (stage, news) => {
        if (ended) return
        onStage(stage)
        take(stage, news)
      },
    })
    if (ended) return
    // What is verified by now is not made unverified by what it cost.
    costs = result.costs
    if (result.kind === 'verified') return end({ kind: 'verified', keep: result.keep, stats: result.stats })
    if (result.kind !== 'contradicted') return end({ kind: result.kind, reason: result.reason })
    // A block that is slow twice is still undecided, which is no reason to pass it.
    limit(() => end({ kind: 'unavailable', reason: `the second opinion is not in after ${caps.ms} ms` }))
    const opinion = await result.secondOpinion(controller.signal)
    end(decided(opinion, result.problem))
  }

  limit(() => end({ kind: 'over-cap', reason: `it is not done after ${caps.ms} ms` }))
  void Promise.resolve()
    .then(run)
    .catch((error: unknown) => end({ kind: 'unavailable', reason: messageOf(error) }))

  return {
    costs: () => costs,
    cancel: () => {
      ended = true
      stopTimer()
      controller.abort()
    },
  }
}

function decided(opinion: SecondOpinion, first: BlockProblem): TurnOutcome {
  switch (opinion.kind) {
    case 'invalid':
      return { kind: 'invalid', problem: opinion.problem, bundle: opinion.bundle }
    case 'verified':
      return { kind: 'verified', keep: opinion.keep, stats: undefined, overturned: first }
    case 'undecided':
      return { kind: 'unavailable', reason: `${first.message}; the second opinion is undecided: ${opinion.reason}` }
  }
}

function overCap(all: BlockCosts, predictions: BlockCosts, caps: BlockCaps): string | undefined {
  const nodes = nodesOf(all) - nodesOf(predictions)
  const bytes = all.bytes - predictions.bytes
  if (nodes > caps.nodes) return `it needs more than ${caps.nodes} nodes (${nodes} so far)`
  if (bytes > caps.bytes) return `it takes more than ${caps.bytes} bytes (${bytes} so far)`
  return undefined
}

const nodesOf = ({ nodesFetched, nodesFromStore }: BlockCosts): number => nodesFetched + nodesFromStore
