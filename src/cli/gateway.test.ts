/** The command as a process: one line when it serves, logs elsewhere, and an orderly end. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { parseNetworkFile } from '../chain/network.ts'
import { describeWithData } from '../testing/data.ts'

/** Far above what a busy machine takes; a run that hangs is a failure. */
const RUN_LIMIT_MS = 110_000

/** Small and fast: what a devnet holds is tested elsewhere. */
const DEVNET = [
  '--devnet',
  '--preset',
  'minimal',
  '--age',
  '1',
  '--accounts',
  '200',
  '--gas',
  '0.1',
  '--slot',
  '1',
  '--seed',
  'command',
]

interface Run {
  readonly ready: Record<string, unknown>
  readonly stdout: () => string
  readonly stderr: () => string
  end(signal: NodeJS.Signals): Promise<unknown>
}

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'beamtab-gateway-'))
})
afterAll(() => rm(folder, { recursive: true }))

const running = new Set<ReturnType<typeof spawn>>()
afterEach(() => {
  for (const child of running) child.kill('SIGKILL')
  running.clear()
})

function launched(args: readonly string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli/gateway.ts', ...args], {
    env: { ...process.env, npm_lifecycle_event: undefined },
  })
  running.add(child)
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (data: Buffer) => (stdout += data.toString()))
  child.stderr.on('data', (data: Buffer) => (stderr += data.toString()))
  return { child, ended: once(child, 'exit'), stdout: () => stdout, stderr: () => stderr }
}

async function gateway(...args: readonly string[]): Promise<Run> {
  const { child, ended, stdout, stderr } = launched(args)
  await Promise.race([once(child.stdout, 'data'), ended])
  const line = stdout().split('\n')[0] ?? ''
  if (line === '') throw new Error(`it ended: ${stderr()}`)
  return {
    ready: JSON.parse(line) as Record<string, unknown>,
    stdout,
    stderr,
    end: async (signal) => {
      child.kill(signal)
      const [code] = (await ended) as [number | null]
      return code
    },
  }
}

async function failed(...args: readonly string[]): Promise<{ readonly code: unknown; readonly stderr: string }> {
  const { ended, stderr } = launched(args)
  const [code] = (await ended) as [number | null]
  return { code, stderr: stderr() }
}

const json = async (url: string): Promise<Record<string, unknown>> =>
  (await (await fetch(url)).json()) as Record<string, unknown>

