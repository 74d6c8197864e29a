/** How far back recorded blocks are served. */
import { equalBytes } from '../../../src/execution/words.ts'
import type { ExecutionHeader, ServedKinds } from '../../execution/execution-source.ts'
import type { RecordedIndex } from './recorded-index.ts'

/**
 * What is announced begins with the unbroken run of blocks that ends with the head: clients take a window for whole. Those
 * before it are given to whoever asks for one.
 */
export function servedUpTo({ blocks }: Pick<RecordedIndex, 'blocks'>, head: ExecutionHeader): ServedKinds {
  let at = blocks.findIndex(({ number }) => number === head.number)
  while (at > 0 && equalBytes(blocks[at - 1]!.hash, blocks[at]!.parentHash)) at--
  const from = blocks[at]!.number
  const states = { from: from - 1, before: 'some' } as const
  const whole = { from, before: 'some' } as const
  return {
    headers: states,
    blocks: whole,
    receipts: whole,
    witness: whole,
    proofs: states,
    nodes: states,
    paths: states,
    codes: states,
  }
}
