import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { describeWithData } from '../../testing/data.ts'
import type { Outcome } from './suite.ts'
import { trieSuite } from './trie.ts'

async function outcomes(folder: string): Promise<[name: string, outcome: Outcome][]> {
  const all: [string, Outcome][] = []
  for await (const found of trieSuite.cases(folder)) all.push([found.name, await found.run()])
  return all
}

describeWithData('the official trie vectors', (data) => {
  test('pass, but for next/prev, which are skipped with the reason', async () => {
    const all = await outcomes(join(data, trieSuite.folder))
    const kinds = all.map(([, { kind }]) => kind)
    expect(all.filter(([, { kind }]) => kind === 'failed')).toEqual([])
    expect(kinds.filter((kind) => kind === 'passed').length).toBeGreaterThan(0)
    for (const [name, { kind }] of all) expect(kind === 'skipped').toBe(name.includes('nextprev'))
  })
})

test('a wrong root, a wrong shape and a file that is no JSON fail by name', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'trie-suite-'))
  try {
    const root = `0x${'00'.repeat(32)}`
    await writeFile(
      join(folder, 'a.json'),
      JSON.stringify({ wrong: { in: [['a', 'b']], root }, shape: { in: 3, root }, none: 1 }),
    )
    await writeFile(join(folder, 'b.json'), '{')
    const all = await outcomes(folder)
    expect(all.map(([name, { kind }]) => [name, kind])).toEqual([
      ['a.json/wrong', 'failed'],
      ['a.json/shape', 'failed'],
      ['a.json/none', 'failed'],
      ['b.json', 'failed'],
    ])
  } finally {
    await rm(folder, { recursive: true })
  }
})
