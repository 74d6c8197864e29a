/**
 * Beacon blocks on top of an execution chain that does not go on, of another's making: every one of them carries the same
 * execution block, so that heads stay fresh.
 */
import { RLP } from '@ethereumjs/rlp'
import type { PresetName } from '../../src/chain/beacon-preset.ts'
import type { Clock } from '../../src/chain/clock.ts'
import type { CarriedPayload } from '../../src/consensus/containers/execution-payload.ts'
import type { ExecutionBlock } from '../execution/execution-source.ts'
import type { ForkEpochs } from './devnet-network.ts'
import { gatewayChain, type GatewayChain } from './gateway-chain.ts'
import { frozenPayloads, scriptedPayloads } from './hosted-payloads.ts'
import { startHostedChain } from './hosted-chain.ts'

export interface FrozenChainOptions {
  /** geth's "config" object of the execution chain. */
  readonly execution: Readonly<Record<string, unknown>>
  /** Of the execution chain. */
  readonly headBlock: ExecutionBlock
  /**
   * The same block as beacon blocks carry it. Left out: the chain is one of Gloas, whose blocks name it by its hash; that
   * is the way for blocks from before Shanghai, which no beacon block could hold.
   */
  readonly payload?: Pick<CarriedPayload, 'payload' | 'executionRequests'> | undefined
  /** How old the beacon chain is at the start. Default: three periods. */
  readonly ageSlots?: number
  readonly seed?: string
  /** Default: mainnet. */
  readonly preset?: PresetName
  /** Default: 4. */
  readonly slotSeconds?: number
  readonly clock?: Clock
}

export async function frozenChain(options: FrozenChainOptions): Promise<GatewayChain> {
  const { headBlock, payload, ...rest } = options
  const head = { blockHash: headBlock.hash, blockNumber: headBlock.number }
  const forks = payload === undefined ? { gloas: 0 } : forksOfHeader(headBlock.header)
  const isByHash = forks.gloas !== undefined || payload === undefined
  const payloads = isByHash ? scriptedPayloads({ blocks: [head], startSlot: Infinity }) : frozenPayloads(head, payload)
  return gatewayChain(await startHostedChain({ ...rest, forks, payloads: () => payloads }))
}

/** The newest beacon fork whose execution blocks have headers of so many fields, from genesis. @param header RLP */
export function forksOfHeader(header: Uint8Array): ForkEpochs {
  const fields = RLP.decode(header).length
  return FORKS_BY_FIELDS.find(({ atLeast }) => fields >= atLeast)?.forks ?? { gloas: 0 }
}

/** Fields of a header since EIP-7928 and EIP-7843, since EIP-7685, since EIP-4844 and EIP-4788, since EIP-4895. */
const FORKS_BY_FIELDS: readonly { readonly atLeast: number; readonly forks: ForkEpochs }[] = [
  { atLeast: 23, forks: { gloas: 0 } },
  { atLeast: 21, forks: { fulu: 0 } },
  { atLeast: 20, forks: { deneb: 0 } },
  { atLeast: 17, forks: { capella: 0 } },
]
