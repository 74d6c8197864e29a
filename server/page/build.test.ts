import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isBuildStale } from './build.ts'

let root: string
const write = async (path: string, seconds: number) => {
  await mkdir(join(root, path, '..'), { recursive: true })
  await writeFile(join(root, path), '')
  await utimes(join(root, path), seconds, seconds)
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'beamtab-build-'))
})
afterAll(() => rm(root, { recursive: true }))

test('the page is built when it is missing or older than a source, and only then', async () => {
  await write('index.html', 100)
  await write('src/demo/main.tsx', 100)
  expect(await isBuildStale(root)).toBe(true)
  await write('dist/index.html', 200)
  expect(await isBuildStale(root)).toBe(false)
  await write('workers/evm.worker.ts', 300)
  expect(await isBuildStale(root)).toBe(true)
  await write('dist/index.html', 300)
  expect(await isBuildStale(root)).toBe(false)
  await write('package-lock.json', 301)
  expect(await isBuildStale(root)).toBe(true)
})
