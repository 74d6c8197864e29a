/** `gateway-soak`: the memory of a gateway whose devnet grows for long, while somebody asks for what each block needs. */
import { setTimeout as sleep } from 'node:timers/promises'
import { startGatewayProcess } from './gateway-process.ts'

/**
 * Minutes, and seconds of a slot: an hour of the default devnet. Shorter by `gateway-soak MINUTES SLOT_SECONDS`, with
 * fuller blocks by `gateway-soak MINUTES SLOT_SECONDS MGAS`.
 */
const DEFAULT_MINUTES = 60
const DEFAULT_SLOT_SECONDS = 4

/** Lines in a run. */
const SAMPLES = 12

export async function benchGatewaySoak(
  _: unknown,
  [minutes = `${DEFAULT_MINUTES}`, slotSeconds = `${DEFAULT_SLOT_SECONDS}`, mgas]: readonly string[],
  print: (line: object) => void,
): Promise<void> {
  const gas = mgas === undefined ? [] : ['--gas', mgas]
  const gateway = await startGatewayProcess(['--devnet', '--slot', slotSeconds, ...gas])
  const stop = new AbortController()
  const asking = askForWitnesses(gateway.url, Number(slotSeconds) * 1_000, stop.signal)
  try {
    const sampleMs = (Number(minutes) * 60_000) / SAMPLES
    for (let sample = 1; sample <= SAMPLES; sample++) {
      await Promise.race([sleep(sampleMs), asking])
      print({
        bench: 'gateway-soak',
        where: 'node',
        minutes: Number(((sample * sampleMs) / 60_000).toFixed(2)),
        slotSeconds: Number(slotSeconds),
        head: await headOf(gateway.url),
        residentMiB: Math.round((await gateway.residentBytes()) / 2 ** 20),
      })
    }
  } finally {
    stop.abort()
    await asking
    await gateway.stop()
  }
}

/** As a tab would: the witness of each new block. Rejects when one cannot be had. */
async function askForWitnesses(url: string, slotMs: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await rpc(url, 'debug_executionWitness', ['latest'])
    await sleep(slotMs, undefined, { signal }).catch(() => undefined)
  }
}

const headOf = async (url: string): Promise<number> => Number(await rpc(url, 'eth_blockNumber', []))

async function rpc(url: string, method: string, params: readonly unknown[]): Promise<unknown> {
  const response = await fetch(`${url}/rpc`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  })
  const { result, error } = (await response.json()) as { readonly result?: unknown; readonly error?: unknown }
  if (error !== undefined) throw new Error(`${method}: ${JSON.stringify(error).slice(0, 300)}`)
  return result
}
