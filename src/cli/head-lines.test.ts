import { expect, test } from 'vitest'
import type { FollowedHead, LightClientStatus } from '../sync/light-client/light-client-status.ts'
import { HeadLines, type FollowEnd } from './head-lines.ts'

const head = (slot: number, number: number | undefined = slot + 1_000): FollowedHead => ({
  slot,
  blockRoot: `0x${slot.toString(16).padStart(64, '0')}`,
  execution: { hash: `0x${'ab'.repeat(32)}`, number },
  signers: 500,
  committeeSize: 512,
  server: 'a',
})

/** What is printed of a sequence of [current slot, optimistic head, finalized slot]. */
function run(end: Partial<FollowEnd>, seen: readonly (readonly [number, FollowedHead | undefined, number?])[]) {
  const lines = new HeadLines({ once: false, slots: undefined, ...end })
  const printed: string[] = []
  for (const [currentSlot, optimistic, finalizedSlot] of seen) {
    const finalized = finalizedSlot === undefined ? undefined : head(finalizedSlot)
    const { line, isOver } = lines.take({ currentSlot, optimistic, finalized } as LightClientStatus)
    if (line !== undefined) printed.push(`${line.slot}/${line.finalizedSlot}/${line.execution?.number}`)
    if (isOver) return [...printed, 'over']
  }
  return printed
}

test('each head is one line, with the fields that are promised', () => {
  expect(
    run({}, [
      [9, undefined],
      [10, head(9)],
      [10, head(9)],
      [11, head(10), 3],
    ]),
  ).toEqual(['9/null/1009', '10/3/1010'])
  const { line } = new HeadLines({ once: false, slots: undefined }).take({
    currentSlot: 5,
    optimistic: { ...head(4), execution: undefined },
    finalized: undefined,
  } as LightClientStatus)
  expect(line).toEqual({
    slot: 4,
    blockRoot: head(4).blockRoot,
    finalizedSlot: null,
    execution: null,
    signers: 500,
    size: 512,
    server: 'a',
  })
})

test('a head whose block number is not known waits for it, and for no longer than its slot', () => {
  const unnumbered: FollowedHead = { ...head(9), execution: { hash: '0xab', number: undefined } }
  expect(
    run({}, [
      [10, unnumbered],
      [10, head(9)],
    ]),
  ).toEqual(['9/null/1009'])
  expect(
    run({}, [
      [10, unnumbered],
      [10, unnumbered],
      [11, unnumbered],
    ]),
  ).toEqual(['9/null/null'])
})

test('--once ends at the first finalized head, also when that is proven for a head printed before', () => {
  expect(
    run({ once: true }, [
      [10, head(9)],
      [11, head(10), 3],
      [12, head(11), 3],
    ]),
  ).toEqual(['9/null/1009', '10/3/1010', 'over'])
  expect(
    run({ once: true }, [
      [10, head(9)],
      [10, head(9), 3],
    ]),
  ).toEqual(['9/null/1009', '9/3/1009', 'over'])
})

test('--slots ends so many slots after the first head, whether or not they had blocks', () => {
  expect(
    run({ slots: 2 }, [
      [5, undefined],
      [10, head(9)],
      [11, head(9)],
      [12, head(9)],
      [13, head(12)],
    ]),
  ).toEqual(['9/null/1009', 'over'])
})
