/**
 * Somebody who asks a little, again and again, while others flood a gateway, and what they notice of it: in a process of its
 * own, since whoever sends a flood is busy with that.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface Calm {
  readonly asked: number
  readonly failed: number
  /** ms that all but the slowest percent of the answers took. */
  readonly p99: number
  /** The most memory that the gateway held. */
  readonly residentBytes: number
}

export interface CalmClient {
  /** How it was since the last report. */
  report(): Promise<Calm>
  stop(): void
}

export async function startCalmClient(url: string): Promise<CalmClient> {
  const child = spawn(process.execPath, ['--import', 'tsx', SELF, url], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface(child.stdout)
  await once(lines, 'line')
  return {
    report: async () => {
      const line = once(lines, 'line') as Promise<[string]>
      child.stdin.write('report\n')
      return JSON.parse((await line)[0]) as Calm
    },
    stop: () => void child.kill('SIGKILL'),
  }
}

/** ms between two questions: a tab that follows a chain asks less. */
const PAUSE = 10
/** Questions between two looks at the gateway's memory. */
const LOOK_EVERY = 10

async function stayCalm(url: string): Promise<never> {
  let [times, failed, residentBytes]: [number[], number, number] = [[], 0, 0]
  createInterface(process.stdin).on('line', () => {
    times.sort((a, b) => a - b)
    const p99 = times[Math.floor(times.length * 0.99)] ?? 0
    say(JSON.stringify({ asked: times.length, failed, p99, residentBytes } satisfies Calm))
    ;[times, failed, residentBytes] = [[], 0, 0]
  })
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_getBlockByNumber', params: ['latest', false] })
  say('asking')
  for (let count = 1; ; count++) {
    const begun = performance.now()
    const answer = await fetch(`${url}/rpc`, { method: 'POST', headers, body }).then(
      async (response) => (response.ok ? await response.text() : undefined),
      () => undefined,
    )
    if (answer?.includes('"result"') !== true) failed += 1
    times.push(performance.now() - begun)
    if (count % LOOK_EVERY === 0) residentBytes = Math.max(residentBytes, await resident(url))
    await new Promise((resolve) => setTimeout(resolve, PAUSE))
  }
}

const say = (line: string): void => void process.stdout.write(`${line}\n`)

async function resident(url: string): Promise<number> {
  const text = await fetch(`${url}/metrics`).then((response) => response.text())
  return Number(/^process_resident_memory_bytes (\S+)/m.exec(text)?.[1])
}

const SELF = fileURLToPath(import.meta.url)
if (process.argv[1] === SELF) await stayCalm(process.argv[2] ?? '')
