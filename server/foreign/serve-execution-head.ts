/**
 * `--execution-head URL`: beacon blocks of our own on top of another's execution client, a development node for example.
 * Each slot carries the block that is the client's newest then; what is in its blocks and states is relayed.
 */
import { bytesToHex } from '@ethereumjs/util'
import type { PresetName } from '../../src/chain/beacon-preset.ts'
import { systemClock, type Clock } from '../../src/chain/clock.ts'
import { executionConfigOnly } from '../../src/chain/network.ts'
import { loadWasmCrypto } from '../../src/execution/crypto/wasm-crypto.ts'
import { platformTransport } from '../../src/network/http/transport.ts'
import type { ForkEpochs } from '../devnet/devnet-network.ts'
import { forksOfHeader } from '../devnet/frozen-chain.ts'
import { gatewayChain } from '../devnet/gateway-chain.ts'
import { startHostedChain } from '../devnet/hosted-chain.ts'
import { newestPayloads, newestPromises } from '../devnet/hosted-payloads.ts'
import type { PayloadMaker } from '../devnet/light-client/payload-maker.ts'
import { UnavailableError, type ExecutionBlock } from '../execution/execution-source.ts'
import { DiskCache } from '../gateway/upstream/execution/disk-cache.ts'
import { UpstreamExecution } from '../gateway/upstream/execution/upstream-execution.ts'
import { DEFAULT_CACHE_BYTES } from '../gateway/upstream/serve-upstreams.ts'
import type { ServedChain } from '../gateway/served-chain.ts'
import { blockPayload } from './block-payload.ts'
import { askRules } from './ask-rules.ts'
import type { ChainRules } from './client-rules.ts'
import { FollowedRules } from './followed-rules.ts'
import { guardedBeacon } from './guarded-beacon.ts'

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
  /** Told, once each, what keeps the client's newest blocks from being followed. Default: nobody. */
  readonly onTrouble?: (message: string) => void
}

/**
 * While the client does not answer, beacon blocks stay at the block that was its last. Where it goes on to blocks that the
 * beacon chain's fork cannot carry, nothing of that chain is served any more, with the reason: a fork cannot be added to
 * the network file that clients have.
 * @throws {RequestError}, {UnavailableError} where it does not answer at the start
 */
export async function serveExecutionHead(options: ExecutionHeadOptions): Promise<ServedChain> {
  const { url, rules: given, cacheFolder, onTrouble = () => undefined, ...host } = options
  const clock = host.clock ?? systemClock
  const transport = platformTransport(clock)
  const crypto = await loadWasmCrypto()
  const ask = () => askRules(url, transport)
  const rules = given === undefined ? new FollowedRules(await ask(), ask, onTrouble) : undefined
  const config = given ?? rules!.config
  const disk = cacheFolder === undefined ? undefined : await DiskCache.open(cacheFolder, DEFAULT_CACHE_BYTES)
  const network = executionConfigOnly(config)
  const execution = await UpstreamExecution.open({
    ...{ network, networkNow: () => rules?.network ?? network },
    ...{ urls: [url], transport, clock, crypto, disk },
  })
  execution.listen((news) => {
    if (news.kind === 'head') void rules?.follow(news.head)
  })
  try {
    const payloadOf = (block: ExecutionBlock) => blockPayload(block, crypto.keccak, 'leftOut')
    const { forks, payloads, trouble } = payloadsOf(execution, payloadOf, onTrouble)
    const chain = gatewayChain(await startHostedChain({ ...host, execution: config, forks, payloads: () => payloads }))
    return {
      ...chain,
      beacon: guardedBeacon(chain.beacon, trouble),
      networkFile: (at) => ({ ...chain.networkFile(at), ...(rules && { execution: rules.config }) }),
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
  onTrouble: (message: string) => void,
): { readonly forks: ForkEpochs; readonly payloads: PayloadMaker; readonly trouble: () => string | undefined } {
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
    return { forks: { gloas: 0 }, payloads: newestPromises(nameOf(head), named), trouble: () => undefined }
  }
  const forks = forksOfHeader(head.header)
  const [fork] = Object.keys(forks)
  let last = { block: head, payload: first }
  let trouble: string | undefined
  const carried = () => {
    const block = newest()
    if (block === undefined || block === last.block) return last.payload
    const payload = fork === Object.keys(forksOfHeader(block.header))[0] ? payloadOf(block) : undefined
    if (payload !== undefined) {
      last = { block, payload }
      trouble = undefined
      return payload
    }
    if (trouble === undefined) {
      trouble = `${execution.names.join(', ')}: block ${block.number} (${bytesToHex(block.hash)}) is one that no beacon block of ${fork} can carry; its chain has come to another fork: start again to follow it`
      onTrouble(trouble)
    }
    return last.payload
  }
  return { forks, payloads: newestPayloads(first, carried), trouble: () => trouble }
}
