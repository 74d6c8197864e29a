/** The rules of an execution client's chain, asked for again when its chain comes to what was not told of before. */
import { RLP } from '@ethereumjs/rlp'
import { commonAt } from '../../src/chain/execution-common.ts'
import { executionConfigOnly, type ExecutionNetwork } from '../../src/chain/network.ts'
import { messageOf } from '../../src/chain/thrown.ts'
import { headerFieldCount } from '../../src/execution/block/header-rules.ts'
import type { ExecutionHeader } from '../execution/execution-source.ts'
import { learnRules, rulesOf, type ChainRules, type KnownRules, type ToldByClient } from './client-rules.ts'

/** Always: one question at a time, at most one a head. */
export class FollowedRules {
  network: ExecutionNetwork
  config: ChainRules
  #known: KnownRules
  #isAsking = false

  /** @throws {NetworkConfigError} for answers of another shape */
  constructor(
    told: ToldByClient,
    private readonly ask: () => Promise<ToldByClient>,
    private readonly onTrouble: (message: string) => void,
  ) {
    this.#known = learnRules(told)
    this.config = rulesOf(this.#known)
    this.network = executionConfigOnly(this.config)
  }

  /** Resolves when the rules are those that the client tells at the head; they stay where it cannot be asked. */
  async follow(head: ExecutionHeader): Promise<void> {
    if (this.#isAsking) return
    this.#isAsking = true
    try {
      if (!this.#isNew(head)) return
      const known = learnRules(await this.ask(), this.#known)
      const config = rulesOf(known)
      this.network = executionConfigOnly(config)
      this.config = config
      this.#known = known
    } catch (error) {
      // Whatever it is, the next head asks again.
      this.onTrouble(`the rules at block ${head.number} are not known: ${messageOf(error)}`)
    } finally {
      this.#isAsking = false
    }
  }

  #isNew({ header, number, timestamp }: ExecutionHeader): boolean {
    const { nextAt } = this.#known
    if (nextAt !== undefined && timestamp >= nextAt) return true
    return RLP.decode(header).length !== headerFieldCount(commonAt(this.network, { number, timestamp, difficulty: 0n }))
  }
}
