/** The command as a process: exit codes and streams. What it runs is tested beside the runner. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

let empty: string
beforeAll(async () => {
  empty = await mkdtemp(join(tmpdir(), 'beamtab-no-suites-'))
})
afterAll(() => rm(empty, { recursive: true }))

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

function conformance(...args: string[]): Promise<Ended> {
  const argv = ['--import', 'tsx', join(import.meta.dirname, 'conformance.ts'), ...args]
  return new Promise((resolve) => {
    execFile(process.execPath, argv, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr })
    })
  })
}

test.each([
  ['no data folder', []],
  ['a data folder that is not there', ['--data', '/nowhere']],
  ['an unknown suite', ['--data', '.', '--suite', 'astrology']],
  ['an unknown option', ['--data', '.', '--fast']],
  ['a stray word', ['.']],
])('%s is bad usage: exit code 2, help on stderr, nothing on stdout', async (_, args) => {
  const { code, stdout, stderr } = await conformance(...args)
  expect([code, stdout]).toEqual([2, ''])
  expect(stderr).toContain('usage: npm run -s conformance')
})

test('a data folder without any suite is an error that stderr names', async () => {
  const { code, stdout, stderr } = await conformance('--data', empty)
  expect([code, stdout]).toEqual([1, ''])
  expect(stderr).toContain(`--data ${empty}: none of these suites has its folder there`)
})

test('a suite folder without a case is a failure of its suite', async () => {
  const data = await mkdtemp(join(empty, 'data-'))
  const folder = join(data, 'witness-blocks')
  await mkdir(folder)
  const { code, stdout } = await conformance('--data', data)
  const lines = stdout.trimEnd().split('\n')
  expect(code).toBe(1)
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    { suite: 'witness-blocks', case: null, error: `no case found in ${folder}` },
    { suite: 'witness-blocks', passed: 0, failed: 1, skipped: 0 },
  ])
})
