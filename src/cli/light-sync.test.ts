import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { mainnet } from '../chain/networks/mainnet.ts'
import { describeWithData } from '../testing/data.ts'

const scratch = mkdtempSync(join(tmpdir(), 'beamtab-light-sync-'))
afterAll(() => rmSync(scratch, { recursive: true }))

/** stdout must be one JSON line, or nothing where the usage is wrong. */
function lightSync(...args: string[]): Promise<{ code: number; line: Record<string, unknown>; stderr: string }> {
  const argv = ['--import', 'tsx', 'src/cli/light-sync.ts', ...args]
  return new Promise((resolve) => {
    const child = execFile(process.execPath, argv, { timeout: 60_000 }, (_, stdout, stderr) => {
      const line = (stdout === '' ? {} : JSON.parse(stdout)) as Record<string, unknown>
      resolve({ code: child.exitCode ?? -1, line, stderr })
    })
  })
}

describeWithData('light-sync', (data) => {
  const deneb = (name: string) => join(data, 'lightclient/mainnet-deneb-1347-1406', name)
  const fulu = (name: string) => join(data, 'lightclient/mainnet-fulu-1711-nimbus', name)
  const bootstrap = deneb('bootstrap_slot11034656.ssz')

  test('SSZ: two files of updates in the order given, a network from a file, a trusted root', async () => {
    const network = join(scratch, 'network.json')
    writeFileSync(network, JSON.stringify(mainnet))
    const root = '0x0dd3c5a5e8f2f4a1a0c1b0f7c1a9d0e3c5b7a9f1e3d5c7b9a1f3e5d7c9b1a3f5'
    const files = [deneb('updates_1347_46.ssz'), deneb('updates_1393_14.ssz')]
    const options = ['--network', network, '--bootstrap', bootstrap, '--updates', ...files]
    const accepted = await lightSync(...options)
    expect(accepted).toMatchObject({
      code: 0,
      line: { bootstrap: true, updates: 60, accepted: 60, rejected: [], finality: null, optimistic: null },
    })
    expect(accepted.line).toMatchObject({ finalizedSlot: 11518368, optimisticSlot: 11518456 })
    const { init, total } = accepted.line['ms'] as { init: number; total: number }
    expect(total).toBeGreaterThanOrEqual(init)
    expect(await lightSync(...options, '--trusted-root', root)).toMatchObject({
      code: 1,
      line: {
        bootstrap: false,
        accepted: 0,
        error: expect.stringContaining(`expected the trusted block ${root}`) as string,
      },
    })
  })

  test('JSON, with heads; nothing of the future at an earlier time', async () => {
    const heads = ['--finality', fulu('lc_finality.json'), '--optimistic', fulu('lc_optimistic.json')]
    const options = [
      '--network',
      'mainnet',
      '--bootstrap',
      fulu('lc_bootstrap.json'),
      '--updates',
      fulu('lc_updates.json'),
      ...heads,
    ]
    expect(await lightSync(...options)).toMatchObject({
      code: 0,
      line: {
        updates: 1,
        accepted: 1,
        finality: true,
        optimistic: true,
        finalizedSlot: 14017952,
        optimisticSlot: 14018019,
      },
    })
    const early = await lightSync(...options, '--now', String(mainnet.genesisTime + 14017000 * 12))
    expect(early).toMatchObject({
      code: 1,
      line: { accepted: 1, finality: false, optimistic: false, finalizedSlot: 14017856 },
    })
    expect(early.line['finalityError']).toContain('the current slot is 14017000')
  })

  test('a file cut short: what stands before the cut is accepted, the rest is named', async () => {
    const cut = join(scratch, 'cut.ssz')
    writeFileSync(cut, readFileSync(deneb('updates_1347_46.ssz')).subarray(0, 70_000))
    const result = await lightSync('--network', 'mainnet', '--bootstrap', bootstrap, '--updates', cut)
    expect(result).toMatchObject({ code: 1, line: { updates: 3, accepted: 2 } })
    expect(result.line['rejected']).toMatchObject([
      { period: null, error: expect.stringContaining('update 2 at byte') as string },
    ])
  })

  test('a gap: each update after it is refused with its period', async () => {
    const options = ['--network', 'mainnet', '--bootstrap', bootstrap, '--updates', deneb('updates_1393_14.ssz')]
    const { code, line } = await lightSync(...options)
    expect([code, line['accepted']]).toEqual([1, 0])
    expect(line['rejected']).toMatchObject([
      { period: 1393, error: expect.stringContaining('expected one of period 1347') as string },
      ...Array.from({ length: 13 }, (_, i) => ({ period: 1394 + i })),
    ])
  })

  test('empty files of updates: an entry that names each, the others are accepted', async () => {
    const empty = join(scratch, 'empty.ssz')
    const list = join(scratch, 'list.json')
    writeFileSync(empty, '')
    writeFileSync(list, '{"data":[]}')
    const options = ['--network', 'mainnet', '--bootstrap', fulu('lc_bootstrap.json')]
    const result = await lightSync(...options, '--updates', empty, fulu('lc_updates.json'), list)
    expect(result).toMatchObject({ code: 1, line: { bootstrap: true, accepted: 1 } })
    expect(result.line['rejected']).toEqual([
      { period: null, error: `DecodeError: ${empty}: the file is empty, it holds no update` },
      { period: null, error: `DecodeError: ${list}: the file is empty, it holds no update` },
    ])
  })

  test('a bootstrap of mainnet read as one of sepolia: the error asks for the network', async () => {
    const options = ['--network', 'sepolia', '--bootstrap', bootstrap, '--updates', deneb('updates_1393_14.ssz')]
    const { code, line } = await lightSync(...options)
    expect([code, line['bootstrap']]).toEqual([1, false])
    expect(line['error']).toContain('it may be of another network than sepolia')
  })
})

const start = ['--bootstrap', 'package.json', '--updates', 'package.json']

test.each([
  ['no bootstrap', ['--network', 'mainnet'], '--bootstrap is missing'],
  ['an unknown network', ['--network', 'ropsten', ...start], '--network ropsten is not mainnet'],
  ['no updates', ['--network', 'mainnet', '--bootstrap', 'package.json'], '--updates is missing'],
  ['a folder for a file', ['--network', 'mainnet', ...start, '--finality', 'src'], 'src is a folder'],
  ['a folder for a network', ['--network', 'src', ...start], '--network src is a folder'],
  [
    'a file that is not there',
    ['--network', 'mainnet', ...start, '--finality', 'nowhere.ssz'],
    'nowhere.ssz: no such file',
  ],
  ['a root of another length', ['--network', 'mainnet', ...start, '--trusted-root', '0x12'], '--trusted-root 0x12'],
])('%s is bad usage', async (_, args, message) => {
  const { code, stderr } = await lightSync(...args)
  expect(code).toBe(2)
  expect(stderr).toContain(message)
})
