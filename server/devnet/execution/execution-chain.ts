/** The devnet's execution layer: real blocks on a seeded genesis, made when a beacon block asks for one. */
import { bytesToHex } from '@ethereumjs/util'
import type { Hash } from '../../../src/chain/bytes.ts'
import type { Clock } from '../../../src/chain/clock.ts'
import type { Network } from '../../../src/chain/network.ts'
import { loadKzg } from '../../../src/execution/crypto/kzg.ts'
import type { WasmCrypto } from '../../../src/execution/crypto/wasm-crypto.ts'
import type { ExecutionBlock } from '../../execution/execution-source.ts'
import { LocalExecution } from '../../execution/local-execution.ts'
import type { MadePayload } from '../light-client/execution-payloads.ts'
import { MAX_GAS } from '../defaults.ts'
import { DevnetAccounts } from './accounts.ts'
import type { BlockRequest } from './block-request.ts'
import { OpenBlock, UnknownAncestorError, type BuildOptions, type BuiltBlock } from './build-block.ts'
import { ForkRules } from './fork-rules.ts'
import { depositContract, genesisBlock, type GenesisPosition } from './genesis.ts'
import { genesisState } from './genesis-state.ts'
import { payloadOf } from './payload-of.ts'
import { Pool } from './pool/pool.ts'
import { loadSigner } from './signer.ts'
import { fillBlock, type WorkloadOptions } from './workload/fill-block.ts'
import { workloadWithdrawals } from './workload/withdrawals.ts'

export interface ExecutionChainOptions {
  readonly network: Network
  /** The same options, and the same requests in the same order, give the same blocks. */
  readonly seed: string
  /** Accounts of the genesis state, at least. Default: {@link DEFAULT_ACCOUNTS}. */
  readonly accounts?: number | undefined
  /** Gas that the workload uses in a block, about; 0 for none, at most {@link MAX_GAS}. Default: {@link DEFAULT_GAS}. */
  readonly gas?: number | undefined
  /** Of the first block; later than it are all others. Default: number 0, at the network's genesis time. */
  readonly genesis?: GenesisPosition | undefined
  readonly crypto: WasmCrypto
  readonly clock: Clock
  /** Folder where the genesis state is kept between runs; left out: it is built anew. */
  readonly cacheFolder?: string | undefined
  /** Told what goes wrong without stopping the chain. Default: nobody. */
  readonly log?: ((message: string) => void) | undefined
}

/** So many that paths are as deep as on a small public network, and a state is built in seconds. */
export const DEFAULT_ACCOUNTS = 100_000
/** About 25 transactions: every kind comes every few blocks, and a block is built and verified in well below a second. */
export const DEFAULT_GAS = 1_500_000
/** Blocks begun anew because of a transaction of the pool, before one is made without the pool. */
const MAX_ATTEMPTS = 3

export class ExecutionChain {
  private constructor(
    /** The blocks, their states, and the pool behind `submit`: what is served. */
    readonly local: LocalExecution,
    private readonly pool: Pool,
    private readonly rules: ForkRules,
    private readonly workload: WorkloadOptions,
    private readonly crypto: WasmCrypto,
  ) {}

  /** @throws {RangeError} for options out of their bounds */
  static async open(options: ExecutionChainOptions): Promise<ExecutionChain> {
    const { network, seed, crypto, clock, accounts: count = DEFAULT_ACCOUNTS, gas = DEFAULT_GAS } = options
    const { cacheFolder, log = () => undefined, genesis = { number: 0, timestamp: network.genesisTime } } = options
    if (!(gas >= 0 && gas <= MAX_GAS)) throw new RangeError(`gas of a block is ${gas}; expected 0 to ${MAX_GAS}`)
    const signer = await loadSigner()
    const accounts = new DevnetAccounts(seed, count, crypto.keccak, signer)
    const [kzg, state] = await Promise.all([
      loadKzg(),
      genesisState({ network, accounts, seed, cacheFolder, keccak: crypto.keccak, log }),
    ])
    const rules = new ForkRules(network, { ...crypto.customCrypto, kzg, ecsign: signer.ecsign })
    const block = genesisBlock(genesis, state.root, rules.at({ ...genesis, difficulty: 0n }))
    const pool: Pool = new Pool({
      ...{ rules, keccak: crypto.keccak, blobs: 'refused' },
      ...{ head: () => local.head, state: () => local.state },
    })
    const local: LocalExecution = new LocalExecution({ network, genesis: { block, state }, crypto, clock, pool })
    local.listen((news) => {
      if (news.kind !== 'head') return
      pool.dropStale()
      pool.takeBack([...news.removed].reverse())
    })
    const workload = { seed, accounts, gas, depositContract: depositContract(network), genesisNumber: genesis.number }
    return new ExecutionChain(local, pool, rules, workload, crypto)
  }

  /**
   * Makes a block on any parent that is held with its state, and hands it to {@link local}, whose head stays: that is for
   * consensus to set.
   * @throws {RangeError} for a parent that is not known, or whose time is not before the block's
   */
  async make(request: BlockRequest): Promise<MadePayload> {
    const parent = this.#parentOf(request)
    const { keccak } = this.crypto
    const isFilled = request.fill === 'workload'
    const withdrawals = request.withdrawals ?? (isFilled ? workloadWithdrawals(request.slot, this.workload) : [])
    const options: BuildOptions = {
      rules: this.rules,
      request: { ...request, withdrawals },
      parentHeader: parent.header,
      state: this.local.state,
      keccak,
      ancestorHash: this.#ancestorsOf(parent),
    }
    const built = isFilled ? await this.#buildFilled(options) : await (await OpenBlock.open(options)).close()
    this.local.accept(built.fresh)
    return payloadOf(built, request, withdrawals)
  }

  async #buildFilled(options: BuildOptions, attempt = 1): Promise<BuiltBlock> {
    const block = await OpenBlock.open(options)
    await fillBlock(block, options.request.slot, this.workload)
    if (attempt > MAX_ATTEMPTS) return block.close()
    try {
      await this.pool.fill(block)
    } catch (error) {
      // The pool has dropped the transaction; what it left of the block is good for nothing.
      if (error instanceof UnknownAncestorError) return this.#buildFilled(options, attempt + 1)
      throw error
    }
    return block.close()
  }

  #parentOf({ parentHash, timestamp }: BlockRequest): ExecutionBlock {
    const parent = this.local.blockByHash(parentHash)
    if (parent === undefined) throw new RangeError(`no block ${bytesToHex(parentHash)} is known to build on`)
    if (parent.timestamp < timestamp) return parent
    throw new RangeError(`block ${parent.number} is of time ${parent.timestamp}; one of ${timestamp} cannot follow it`)
  }

  /** Walks back no farther than it is asked to, and each block once. */
  #ancestorsOf(parent: ExecutionBlock): (number: number) => Hash {
    const chain = [parent]
    return (number) => {
      for (let oldest = chain.at(-1)!; oldest.number > number; chain.push(oldest)) {
        const next = this.local.blockByHash(oldest.parentHash)
        if (next === undefined) throw new UnknownAncestorError(`block ${oldest.number - 1} of the branch is not held`)
        oldest = next
      }
      return chain[parent.number - number]!.hash
    }
  }
}
