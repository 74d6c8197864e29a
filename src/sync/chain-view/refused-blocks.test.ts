import { expect, test } from 'vitest'
import { asHash } from '../../chain/bytes.ts'
import type { RawHeader } from '../../execution/block/raw-block.ts'
import { HistoryUnavailableError } from './chain-view-error.ts'
import { Evidence } from './evidence.ts'
import { RefusedBlocks } from './refused-blocks.ts'

const header = (number: number, branch = 0) =>
  ({ number, hash: asHash(new Uint8Array(32).fill(16 * branch + number)) }) as unknown as RawHeader

const ask = { signal: new AbortController().signal, evidence: new Evidence() }

/** The chain's blocks 5 to 9 are known; what lies below is looked up by `at`. */
function world(at: (number: number) => Promise<RawHeader | undefined>) {
  const isCanonical = ({ number, hash }: { number: number; hash: Uint8Array }) =>
    number >= 5 && number <= 9 && hash[0] === number
  return new RefusedBlocks({ head: header(9), lowest: header(5), isCanonical, at })
}

test('where the chain is known, nobody is asked', async () => {
  const refused = world(() => expect.unreachable())
  refused.add(header(7, 1))
  refused.add(header(12))
  expect(await refused.problem(ask)).toBeUndefined()
  refused.add(header(7))
  expect(refused.known()).toMatch(/descends from block 7 0x0707/)
  expect(await refused.problem(ask)).toBe(refused.known())
})

test('below that it is looked up, and what cannot be told is a reason not to answer', async () => {
  const other = world(() => Promise.resolve(header(3, 1)))
  other.add(header(3))
  expect(await other.problem(ask)).toBeUndefined()
  const same = world(() => Promise.resolve(header(3)))
  same.add(header(3))
  expect(await same.problem(ask)).toMatch(/descends from block 3/)
  const unknown = world(() => Promise.reject(new HistoryUnavailableError('block 3 is too far below')))
  unknown.add(header(3))
  expect(await unknown.problem(ask)).toMatch(/block 3 .* cannot be told: block 3 is too far below/)
})
