/** The command as a process, and what it runs against: gateways of a devnet that grows, and a record of what they were asked. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, request as forward, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { bytesToHex } from '@ethereumjs/util'
import { decodeRequest } from '../../network/state-service/request-codec.ts'
import type { BeamLine } from './beam-lines.ts'

export interface BeamProcess {
  /** Printed so far. */
  readonly lines: readonly BeamLine[]
  /** When each came, by `performance.now()`. */
  readonly times: readonly number[]
  readonly stderr: () => string
  /** Resolves when so many lines have been printed; rejects when it ends before. */
  printed(count: number): Promise<void>
  /** Resolves when it has said something like this on stderr; rejects when it ends before. */
  said(pattern: RegExp): Promise<void>
  kill(signal: NodeJS.Signals): void
  /** The exit code; null where a signal ended it. */
  readonly ended: Promise<number | null>
}

const running = new Set<ReturnType<typeof spawn>>()

/** Ends whatever a failed test has left. */
export function killAll(): void {
  for (const child of running) child.kill('SIGKILL')
  running.clear()
}

export function startBeamProcess(args: readonly string[]): BeamProcess {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli/beam.ts', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child)
  const lines: BeamLine[] = []
  const times: number[] = []
  let stderr = ''
  let look: () => void = () => undefined
  createInterface(child.stdout).on('line', (line) => {
    lines.push(JSON.parse(line) as BeamLine)
    times.push(performance.now())
    look()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
    look()
  })
  // Not 'exit': what it printed last may still be on its way then.
  const ended = once(child, 'close').then(([code]) => {
    running.delete(child)
    return code as number | null
  })
  const until = (is: () => boolean, what: string) =>
    new Promise<void>((resolve, reject) => {
      look = () => {
        if (is()) resolve()
      }
      look()
      void ended.then((code) => reject(new Error(`it ended with ${code} before ${what}: ${stderr}`)))
    })
  return {
    lines,
    times,
    stderr: () => stderr,
    printed: (count) => until(() => lines.length >= count, `line ${count}`),
    said: (pattern) => until(() => pattern.test(stderr), String(pattern)),
    kill: (signal) => void child.kill(signal),
    ended,
  }
}

export interface RecordingProxy {
  readonly url: string
  /** Of the nodes and codes that were asked for by hash, since the last {@link forget}. */
  readonly hashes: ReadonlySet<string>
  forget(): void
  close(): Promise<void>
}

/** Passes everything on to a gateway, and notes what content was asked for. */
export async function recordingProxy(gateway: string): Promise<RecordingProxy> {
  const hashes = new Set<string>()
  const server = createServer((incoming, answer) => {
    const url = new URL(incoming.url ?? '/', gateway)
    if (/\/(nodes|codes)$/.test(url.pathname)) void noteHashes(url, incoming, hashes)
    const { method, headers } = incoming
    const onward = forward(url, { method, headers: { ...headers, host: url.host } }, (reply) => {
      answer.writeHead(reply.statusCode ?? 502, reply.headers)
      reply.pipe(answer)
    })
    onward.on('error', () => answer.destroy())
    answer.on('close', () => onward.destroy())
    incoming.pipe(onward)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    hashes,
    forget: () => hashes.clear(),
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function noteHashes(url: URL, incoming: IncomingMessage, hashes: Set<string>): Promise<void> {
  for (const hash of url.searchParams.getAll('hash').flatMap((list) => list.split(','))) hashes.add(hash)
  if (incoming.method !== 'POST') return
  const chunks: Buffer[] = []
  incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
  await once(incoming, 'end')
  const asked = decodeRequest(new Uint8Array(Buffer.concat(chunks)))
  if (asked.kind === 'nodes' || asked.kind === 'codes')
    for (const hash of asked.request.hashes) hashes.add(bytesToHex(hash))
}
