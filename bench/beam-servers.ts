/** Gateways for a case: processes of their own, with its latency, that have its blocks executed before anybody asks. */
import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { bytesToHex, hexToBytes } from '@ethereumjs/util'
import { asHash, type Hash } from '../src/chain/bytes.ts'
import { systemClock } from '../src/chain/clock.ts'
import { networkByName } from '../src/chain/network.ts'
import { decodeRawBlock } from '../src/execution/block/raw-block.ts'
import { loadWasmCrypto } from '../src/execution/crypto/wasm-crypto.ts'
import { readStatelessBlock } from '../src/execution/stateless-block.ts'
import { fetchWitness } from '../src/cli/witness/fetch-witness.ts'
import { witnessCommand } from '../src/cli/witness/witness-options.ts'
import { HttpEndpoint } from '../src/network/http/http-endpoint.ts'
import { parseServerUrl } from '../src/network/http/server-url.ts'
import { platformTransport } from '../src/network/http/transport.ts'
import { callJson } from '../src/network/on-demand/rpc-access-list.ts'
import { StateServiceClient } from '../src/network/state-service/state-service-client.ts'
import { hintsIn } from '../src/sync/state-fetch/sources/block-hints.ts'
import type { BeamCase, BeamChain } from './beam-cases.ts'
import { startGatewayProcess, type GatewayProcess } from './gateway-process.ts'

export interface BeamServers {
  readonly urls: readonly string[]
  /** What the client takes for its network. */
  readonly network: string | object
  readonly blocks: readonly BeamBlock[]
  stop(): Promise<void>
}

export interface BeamBlock {
  readonly name: string
  readonly hash: string
  /** What it is executed with, as recorded or as the devnet tells it. */
  readonly file: string
}

/** One client asks more of one server than any tab would, and what limits cost is not what is measured. */
const NO_LIMITS = ['--max-requests-per-second', '1000000']

/** Mgas of a devnet's block. */
const DEVNET_MGAS = 10

/** Amsterdam from the start, as much state as a block of that size has to look for, and no block after those that are there. */
const DEVNET = ['--devnet', '--forks', 'gloas:0', '--gas', `${DEVNET_MGAS}`, '--slots', '8', '--blocks', '0']

/** Calls in a batch while a gateway is warmed: so few are executed well within its time for one message. */
const WARMED_AT_ONCE = 8

/** What is the same of cases that can have the same gateways. */
export function serversKey({ chain, latencyMs, servers, without, sources }: BeamCase): string {
  return JSON.stringify([chain, latencyMs, servers, without, areHinted(sources)])
}

export async function startBeamServers(one: BeamCase): Promise<BeamServers> {
  const { chain, latencyMs, servers, without } = one
  // Of one folder for all blocks, the last would be the head, and the others too far behind it.
  const folder = await mkdtemp(join(tmpdir(), 'beamtab-bench-beam-'))
  const options = await chainOptions(chain, folder)
  const common = ['--latency', `${latencyMs}`, ...without.flatMap((name) => ['--without', name]), ...NO_LIMITS]
  const started = await Promise.allSettled(
    Array.from({ length: servers }, () => startGatewayProcess([...options, ...common])),
  )
  const gateways = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  const stop = async (): Promise<void> => {
    await Promise.all(gateways.map((gateway) => gateway.stop()))
    await rm(folder, { recursive: true })
  }
  try {
    const failed = started.find((one) => one.status === 'rejected')
    if (failed !== undefined) throw failed.reason as Error
    const served =
      chain.kind === 'recorded'
        ? await recorded(chain.files, one.sources, gateways)
        : await devnetHead(gateways[0]!, folder)
    return { urls: gateways.map(({ url }) => url), ...served, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function chainOptions(chain: BeamChain, folder: string): Promise<readonly string[]> {
  if (chain.kind === 'devnet') return DEVNET
  for (const file of chain.files) await copyFile(file, join(folder, basename(file)))
  const { network } = await readStatelessBlock(await readFile(chain.files[0]!))
  return ['--files', folder, '--network', network]
}

/**
 * A gateway answers the first request of a kind when it has executed the block, on a processor that the client needs; a node
 * that others use too has done that before.
 */
async function recorded(
  files: readonly string[],
  sources: BeamCase['sources'],
  gateways: readonly GatewayProcess[],
): Promise<Pick<BeamServers, 'network' | 'blocks'>> {
  const blocks: BeamBlock[] = []
  let network = ''
  for (const file of files) {
    const block = await readStatelessBlock(await readFile(file))
    for (const { url } of gateways) {
      await warm(url, block.blockHash)
      if (areHinted(sources)) await warmHints(url, block.network, block.block)
    }
    network = block.network
    blocks.push({ name: nameOf(file), hash: bytesToHex(block.blockHash), file })
  }
  return { network, blocks }
}

const areHinted = (sources: BeamCase['sources']): boolean => sources.includes('hints')

async function warm(url: string, blockHash: Hash): Promise<void> {
  const service = new StateServiceClient(new HttpEndpoint(parseServerUrl(url), platformTransport(systemClock)))
  await service.ask('witness', { blockHash }, new AbortController().signal)
}

/** What the client takes of it: the trace, else access lists, which take a gateway ten seconds. */
async function warmHints(url: string, networkName: string, rlp: Uint8Array): Promise<void> {
  const crypto = await loadWasmCrypto()
  const network = networkByName(networkName)
  const block = decodeRawBlock(rlp, crypto.keccak)
  const { hash, parentHash } = block.header
  const tracer = { tracer: 'prestateTracer', tracerConfig: { disableCode: true } }
  const [trace] = await ask(url, [{ method: 'debug_traceBlockByHash', params: [bytesToHex(hash), tracer] }])
  if ('result' in trace!) return
  const calls = hintsIn(block, network, crypto).calls.map((call) => ({
    method: 'eth_createAccessList',
    params: [callJson(call), { blockHash: bytesToHex(parentHash) }],
  }))
  for (let at = 0; at < calls.length; at += WARMED_AT_ONCE) await ask(url, calls.slice(at, at + WARMED_AT_ONCE))
}

async function devnetHead({ url }: GatewayProcess, folder: string): Promise<Pick<BeamServers, 'network' | 'blocks'>> {
  const [answer] = await ask(url, [{ method: 'eth_getBlockByNumber', params: ['latest', false] }])
  const { hash, number, gasUsed } = (answer as { result: Record<'hash' | 'number' | 'gasUsed', string> }).result
  await warm(url, asHash(hexToBytes(hash as `0x${string}`)))
  const network = (await (await fetch(`${url}/beamtab/network.json`)).json()) as object
  const file = join(folder, `${hash}.json`)
  const command = await witnessCommand(['--server', url, '--block', hash, '--form', 'witness', '--out', file])
  await fetchWitness(command, await loadWasmCrypto())
  const mgas = (Number(gasUsed) / 1e6).toFixed(1)
  return { network, blocks: [{ name: `devnet-${Number(number)} (${mgas} Mgas)`, hash, file }] }
}

async function ask(url: string, calls: readonly object[]): Promise<readonly object[]> {
  const response = await fetch(`${url}/rpc`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(calls.map((call, id) => ({ jsonrpc: '2.0', id, ...call }))),
  })
  if (!response.ok) throw new Error(`${url}: ${response.status} ${(await response.text()).slice(0, 300)}`)
  return (await response.json()) as object[]
}

function nameOf(file: string): string {
  return basename(file).replace(/\.json(\.gz)?$/, '')
}
