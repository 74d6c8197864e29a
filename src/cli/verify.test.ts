/** The command as a process: result lines, exit codes, and the memory that a whole folder takes. */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeWithData } from '../testing/data.ts'

interface Run {
  readonly code: number
  readonly lines: Record<string, unknown>[]
  readonly stderr: string
}

/** @param nodeOptions before the script */
function verify(args: readonly string[], nodeOptions: readonly string[] = []): Promise<Run> {
  return new Promise((resolve) => {
    const command = [...nodeOptions, '--import', 'tsx', 'src/cli/verify.ts', ...args]
    execFile(process.execPath, command, { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      const lines = stdout.split('\n').filter((line) => line !== '')
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
      resolve({ code, lines: lines.map((line) => JSON.parse(line) as Record<string, unknown>), stderr })
    })
  })
}

test('called wrongly, it prints its usage and exits with 2', async () => {
  const wrong = [[], ['--nonsense'], ['/does/not/exist'], ['--network', 'nowhere', 'x.json']]
  for (const { code, lines, stderr } of await Promise.all(wrong.map((args) => verify(args)))) {
    expect([code, lines]).toEqual([2, []])
    expect(stderr).toContain('usage: npm run -s verify')
  }
})

test('a folder among the files of a folder is passed over; a file that cannot be read has its line', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'beamtab-verify-'))
  try {
    await mkdir(join(folder, 'a-folder.json'))
    await writeFile(join(folder, 'b.json'), '{}')
    await symlink(join(folder, 'a-folder.json'), join(folder, 'c.json'))
    await symlink(join(folder, 'nowhere'), join(folder, 'd.json'))
    const { code, lines } = await verify([folder])
    expect(code).toBe(1)
    expect(lines).toMatchObject(
      ['b.json', 'c.json', 'd.json'].map((name) => ({
        file: join(folder, name),
        verified: false,
        error: { code: 'unreadable-file' },
      })),
    )
  } finally {
    await rm(folder, { recursive: true })
  }
})

describeWithData('verify on real blocks', (data) => {
  const blocks = join(data, 'witness-blocks')
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'beamtab-verify-'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  const read = async (name: string) =>
    JSON.parse(gunzipSync(await readFile(join(blocks, `${name}.json.gz`))).toString()) as Record<string, unknown>
  const write = async (name: string, content: unknown) => {
    const path = join(folder, name)
    await writeFile(path, Buffer.isBuffer(content) ? content : JSON.stringify(content))
    return path
  }

  test('all blocks of the folder, one after another, in a heap of at most 300 MB', async () => {
    const { code, lines } = await verify([blocks], ['--max-old-space-size=300'])
    expect(lines.filter(({ verified }) => verified !== true)).toEqual([])
    expect([code, lines.length]).toEqual([0, 30])
    const block = lines.find(({ number }) => number === 24628608)
    expect(block).toMatchObject({
      network: 'mainnet',
      fork: 'bpo2',
      txs: 146,
      gasUsed: 12907474,
      verified: true,
      stateRoot: '0x0c7879d707affd9394367d6c97e73701a2541811676be00f3a7a51785d2e3767',
      notChecked: [],
    })
    expect(Object.keys(block?.['ms'] as object)).toEqual(['decode', 'hash', 'senders', 'evm', 'root', 'total'])
    expect(typeof block?.['nodes']).toBe('number')
    expect(typeof block?.['mgasPerSecond']).toBe('number')
  })

  test('each bad file has a line that says what was wrong and where, and the others are verified', async () => {
    const good = await read('mainnet-2675002')
    const state = good['state'] as string[]
    const paths = [
      await write('good.json', good),
      await write('packed.json.gz', gzipSync(JSON.stringify(good))),
      await write('cut.json.gz', gzipSync(JSON.stringify(good)).subarray(0, 3000)),
      await write('text.json', Buffer.from('not json')),
      await write('hash.json', { ...good, blockHash: `0x${'00'.repeat(32)}` }),
      await write('node.json', { ...good, state: state.slice(1) }),
      await write('code.json', { ...good, codes: [] }),
    ]
    const { code, lines } = await verify(paths)
    expect(code).toBe(1)
    expect(lines.map(({ file }) => file)).toEqual(paths)
    expect(lines.map(({ verified }) => verified)).toEqual([true, true, false, false, false, false, false])
    expect(lines[2]).toMatchObject({ error: { code: 'unreadable-file' } })
    expect(lines[3]).toMatchObject({ error: { code: 'unreadable-file' } })
    expect(lines[4]).toMatchObject({
      mismatch: { field: 'blockHash', expected: `0x${'00'.repeat(32)}`, actual: good['blockHash'] },
    })
    expect(Object.keys(lines[5]?.['fault'] as object)).toEqual(['kind', 'hash', 'owner', 'path', 'account', 'slot'])
    expect(lines[6]).toMatchObject({ fault: { kind: 'code' } })
  })

  test('a block of another network than asked for is refused', async () => {
    const { code, lines } = await verify(['--network', 'sepolia', join(blocks, 'mainnet-97.json.gz')])
    expect(code).toBe(1)
    expect(lines).toMatchObject([{ verified: false, error: { code: 'wrong-network' } }])
  })
})
