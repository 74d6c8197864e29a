/** The command as a process, against local beacon nodes of a chain that grows while it is followed. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDevnetBeacon, type DevnetBeacon } from '../../server/devnet/start-devnet-beacon.ts'

/** Far above what a busy machine takes; a run that hangs is a failure. */
const RUN_LIMIT_MS = 60_000

interface Run {
  readonly code: number
  readonly lines: Record<string, unknown>[]
  readonly stderr: string
}

let folder: string
let devnet: DevnetBeacon
let gloas: DevnetBeacon
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'beamtab-follow-'))
  devnet = await startDevnetBeacon({ seed: 'follow', slotSeconds: 1, agePeriods: 3 })
  gloas = await startDevnetBeacon({
    seed: 'gloas',
    slotSeconds: 1,
    agePeriods: 3,
    forks: { electra: 0, fulu: 8, gloas: 16 },
  })
  await writeFile(join(folder, 'devnet.json'), JSON.stringify(devnet.networkFile))
  await writeFile(join(folder, 'gloas.json'), JSON.stringify(gloas.networkFile))
  const { checkpoint: _, ...rootless } = devnet.networkFile
  await writeFile(join(folder, 'rootless.json'), JSON.stringify({ ...rootless, checkpoint: null }))
})
afterAll(async () => {
  await Promise.all([devnet.close(), gloas.close(), rm(folder, { recursive: true })])
})

const follow = (network: string, ...args: readonly string[]): Promise<Run> => followUntil(undefined, network, ...args)

/** @param seen on stderr; the run is then told to end */
function followUntil(seen: RegExp | undefined, network: string, ...args: readonly string[]): Promise<Run> {
  return new Promise((resolve) => {
    const command = ['--import', 'tsx', 'src/cli/follow.ts', '--network', join(folder, network), ...args]
    const child = execFile(process.execPath, command, { timeout: RUN_LIMIT_MS }, (error, stdout, stderr) => {
      const lines = stdout.split('\n').filter((line) => line !== '')
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1
      resolve({ code, lines: lines.map((line) => JSON.parse(line) as Record<string, unknown>), stderr })
    })
    let said = ''
    child.stderr?.on('data', (chunk: string) => {
      said += chunk
      if (seen?.test(said) === true) child.kill('SIGTERM')
    })
  })
}

test('once: from the checkpoint in the network file to a finalized head', { timeout: RUN_LIMIT_MS }, async () => {
  const { code, lines } = await follow('devnet.json', '--once')
  expect(code).toBe(0)
  const last = lines.at(-1)!
  const block = devnet.chain.blocks.find(({ slot }) => slot === last['slot'])!
  expect(last).toMatchObject({
    blockRoot: `0x${Buffer.from(block.root).toString('hex')}`,
    signers: 32,
    size: 32,
    server: devnet.url,
  })
  const { hash, number } = last['execution'] as { hash: string; number: number }
  expect(hash).toMatch(/^0x[0-9a-f]{64}$/)
  expect(number).toBeGreaterThan(0)
  expect(last['finalizedSlot']).toBeGreaterThan(devnet.checkpoint.slot)
})

test('slots: heads in order, beside a server that is behind and one that lies', { timeout: RUN_LIMIT_MS }, async () => {
  const stale = await devnet.addServer(devnet.staleSource(60))
  const { url: other } = gloas
  const { code, lines, stderr } = await follow('devnet.json', '--beacon', other, stale.url, devnet.url, '--slots', '3')
  expect(code).toBe(0)
  const slots = lines.map(({ slot }) => slot as number)
  expect(slots.length).toBeGreaterThanOrEqual(3)
  expect(slots).toEqual([...slots].sort((a, b) => a - b))
  expect(new Set(lines.map(({ server }) => server)).has(other)).toBe(false)
  expect(stderr).toMatch(/is of a network that is not built in .* expected devnet/)
})

test('once: a stale head ends nothing, though it is the first', { timeout: RUN_LIMIT_MS }, async () => {
  const stale = await devnet.addServer(devnet.staleSource(90))
  const slow = await devnet.addServer()
  slow.faults.set([{ route: 'all', fault: { kind: 'delay', ms: 900 } }])
  const { code, lines, stderr } = await follow('devnet.json', '--beacon', stale.url, slow.url, '--once')
  expect(code).toBe(0)
  expect(stderr).toContain('the newest head is stale')
  expect(lines.every(({ slot }) => devnet.chain.head.slot - (slot as number) < 60)).toBe(true)
})

test('a wrong path is named, and a run without a head is no success', { timeout: RUN_LIMIT_MS }, async () => {
  const wrong = `${devnet.url}/wrong`
  const said = /no server that serves light clients can be asked now \(.*\/wrong serves no light clients: /
  const { code, lines, stderr } = await followUntil(said, 'devnet.json', '--beacon', wrong, '--once')
  expect(stderr).toMatch(said)
  expect([code, lines]).toEqual([1, []])
})

test('gloas: the number comes with the payload of the hash that is proven', { timeout: RUN_LIMIT_MS }, async () => {
  const { code, lines } = await follow('gloas.json', '--slots', '2')
  expect(code).toBe(0)
  const { number } = lines.at(-1)!['execution'] as { number: number }
  expect(number).toBeGreaterThan(0)
})

test('two nodes agree on a checkpoint where none is given', { timeout: RUN_LIMIT_MS }, async () => {
  const second = await devnet.addServer()
  const { code, lines, stderr } = await follow('rootless.json', '--beacon', devnet.url, second.url, '--once')
  expect(stderr).toContain('(quorum)')
  expect([code, lines.length > 0]).toEqual([0, true])
})

test('one source alone is refused, by name', { timeout: RUN_LIMIT_MS }, async () => {
  const { code, lines, stderr } = await follow('rootless.json', '--beacon', devnet.url, '--once')
  expect([code, lines]).toEqual([1, []])
  expect(stderr).toContain('too few independent sources')
})

test('a URL that is none is bad usage', { timeout: RUN_LIMIT_MS }, async () => {
  const { code, stderr } = await follow('devnet.json', '--beacon', 'ftp://127.0.0.1', '--once')
  expect(code).toBe(2)
  expect(stderr).toContain("a server's URL begins with ftp:")
})
