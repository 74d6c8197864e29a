/**
 * `--execution-head URL`: beacon blocks of our own on top of another's execution client, a development node for example.
 * Each slot carries the block that is the client's newest then; what is in its blocks and states is relayed.
 */
import type { PresetName } from '../../src/chain/beacon-preset.ts'
import { systemClock, type Clock } from '../../src/chain/clock.ts'
import { executionConfigOnly } from '../../src/chain/network.ts'
import { loadWasmCrypto } from '../../src/execution/crypto/wasm-crypto.ts'
import { platformTransport } from '../../src/network/http/transport.ts'
import { forksOfHeader } from '../devnet/frozen-chain.ts'
import { gatewayChain } from '../devnet/gateway-chain.ts'
import { startHostedChain } from '../devnet/hosted-chain.ts'
import { newestPayloads, newestPromises } from '../devnet/hosted-payloads.ts'
import { UnavailableError, type ExecutionBlock } from '../execution/execution-source.ts'
import { DiskCache } from '../gateway/upstream/execution/disk-cache.ts'
import { UpstreamExecution } from '../gateway/upstream/execution/upstream-execution.ts'
import { DEFAULT_CACHE_BYTES } from '../gateway/upstream/serve-upstreams.ts'
import type { ServedChain } from '../gateway/served-chain.ts'
import { blockPayload } from './block-payload.ts'
import { askRules } from './ask-rules.ts'
import type { ChainRules } from './client-rules.ts'

export interface ExecutionHeadOptions {
  /** Of the client's JSON-RPC. */
  readonly url: string
  /** geth's "config" object of its chain. Default: what the client tells of it. */
  readonly rules?: ChainRules | undefined
  /** Where witnesses are kept; left out: in memory only. */
  readonly cacheFolder?: string
  /** How old the beacon chain is at the start. Default: three periods. */
  readonly ageSlots?: number
  readonly seed?: string
  /** Default: mainnet. */
  readonly preset?: PresetName
  /** Default: 4. */
  readonly slotSeconds?: number
  readonly clock?: Clock
}

/**
 * While the client does not answer, beacon blocks stay at the block that was its last.
 * @throws {RequestError}, {UnavailableError} where it does not answer at the start
 */
export async function serveExecutionHead(options: ExecutionHeadOptions): Promise<ServedChain> {
  const { url, rules, cacheFolder, ...host } = options
  const clock = host.clock ?? systemClock
  const transport = platformTransport(clock)
  const crypto = await loadWasmCrypto()
  const config = rules ?? (await askRules(url, transport))
  const disk = cacheFolder === undefined ? undefined : await DiskCache.open(cacheFolder, DEFAULT_CACHE_BYTES)
  const network = executionConfigOnly(config)
  const execution = await UpstreamExecution.open({ network, urls: [url], transport, clock, crypto, disk })
  try {
    const { forks, payloads } = payloadsOf(execution, (block) => blockPayload(block, crypto.keccak, 'leftOut'))
    const chain = gatewayChain(await startHostedChain({ ...host, execution: config, forks, payloads: () => payloads }))
    return {
      ...chain,
      execution,
      about: { follows: { execution: execution.names } },
      // The blocks are another's, as they are.
      falseViews: undefined,
      close: async () => {
        await chain.close()
        execution.close()
      },
    }
  } catch (error) {
    execution.close()
    throw error
  }
}

/** Whole, where the head could be in a beacon block; else by hash, under Gloas. */
function payloadsOf(
  execution: UpstreamExecution,
  payloadOf: (block: ExecutionBlock) => ReturnType<typeof blockPayload>,
) {
  const newest = (): ExecutionBlock | undefined => {
    try {
      return execution.status().head
    } catch (error) {
      if (error instanceof UnavailableError) return undefined
      throw error
    }
  }
  const { head } = execution.status()
  const first = payloadOf(head)
  if (first === undefined) {
    const nameOf = ({ hash, number }: ExecutionBlock) => ({ blockHash: hash, blockNumber: number })
    const named = () => {
      const block = newest()
      return block && nameOf(block)
    }
    return { forks: { gloas: 0 }, payloads: newestPromises(nameOf(head), named) }
  }
  let last = { block: head, payload: first }
  const carried = () => {
    const block = newest()
    if (block === undefined || block === last.block) return last.payload
    const payload = payloadOf(block)
    if (payload !== undefined) last = { block, payload }
    return last.payload
  }
  return { forks: forksOfHeader(head.header), payloads: newestPayloads(first, carried) }
}
