/**
 * Hashes of what the block needs, then the contents by hash, in batches over all servers that have any. The list is a hint:
 * nothing in it is proven, and what a hash leads to is used only below the proven root.
 */
import type { AnswerOf } from '../state-server.ts'
import { NOTHING_RECEIVED } from '../trip-counter.ts'
import type { Verdict } from '../work.ts'
import { BROUGHT, type Source } from './source.ts'
import { MAX_METADATA_HASHES } from '../constants.ts'

export const metadataSource: Source = async ({ fetch, block }) => {
  const { context, signal } = fetch
  const { selector, counter } = context
  let metadata: AnswerOf<'metadata'> | undefined
  const { reasons } = await selector.fetch({
    ...{ kind: 'metadata', items: [block.header], most: 1, urgency: 'sync', counter, signal },
    place: { number: block.header.number, newest: context.newest },
    request: () => ({ block: block.header }),
    accept: (answer): Verdict<unknown> => {
      metadata = answer
      const count = answer.nodes.length + answer.codes.length
      return { lacking: [], left: [], received: { ...NOTHING_RECEIVED, bytes: 32 * count } }
    },
  })
  if (metadata === undefined) return { kind: 'unavailable', reasons }
  const { codes, blockHashes } = metadata
  const nodes = metadata.nodes.slice(0, MAX_METADATA_HASHES)
  const before = fetch.costs().nodesFetched
  await fetch.prefetchHashes(nodes, codes.slice(0, MAX_METADATA_HASHES))
  const held = Math.max(0, nodes.length - (fetch.costs().nodesFetched - before))
  return { ...BROUGHT, blockHashes, nodes: { named: nodes.length, held } }
}
