/** The devnet's execution layer: real blocks on a seeded genesis, made when a beacon block asks for one. */
import type { Network } from '../../../src/chain/network.ts'
import type { WasmCrypto } from '../../../src/execution/crypto/wasm-crypto.ts'
import type { Clock } from '../../../src/chain/clock.ts'
import type { LocalExecution } from '../../execution/local-execution.ts'
import type { MadePayload } from '../light-client/execution-payloads.ts'
import type { BlockRequest } from './block-request.ts'

export interface ExecutionChainOptions {
  readonly network: Network
  /** The same options, and the same requests in the same order, give the same blocks. */
  readonly seed: string
  /** Accounts of the genesis state, at least. Default: 100,000. */
  readonly accounts?: number | undefined
  /** Gas that the workload uses in a block, about; 0 for none, at most 30,000,000. Default: 1,500,000. */
  readonly gas?: number | undefined
  readonly crypto: WasmCrypto
  readonly clock: Clock
  /** Folder where the genesis state is kept between runs; left out: it is built anew. */
  readonly cacheFolder?: string | undefined
}

export class ExecutionChain {
  private constructor(
    /** The blocks, their states, and the pool behind `submit`: what is served. */
    readonly local: LocalExecution,
  ) {}

  static open(options: ExecutionChainOptions): Promise<ExecutionChain> {
    throw new Error(`not there yet: ${options.seed}`)
  }

  /**
   * Makes a block on any known parent and hands it to {@link local}, whose head stays: that is for consensus to set.
   * @throws {RangeError} for a parent that is not known, or whose time is not before the block's
   */
  make(request: BlockRequest): Promise<MadePayload> {
    throw new Error(`not there yet: ${request.slot}`)
  }
}
