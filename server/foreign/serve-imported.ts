/** `--genesis FILE --chain FILE`: a chain of another's making, imported whole, under beacon blocks that stay at its head. */
import { readFile } from 'node:fs/promises'
import type { PresetName } from '../../src/chain/beacon-preset.ts'
import type { Clock } from '../../src/chain/clock.ts'
import { systemClock } from '../../src/chain/clock.ts'
import { loadWasmCrypto } from '../../src/execution/crypto/wasm-crypto.ts'
import { frozenChain } from '../devnet/frozen-chain.ts'
import type { ServedChain } from '../gateway/served-chain.ts'
import { blockPayload } from './block-payload.ts'
import { readChainFile, splitBlocks } from './chain-file.ts'
import { readGenesisFile } from './genesis-file.ts'
import { importChain } from './import-chain.ts'

export interface ImportedChainOptions {
  /** Path of a file in geth's genesis format. */
  readonly genesis: string
  /** Path of a file of blocks' RLP, one after another. */
  readonly chain: string
  /** Of the beacon chain on top: see {@link frozenChain}. */
  readonly ageSlots?: number
  readonly seed?: string
  readonly preset?: PresetName
  readonly slotSeconds?: number
  readonly clock?: Clock
}

/**
 * Resolves when all blocks are executed.
 * @throws {NetworkConfigError} for a genesis of another form @throws {ChainFileError}, {ChainImportError}
 */
export async function serveImportedChain({ genesis, chain, ...beacon }: ImportedChainOptions): Promise<ServedChain> {
  const crypto = await loadWasmCrypto()
  const clock = beacon.clock ?? systemClock
  const file = readGenesisFile(JSON.parse(await readFile(genesis, 'utf8')))
  const execution = await importChain({ genesis: file, blocks: splitBlocks(readChainFile(chain)), crypto, clock })
  const frozen = await frozenChain({
    ...beacon,
    execution: file.config,
    headBlock: execution.head,
    payload: blockPayload(execution.head, crypto.keccak),
  })
  return { ...frozen, execution }
}
