/**
 * Beacon blocks that lead through given execution blocks, one a slot, from the start on; after the last they stay there.
 * All are of Gloas, whose headers name an execution block by its hash, so that blocks of any fork will do.
 */
import type { PresetName } from '../../src/chain/beacon-preset.ts'
import type { Hash } from '../../src/chain/bytes.ts'
import type { Clock } from '../../src/chain/clock.ts'
import { gatewayChain, type GatewayChain } from './gateway-chain.ts'
import { scriptedPayloads } from './hosted-payloads.ts'
import { startHostedChain } from './hosted-chain.ts'

export interface ScriptedChainOptions {
  /** geth's "config" object of the chain that the blocks are of. */
  readonly execution: Readonly<Record<string, unknown>>
  /** In their order. The first is what the chain proves when it starts, each slot then the next. */
  readonly blocks: readonly { readonly hash: Hash; readonly number: number }[]
  /** How old the beacon chain is at the start. Default: three periods. */
  readonly ageSlots?: number
  readonly seed?: string
  /** Default: mainnet. */
  readonly preset?: PresetName
  /** Default: 4. */
  readonly slotSeconds?: number
  readonly clock?: Clock
}

/** @throws {RangeError} without a block */
export async function scriptedChain({ blocks, ...options }: ScriptedChainOptions): Promise<GatewayChain> {
  const named = blocks.map(({ hash, number }) => ({ blockHash: hash, blockNumber: number }))
  return gatewayChain(
    await startHostedChain({
      ...options,
      forks: { gloas: 0 },
      payloads: (startSlot) => scriptedPayloads({ blocks: named, startSlot }),
    }),
  )
}
