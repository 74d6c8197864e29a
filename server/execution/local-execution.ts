/** A chain held in this process: its blocks, and the states of the newest of them. */
import type { Clock } from '../../src/chain/clock.ts'
import type { Network } from '../../src/chain/network.ts'
import type { WasmCrypto } from '../../src/execution/crypto/wasm-crypto.ts'
import type { BuiltState } from './build-state.ts'
import type { Genesis, HeadChoice, NewBlock, SourcedState, TransactionPool } from './chain-input.ts'
import type { ExecutionBlock, ExecutionNews } from './execution-source.ts'
import type { CodeSource } from '../../src/state/content-bag.ts'
import type { NodeSource } from '../../src/state/trie/node-source.ts'

export interface LocalExecutionOptions {
  readonly network: Network
  readonly genesis: Genesis<BuiltState | SourcedState>
  readonly crypto: WasmCrypto
  readonly clock: Clock
  /** Left out: it takes no transactions. */
  readonly pool?: TransactionPool | undefined
}

export class LocalExecution {
  readonly network: Network
  readonly software = 'beamtab-devnet'

  constructor(options: LocalExecutionOptions) {
    this.network = options.network
  }

  /** Nodes and codes of all states held, for whoever builds the next block. */
  get state(): NodeSource & CodeSource {
    throw new Error('not there yet')
  }

  get head(): ExecutionBlock {
    throw new Error('not there yet')
  }

  /** Takes a block on any known parent whose state is held. Its own state is then held too; the head stays. */
  accept(block: NewBlock): ExecutionBlock {
    throw new Error(`not there yet: ${block.rlp.length}`)
  }

  /** Makes a block that was accepted the head of the canonical chain. */
  setHead(choice: HeadChoice): ExecutionNews {
    throw new Error(`not there yet: ${choice.head.length}`)
  }
}
