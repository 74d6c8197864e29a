/** EthereumJS's `Common` for each fork of a devnet, made once. */
import type { Common, CustomCrypto, ParamsDict } from '@ethereumjs/common'
import { commonAt, type BlockPosition } from '../../../src/chain/execution-common.ts'
import type { ExecutionNetwork } from '../../../src/chain/network.ts'

export class ForkRules {
  /** By the number of forks that have come. */
  readonly #commons = new Map<number, Common>()

  /** @param customCrypto with KZG, which EthereumJS wants for blob transactions and for point evaluation */
  constructor(
    readonly network: ExecutionNetwork,
    private readonly customCrypto: CustomCrypto,
  ) {}

  /** Shared: nobody may set another hardfork on it. */
  at(position: BlockPosition): Common {
    const forks = this.network.execution.timeForks.filter(({ timestamp }) => timestamp <= Number(position.timestamp))
    const known = this.#commons.get(forks.length)
    if (known !== undefined) return known
    const common = shared(commonAt(this.network, position, this.customCrypto))
    this.#commons.set(forks.length, common)
    return common
  }
}

/**
 * EthereumJS copies the `Common` for each header and each transaction that it makes, and merges the same parameters into
 * each copy: about 1 ms each time, which for a block of 40 transactions was three quarters of a second. As long as the
 * hardfork stays what it is, one serves them all.
 *
 * Nobody is told of a change that does not come: EthereumJS's EVM listens for one all its life, so that the `Common` would
 * hold the EVM of every block with its state manager, trie and caches, a megabyte for a block of 5 Mgas.
 */
function shared(common: Common): Common {
  const merged = new Set<ParamsDict>()
  const merge = common.updateParams.bind(common)
  common.updateParams = (params) => {
    if (merged.has(params)) return
    merged.add(params)
    merge(params)
  }
  common.copy = () => common
  common.events.on = () => common.events
  common.setHardfork = () => {
    throw new Error(`the rules of ${common.hardfork()} are shared; take those of the other fork`)
  }
  return common
}
