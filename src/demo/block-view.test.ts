import { describe, expect, test } from 'vitest'
import { blockView } from './block-view.ts'
import { blockReport, HASH_A, HASH_B, UNPROVEN, VERIFIED } from './fixtures.ts'
import type { BlockEntry } from './page-state.ts'

const entry = (progress: BlockEntry['progress']): BlockEntry => ({
  id: 1,
  name: 'mainnet-97.json.gz',
  origin: 'input',
  progress,
})
const done = (outcome: Parameters<typeof blockReport>[0]) =>
  blockView(entry({ kind: 'done', report: blockReport(outcome) }))
const texts = (view: ReturnType<typeof blockView>) => view.notes.map(({ text }) => text)

test('a verified block shows its number, figures in their columns, and the root it rests on', () => {
  const view = done(VERIFIED)
  expect(view).toMatchObject({ title: '24628608', network: 'mainnet', tone: 'proven', result: 'Verified' })
  expect(texts(view)).toEqual(['state root 0xbbbbbbbb…bbbbbb'])
  expect(view.notes[0]?.full).toBe(HASH_B)
  expect(
    Object.fromEntries(view.figures.map(({ column, value, unit }) => [column, `${value} ${unit ?? ''}`.trim()])),
  ).toEqual({
    Fork: 'cancun',
    Transactions: '146',
    Gas: '12,907,474',
    'Nodes read': '5,347',
    'From store': '7',
    Decode: '1.3 ms',
    Hash: '20 ms',
    Senders: '300 ms',
    EVM: '1,235 ms',
    Root: '40 ms',
    Total: '1,600 ms',
  })
  expect(view.details).toContainEqual({ label: 'Block hash', value: HASH_A })
  expect(view.details).toContainEqual({ label: 'Nodes from the input', value: '5,340' })
})

test('checks not made, and why it was not kept, stand beside the result', () => {
  const kept = { kind: 'not-kept', reason: 'another tab writes the store' } as const
  const view = done({ ...VERIFIED, notChecked: ['parentHeader', 'proofOfWork'], kept })
  expect(view.notes).toContainEqual({ text: 'not checked: parentHeader, proofOfWork', tone: 'caution' })
  expect(view.notes).toContainEqual({ text: 'not kept: another tab writes the store', tone: 'caution' })
})

test('a mismatch names the field, what was expected and what came', () => {
  const view = done({ kind: 'mismatch', field: 'gasUsed', expected: '21000', actual: '21001' })
  expect(view).toMatchObject({ tone: 'failed', result: 'Mismatch: gasUsed' })
  expect(texts(view)).toEqual(['expected 21000', 'got 21001', '5,347 nodes read, 7 from the store'])
})

test('a fault names what is missing', () => {
  const view = done({ kind: 'fault', what: 'code 0x12' })
  expect(view).toMatchObject({ tone: 'missing', result: 'Data missing' })
  expect(texts(view)[0]).toBe('code 0x12')
})

test('an error shows its code and message, cut to a length that fits', () => {
  const view = done({ kind: 'error', code: 'bad-file', message: 'x'.repeat(1_000_000) })
  expect(view).toMatchObject({ tone: 'failed', result: 'Error: bad-file' })
  expect(texts(view)[0]?.length).toBeLessThan(450)
})

describe('nothing but a verified block is called so, or has its tone', () => {
  const entries: BlockEntry['progress'][] = [
    { kind: 'waiting' },
    { kind: 'working', stage: 'storing' },
    { kind: 'cancelled' },
    { kind: 'failed', reason: 'WorkerCrashedError: a worker died' },
    ...UNPROVEN.map((outcome) => ({ kind: 'done' as const, report: blockReport(outcome) })),
  ]
  test.each(entries)('%j', (progress) => {
    const view = blockView(entry(progress))
    expect(view.tone).not.toBe('proven')
    expect(JSON.stringify(view)).not.toMatch(/verified/i)
    expect(view.figures).toEqual([])
  })
})

test('work shows its stage as a part of the whole, under the file’s name', () => {
  const view = blockView(entry({ kind: 'working', stage: 'executing' }))
  expect(view).toMatchObject({ title: 'mainnet-97', tone: 'busy', result: 'Executing' })
  expect(view.progress).toEqual({ stage: 'executing', value: 4, max: 6 })
})

test('a block that could not be read far enough goes by its file', () => {
  const report = { ...blockReport(UNPROVEN[2]!), number: undefined, hash: undefined, network: undefined }
  expect(blockView(entry({ kind: 'done', report }))).toMatchObject({
    title: 'mainnet-97',
    network: undefined,
    details: [],
  })
})
