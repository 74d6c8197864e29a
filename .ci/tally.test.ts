import { describe, expect, test } from 'vitest'
import { sum, summaryLine, tallyConformance, tallyPlaywright, tallyVitest, vitestFailures } from './tally.ts'

const done = { code: 0 }
const failed = { code: 1 }
const killed = { code: undefined }

describe('vitest', () => {
  const file = (status: string, ...tests: string[]) => ({
    ...{ name: 'a.test.ts', status, message: 'does not load' },
    assertionResults: tests.map((each, at) => ({ fullName: `test ${at}`, status: each, failureMessages: ['why'] })),
  })
  const report = (numPassedTests: number, numFailedTests: number, files: ReturnType<typeof file>[]) => ({
    numPassedTests,
    numFailedTests,
    numPendingTests: 1,
    testResults: files,
  })

  test('tests are counted', () => {
    const read = report(5, 2, [file('passed', 'passed'), file('failed', 'failed', 'failed', 'passed')])
    expect(tallyVitest(read, failed)).toEqual({ passed: 5, failed: 2, skipped: 1 })
  })
  test('a file that does not load counts as one failure', () => {
    expect(tallyVitest(report(5, 0, [file('failed')]), failed)).toEqual({ passed: 5, failed: 1, skipped: 1 })
  })
  test('what failed is named, with its reason', () => {
    const read = report(5, 1, [file('failed', 'passed', 'failed'), file('failed'), file('passed', 'passed')])
    expect(vitestFailures(read)).toEqual(['a.test.ts > test 1\nwhy', 'a.test.ts\ndoes not load'])
  })
  test('an error outside of all tests, or a kill, is a failure', () => {
    const green = report(5, 0, [file('passed', 'passed')])
    expect(tallyVitest(green, done).failed).toBe(0)
    expect(tallyVitest(green, failed).failed).toBe(1)
    expect(tallyVitest(green, killed).failed).toBe(1)
  })
})

describe('playwright', () => {
  const stats = { expected: 4, unexpected: 0, flaky: 0, skipped: 2 }
  test('tests are counted, flaky ones as failed', () => {
    expect(tallyPlaywright({ stats, errors: [] }, done)).toEqual({ passed: 4, failed: 0, skipped: 2 })
    expect(tallyPlaywright({ stats: { ...stats, unexpected: 1, flaky: 2 }, errors: [] }, failed).failed).toBe(3)
  })
  test('a server that does not start is a failure', () => {
    const none = { expected: 0, unexpected: 0, flaky: 0, skipped: 0 }
    expect(tallyPlaywright({ stats: none, errors: [{}] }, failed).failed).toBe(1)
    expect(tallyPlaywright({ stats: none, errors: [] }, failed).failed).toBe(1)
  })
})

describe('conformance', () => {
  const output = `{"suite":"trie","case":"a","reason":"next/prev"}
{"suite":"trie","passed":7,"failed":0,"skipped":1}
npm noise
{"suite":"bls","case":"b","error":"x"}
{"suite":"bls","passed":90,"failed":1,"skipped":0}
`
  test('suite lines are added up', () => {
    expect(tallyConformance(output, ['trie', 'bls'], failed)).toEqual({ passed: 97, failed: 1, skipped: 1 })
  })
  test('a suite that should have run and did not is a failure', () => {
    expect(tallyConformance(output, ['trie', 'bls', 'witness-blocks'], failed).failed).toBe(2)
  })
  test('a crash, or a run of nothing, is a failure', () => {
    expect(tallyConformance('{"suite":"trie","passed":7,"failed":0,"skipped":0}', [], killed).failed).toBe(1)
    expect(tallyConformance('', [], done).failed).toBe(1)
  })
})

test('the last line has the form that others read', () => {
  const total = sum([
    { passed: 1, failed: 0, skipped: 0 },
    { passed: 10, failed: 2, skipped: 3 },
  ])
  expect(total).toEqual({ passed: 11, failed: 2, skipped: 3 })
  expect(summaryLine(total)).toBe('11 passed, 2 failed')
})
