/** A gateway as its users run it: the command, in a process of its own. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

export interface GatewayProcess {
  readonly url: string
  /** ms from its start to the line that says it serves. */
  readonly readyMs: number
  /** Bytes of memory that it holds now, by the system's count. */
  residentBytes(): Promise<number>
  /** By SIGTERM. @throws {Error} unless it ends with 0 */
  stop(): Promise<void>
}

/** ms that a start may take: the first one makes the genesis state. */
const READY_TIMEOUT = 120_000

/** @throws {Error} with what it said, where it does not come to serve */
export async function startGatewayProcess(options: readonly string[]): Promise<GatewayProcess> {
  const start = performance.now()
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli/gateway.ts', ...options, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4_000)))
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const line = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).once('line', resolve)
    void ended.then((code) => reject(new Error(`the gateway ended with ${code}: ${said}`)))
    setTimeout(
      () => reject(new Error(`the gateway does not serve after ${READY_TIMEOUT} ms: ${said}`)),
      READY_TIMEOUT,
    ).unref()
  }).catch((error: unknown) => {
    child.kill('SIGKILL')
    throw error
  })
  const readyMs = performance.now() - start
  const { url } = JSON.parse(line) as { readonly url: string }
  return {
    url: url.replace(/\/$/, ''),
    readyMs,
    residentBytes: async () => Number(/^process_resident_memory_bytes (\S+)/m.exec(await metricsOf(url))?.[1]),
    stop: async () => {
      child.kill('SIGTERM')
      const code = await ended
      if (code !== 0) throw new Error(`the gateway ended with ${code}: ${said}`)
    },
  }
}

async function metricsOf(url: string): Promise<string> {
  const response = await fetch(new URL('/metrics', url))
  return response.text()
}
