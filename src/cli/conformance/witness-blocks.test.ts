import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { describeWithData } from '../../testing/data.ts'
import type { Outcome } from './suite.ts'
import { witnessBlocks } from './witness-blocks.ts'

describeWithData('the suite of witness blocks', (data) => {
  /** Any would do; this one is small. */
  const name = 'mainnet-1149999.json.gz'
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'beamtab-witness-blocks-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  async function runChanged(change: (file: Record<string, unknown>) => void): Promise<Outcome[]> {
    const file = JSON.parse(gunzipSync(await readFile(join(data, 'witness-blocks', name))).toString()) as Record<
      string,
      unknown
    >
    change(file)
    await writeFile(join(folder, name), gzipSync(JSON.stringify(file)))
    const outcomes: Outcome[] = []
    for await (const each of witnessBlocks.cases(folder)) outcomes.push(await each.run())
    return outcomes
  }

  test('passes a block as it was recorded', async () => {
    expect(await runChanged(() => undefined)).toEqual([{ kind: 'passed' }])
  })

  test.each([
    ['a node is missing', 'data fault: missing node', (file) => void (file['state'] as string[]).pop()],
    ['the hash is another', 'mismatch of blockHash', (file) => (file['blockHash'] = `0x${'11'.repeat(32)}`)],
    ['the network is another', 'rejected (wrong-network)', (file) => (file['network'] = 'sepolia')],
  ] satisfies [string, string, (file: Record<string, unknown>) => unknown][])(
    'fails in words where %s',
    async (_, words, change) => {
      expect(await runChanged((file) => void change(file))).toEqual([
        { kind: 'failed', error: expect.stringContaining(words) as string },
      ])
    },
  )
})
