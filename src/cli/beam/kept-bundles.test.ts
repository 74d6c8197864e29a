import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { KeptBundles, MAX_BUNDLES } from './kept-bundles.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'beamtab-bundles-'))
})
afterEach(() => rm(directory, { recursive: true }))

const BUNDLE = JSON.stringify({ format: 'stateless-block/1', network: 'a chain' })
const block = (number: number) => ({ number, hash: `0x${number.toString(16).padStart(64, '0')}` })

function bundles(config?: object, place: string | undefined = directory) {
  const said: string[] = []
  return { said, kept: new KeptBundles({ directory: place, config, log: (line) => said.push(line) }) }
}

test('a bundle is a file named after its block, with the rules of a network that is not built in', async () => {
  const { kept } = bundles({ chainId: 7 })
  const file = join(directory, `invalid-${block(5).hash}.json`)
  expect(kept.keep(block(5), BUNDLE)).toBe(file)
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({
    ...(JSON.parse(BUNDLE) as object),
    config: { chainId: 7 },
  })
  // Told again when it turns out to be signed, without its bundle.
  expect(kept.keep(block(5), undefined)).toBe(file)
  // Refused for what it is built on.
  expect(kept.keep(block(6), undefined)).toBeNull()
  expect(await readdir(directory)).toHaveLength(1)
})

test('of many the oldest go, and nothing else', async () => {
  await writeFile(join(directory, 'CURRENT'), 'of the database')
  const { kept } = bundles()
  for (let number = 1; number <= MAX_BUNDLES + 3; number++) {
    const file = kept.keep(block(number), BUNDLE)!
    await utimes(file, number, number)
  }
  const names = await readdir(directory)
  expect(names).toContain('CURRENT')
  expect(names).toHaveLength(1 + MAX_BUNDLES)
  for (const gone of [1, 2, 3]) expect(names).not.toContain(`invalid-${block(gone).hash}.json`)
})

test('without a directory nothing is kept, and that is said', () => {
  const said: string[] = []
  const kept = new KeptBundles({ directory: undefined, config: undefined, log: (line) => said.push(line) })
  expect(kept.keep(block(5), BUNDLE)).toBeNull()
  expect(said).toEqual([expect.stringMatching(/block 5 0x0+5 invalid is not kept: name a directory with --db/)])
})

test('a file that cannot be written is said', async () => {
  const taken = join(directory, 'taken')
  await writeFile(taken, 'no directory')
  const { said, kept } = bundles(undefined, taken)
  expect(kept.keep(block(5), BUNDLE)).toBeNull()
  expect(said[0]).toContain('cannot be written')
})
