import { expect, test } from 'vitest'
import type { FollowedHead, LightClientStage, LightClientStatus } from '../sync/light-client/light-client-status.ts'
import { HeadLines, type FollowEnd } from './head-lines.ts'

const head = (slot: number, number: number | undefined = slot + 1_000): FollowedHead => ({
  slot,
  blockRoot: `0x${slot.toString(16).padStart(64, '0')}`,
  execution: { hash: `0x${'ab'.repeat(32)}`, number },
  signers: 500,
  committeeSize: 512,
  server: 'a',
})

type Seen = readonly [
  currentSlot: number,
  optimistic: FollowedHead | undefined,
  finalizedSlot?: number,
  stage?: LightClientStage,
]

const FOLLOWING: LightClientStage = { kind: 'following' }
const STALE: LightClientStage = { kind: 'stale', ageSeconds: 600 }
const DISPUTED: LightClientStage = { kind: 'disputed', what: 'two committees' }

/** What is printed of a sequence. */
function run(end: Partial<FollowEnd>, seen: readonly Seen[]) {
  const lines = new HeadLines({ once: false, slots: undefined, ...end })
  const printed: string[] = []
  for (const [currentSlot, optimistic, finalizedSlot, stage = FOLLOWING] of seen) {
    const finalized = finalizedSlot === undefined ? undefined : head(finalizedSlot)
    const { line, isOver } = lines.take({ stage, currentSlot, optimistic, finalized } as LightClientStatus)
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
    stage: FOLLOWING,
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

test.each([
  ['stale', STALE],
  ['disputed', DISPUTED],
])('a head that is %s is not printed, ends nothing, and does not begin to count', (_, stage) => {
  expect(
    run({ once: true }, [
      [70, head(9), 3, stage],
      [70, head(69), 3],
    ]),
  ).toEqual(['69/3/1069', 'over'])
  expect(
    run({ slots: 2 }, [
      [70, head(9), 3, stage],
      [73, head(9), 3, stage],
      [74, head(73), 3],
      [75, head(74), 3],
      [76, head(74), 3, stage],
      [77, head(76), 3],
    ]),
  ).toEqual(['73/3/1073', '74/3/1074', '76/3/1076', 'over'])
})

test('only a head is missing: always with --once, with --slots before the first and when they are over', () => {
  const at = (currentSlot: number) => ({ stage: FOLLOWING, currentSlot, optimistic: head(9) }) as LightClientStatus
  const needs = (end: FollowEnd) => {
    const lines = new HeadLines(end)
    const before = lines.needsHead(at(10))
    lines.take(at(10))
    return [before, lines.needsHead(at(11)), lines.needsHead(at(12))]
  }
  expect(needs({ once: true, slots: undefined })).toEqual([true, true, true])
  expect(needs({ once: false, slots: 2 })).toEqual([true, false, true])
  expect(needs({ once: false, slots: undefined })).toEqual([false, false, false])
})
