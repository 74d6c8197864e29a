/** `--files DIR`: recorded blocks of one network, under beacon blocks of our own making that lead through them. */
import type { PresetName } from '../../../src/chain/beacon-preset.ts'
import type { Clock } from '../../../src/chain/clock.ts'
import { loadWasmCrypto } from '../../../src/execution/crypto/wasm-crypto.ts'
import { hashKey } from '../../../src/state/hash-key.ts'
import { scriptedChain } from '../../devnet/scripted-chain.ts'
import type { SyntheticBlock } from '../../devnet/light-client/synthetic-chain.ts'
import type { ServedChain } from '../served-chain.ts'
import { namedNetwork } from './named-network.ts'
import { RecordedExecution } from './recorded-execution.ts'

export interface RecordedChainOptions {
  /** Folder of files called NETWORK-NUMBER.json or .json.gz, in the form `stateless-block/1`. */
  readonly folder: string
  /** A built-in name, or the path of a network file. Default: mainnet. */
  readonly network?: string | undefined
  /** The chain leads through the last so many. Default: all. */
  readonly blocks?: number | undefined
  /** Of the beacon chain: see {@link scriptedChain}. */
  readonly ageSlots?: number
  readonly seed?: string
  readonly preset?: PresetName
  readonly slotSeconds?: number
  readonly clock?: Clock
  /** A block could not become the head. */
  readonly onFailure: (error: unknown) => void
}

export interface RecordedChain extends ServedChain {
  readonly execution: RecordedExecution
}

/** @throws {RecordedFolderError} @throws {NetworkConfigError} */
export async function serveRecorded(options: RecordedChainOptions): Promise<RecordedChain> {
  const { folder, network: name = 'mainnet', blocks: count = Infinity, onFailure, ...beacon } = options
  const { network, config } = await namedNetwork(name)
  const execution = await RecordedExecution.open(folder, network, await loadWasmCrypto())
  const blocks = execution.blocks.slice(-count)
  const scripted = await scriptedChain({ ...beacon, execution: config, blocks })
  const { chain, live } = scripted.beaconChain
  const known = new Set(blocks.map(({ hash }) => hashKey(hash)))
  const follow = async (head: SyntheticBlock): Promise<void> => {
    const { block, parent, isRevealed } = head.execution
    const { blockHash } = isRevealed && block !== undefined ? block : parent
    if (known.has(hashKey(blockHash))) await execution.setHead(blockHash)
  }
  await follow(chain.head)
  let following = Promise.resolve()
  const stop = live.listen(() => {
    const { head } = chain
    following = following.then(() => follow(head)).catch(onFailure)
  })
  return {
    ...scripted,
    execution,
    close: async () => {
      stop()
      await scripted.close()
    },
  }
}
