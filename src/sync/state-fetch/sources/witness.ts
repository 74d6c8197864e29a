/**
 * Everything in one answer: the execution witness of the block. Only what the proven root leads to is ever read of it; what
 * is missing in it is a fault like any, and whoever gave it is asked later.
 */
import { equalBytes } from '../../../execution/words.ts'
import type { AnswerOf } from '../state-server.ts'
import { codesReceived, hashed, nodesReceived } from '../ways/way.ts'
import type { Verdict } from '../work.ts'
import type { Source, SourceOutcome } from './source.ts'

export const witnessSource: Source = async ({ fetch, block }) => {
  const { context, signal } = fetch
  const { selector, counter, keccak, root } = context
  let outcome: SourceOutcome | undefined
  const accept = (answer: AnswerOf<'witness'>, items: readonly unknown[], server: string): Verdict<unknown> => {
    const nodes = hashed(answer.nodes, keccak)
    const codes = hashed(answer.codes, keccak)
    const held = nodes.filter(({ hash }) => fetch.has(hash)).length
    fetch.hold(nodes)
    fetch.hold(codes)
    const bytes = nodesReceived(nodes).bytes + codesReceived(codes).bytes
    const costs = { left: [], received: { bytes, nodes: nodes.length, codes: codes.length } }
    // Without the root, which the answer itself has to hold, it leads to nothing at all.
    if (!nodes.some(({ hash }) => equalBytes(hash, root)))
      return { ...costs, lacking: items, falsehood: 'the witness is of another state' }
    const { headers, blockHashes } = answer
    const whole = { server, kind: 'witness' } as const
    outcome = { kind: 'brought', headers, blockHashes, whole, nodes: { named: nodes.length, held } }
    return { ...costs, lacking: [] }
  }
  const { reasons } = await selector.fetch({
    ...{ kind: 'witness', items: [block.header], most: 1, urgency: 'sync', counter, signal },
    place: { number: block.header.number, newest: context.newest },
    request: () => ({ block: block.header }),
    accept,
  })
  return outcome ?? { kind: 'unavailable', reasons }
}
