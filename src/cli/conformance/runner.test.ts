import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { UsageError } from '../args.ts'
import { type CaseLine, runSuites, selectSuites, type SuiteLine } from './runner.ts'
import type { ConformanceCase, Suite } from './suite.ts'

let data: string
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'beamtab-conformance-'))
  await mkdir(join(data, 'fruit'))
})
afterAll(() => rm(data, { recursive: true }))

function suite(name: string, folder: string, cases: readonly ConformanceCase[]): Suite {
  return {
    name,
    folder,
    async *cases() {
      yield* cases
    },
  }
}

async function run(suites: readonly Suite[], caseTimeLimit?: number) {
  const lines: (CaseLine | SuiteLine)[] = []
  const logs: string[] = []
  const report = { print: (line: CaseLine | SuiteLine) => lines.push(line), log: (line: string) => logs.push(line) }
  return { totals: await runSuites(suites, data, report, caseTimeLimit), lines, logs }
}

const passing: ConformanceCase = { name: 'ripe', run: () => ({ kind: 'passed' }) }

describe('runSuites', () => {
  test('prints failing and skipped cases before the line of their suite, and passing cases not at all', async () => {
    const { lines } = await run([
      suite('apples', 'fruit', [
        passing,
        { name: 'rotten', run: () => ({ kind: 'failed', error: 'brown' }) },
        { name: 'green', run: () => ({ kind: 'skipped', reason: 'not ripe' }) },
      ]),
    ])
    expect(lines).toEqual([
      { suite: 'apples', case: 'rotten', error: 'brown' },
      { suite: 'apples', case: 'green', reason: 'not ripe' },
      { suite: 'apples', passed: 1, failed: 1, skipped: 1 },
    ])
  })

  test('a case that throws, now or later, fails with its message and the next one still runs', async () => {
    const { lines } = await run([
      suite('apples', 'fruit', [
        {
          name: 'now',
          run: () => {
            throw new RangeError('worm')
          },
        },
        { name: 'later', run: () => Promise.reject(new Error('wasp')) },
        passing,
      ]),
    ])
    expect(lines).toEqual([
      { suite: 'apples', case: 'now', error: 'RangeError: worm' },
      { suite: 'apples', case: 'later', error: 'Error: wasp' },
      { suite: 'apples', passed: 1, failed: 2, skipped: 0 },
    ])
  })

  test('a case that never ends fails at the time limit', async () => {
    const never = { name: 'stone', run: () => new Promise<never>(() => undefined) }
    const { totals } = await run([suite('apples', 'fruit', [never, passing])], 5)
    expect(totals).toEqual([{ suite: 'apples', passed: 1, failed: 1, skipped: 0 }])
  })

  test('a suite whose discovery throws is a failure, after the cases found before', async () => {
    const broken: Suite = {
      name: 'pears',
      folder: 'fruit',
      async *cases() {
        yield passing
        throw new Error('no such tree')
      },
    }
    const { lines } = await run([broken])
    expect(lines).toEqual([
      { suite: 'pears', case: '(discovery)', error: 'Error: no such tree' },
      { suite: 'pears', passed: 1, failed: 1, skipped: 0 },
    ])
  })

  test('a suite whose folder holds no case is a failure', async () => {
    const { lines } = await run([suite('apples', 'fruit', [])])
    expect(lines).toEqual([
      { suite: 'apples', case: null, error: `no case found in ${join(data, 'fruit')}` },
      { suite: 'apples', passed: 0, failed: 1, skipped: 0 },
    ])
  })

  test('a suite whose folder is absent is not run, and that is said in the log only', async () => {
    const { totals, lines, logs } = await run([suite('stones', 'minerals', [passing])])
    expect([totals, lines]).toEqual([[], []])
    expect(logs).toEqual([expect.stringContaining('stones: not run')])
  })

  test('a data folder that does not exist is bad usage', async () => {
    const report = { print: () => undefined, log: () => undefined }
    await expect(runSuites([], join(data, 'nowhere'), report)).rejects.toThrow(UsageError)
  })
})

describe('selectSuites', () => {
  const all = [suite('apples', 'fruit', []), suite('pears', 'fruit', []), suite('plums', 'fruit', [])]
  test('takes all without names, and the named ones in registry order', () => {
    expect(selectSuites(all, [])).toEqual(all)
    expect(selectSuites(all, ['plums', 'apples', 'plums']).map(({ name }) => name)).toEqual(['apples', 'plums'])
  })
  test('an unknown name is bad usage that lists the known ones', () => {
    expect(() => selectSuites(all, ['apples', 'quinces'])).toThrow(
      /quinces: no such suite; there are apples, pears, plums/,
    )
  })
})