test('a devnet: says where it is, serves, and ends with 0', { timeout: RUN_LIMIT_MS }, async () => {
  const run = await gateway(...DEVNET, '--fault', 'status-503@genesis', '--fault', 'stale-head@headers')
  const { url, network, checkpoint, pid } = run.ready as Record<'url' | 'network' | 'checkpoint', string> & {
    pid: number
  }
  expect(run.ready).toMatchObject({ ready: true, network: `${url}/beamtab/network.json` })
  expect(pid).toBeGreaterThan(0)
  const file = parseNetworkFile(await json(network))
  expect(`0x${Buffer.from(file.checkpoint!.root).toString('hex')}`).toBe(checkpoint)
  expect(file.servers).toContainEqual({ kind: 'gateway', url })
  expect((await fetch(`${url}/eth/v1/beacon/light_client/bootstrap/${checkpoint}`)).status).toBe(200)
  expect((await fetch(`${url}/eth/v1/beacon/genesis`)).status).toBe(503)
  const call = { method: 'POST', headers: { 'content-type': 'application/json' } }
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_getBlockByNumber', params: ['latest', false] })
  expect(await (await fetch(`${url}/`, { ...call, body })).json()).toHaveProperty(['result', 'hash'])
  expect(await json(`${url}/beamtab/control`)).toMatchObject({
    faults: [{ kind: 'status-503' }, { kind: 'stale-head' }],
  })
  const events = fetch(`${url}/eth/v1/events?topics=head`).then((response) => response.text())
  const cut = events.catch(() => 'cut')
  expect(await run.end('SIGTERM')).toBe(0)
  await cut
  // Results on stdout, a line of JSON for each log on stderr.
  expect(run.stdout().trim().split('\n')).toHaveLength(1)
  for (const line of run.stderr().trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('level')
})

test(
  'a chain that is to stop; a relay of it, and beacon blocks of its own on its head; its port is its own',
  { timeout: RUN_LIMIT_MS },
  async () => {
    const first = await gateway(...DEVNET, '--blocks', '0')
    const url = first.ready['url'] as string
    const { port } = new URL(url)
    const file = join(folder, 'network.json')
    await writeFile(file, await (await fetch(first.ready['network'] as string)).text())
    const [relay, onTop, refused] = await Promise.all([
      gateway('--beacon', url, '--execution', url, '--network', file),
      gateway('--devnet', '--execution-head', url, '--preset', 'minimal', '--slot', '1', '--age', '1'),
      failed('--execution-head', url, '--preset', 'minimal', '--age', '1', '--port', port),
    ])
    for (const { ready } of [relay, onTop]) {
      const said = (await (await fetch(`${String(ready['url'])}/healthz`)).json()) as Record<string, unknown>
      expect(said).toMatchObject({ status: 'ok', headNumber: expect.any(Number) as number })
      expect(parseNetworkFile(await (await fetch(ready['network'] as string)).json()).chainId).toBe(1337)
      expect((await fetch(`${String(ready['url'])}/beamtab/control`)).status).toBe(404)
    }
    expect(relay.ready['checkpoint']).toBe(first.ready['checkpoint'])
    expect([refused.code, refused.stderr.includes(`port ${port} is in use: `)]).toEqual([1, true])
    expect(await Promise.all([relay.end('SIGTERM'), onTop.end('SIGTERM')])).toEqual([0, 0])
    expect(await first.end('SIGINT')).toBe(0)
  },
)

test(
  'ended through npm: requests under way come to their end, and the port is free',
  { timeout: RUN_LIMIT_MS },
  async () => {
    const options = [...DEVNET, '--blocks', '0', '--latency', '1500', '--port', '0']
    // A group of its own, which is told as a whole: npm gets the signal, the gateway itself, and both pass it on.
    const npm = spawn('npm', ['run', '-s', 'gateway', '--', ...options], { detached: true })
    const ended = once(npm, 'exit')
    const [line] = (await once(npm.stdout, 'data')) as [Buffer]
    const { url, pid } = JSON.parse(line.toString()) as { readonly url: string; readonly pid: number }
    try {
      const answer = fetch(`${url}/eth/v1/beacon/genesis`)
      // Its connection, and that of whoever looks.
      await expect.poll(() => openConnections(url)).toBe(2)
      await openConnections(url)
      process.kill(-npm.pid!, 'SIGTERM')
      expect((await answer).status).toBe(200)
      await ended
      await expect.poll(() => fetch(`${url}/healthz`).catch(() => 'gone'), { timeout: 20_000 }).toBe('gone')
    } finally {
      endIfThere(pid)
    }
  },
)

async function openConnections(url: string): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text()
  return Number(/^beamtab_open_connections (\d+)/m.exec(metrics)?.[1])
}

function endIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended, as it should.
  }
}

test('bad usage: 2, and what is wrong with it', { timeout: RUN_LIMIT_MS }, async () => {
  const [liar, nothing] = await Promise.all([failed('--devnet', '--fault', 'lies'), failed()])
  expect([liar.code, nothing.code]).toEqual([2, 2])
  expect(liar.stderr).toMatch(/^--fault "lies": kind is "lies", expected one of .*\nusage: npm run -s gateway/)
})

describeWithData('an imported chain', (data) => {
  test('is served to its last block', { timeout: RUN_LIMIT_MS }, async () => {
    const folder = `${data}/chains/execution-apis-tests`
    const run = await gateway('--genesis', `${folder}/genesis.json`, '--chain', `${folder}/chain.rlp`)
    const call = { method: 'POST', headers: { 'content-type': 'application/json' } }
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_getBlockByNumber', params: ['latest', false] })
    const answer: unknown = await (await fetch(`${String(run.ready['url'])}/rpc`, { ...call, body })).json()
    const head = '0xd226371d0b1551adb03fb52b71f08e3e11247fe9b1af994768af8cdaa8e7dcd7'
    expect(answer).toHaveProperty(['result', 'hash'], head)
    expect((await fetch(`${String(run.ready['url'])}/beamtab/control`)).status).toBe(404)
    expect(await run.end('SIGTERM')).toBe(0)
  })
})
