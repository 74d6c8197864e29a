import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { UsageError } from './args.ts'
import { exitCodeOf } from './run-command.ts'

const stderr: string[] = []
beforeEach(() => {
  stderr.length = 0
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => stderr.push(String(text)) > 0)
})
afterEach(() => vi.restoreAllMocks())

test('passes the exit code on', async () => {
  expect(await exitCodeOf('usage: x', () => 1)).toBe(1)
  expect(stderr).toEqual([])
})

test('bad usage exits with 2 and shows how to call the command', async () => {
  const code = await exitCodeOf('usage: x FILE', () => {
    throw new UsageError('--speed is unknown')
  })
  expect(code).toBe(2)
  expect(stderr.join('')).toBe('--speed is unknown\nusage: x FILE\n')
})

test('any other error exits with 1 and says what it was', async () => {
  expect(await exitCodeOf('usage: x', () => Promise.reject(new RangeError('out of range')))).toBe(1)
  expect(stderr.join('')).toContain('RangeError: out of range')
})
