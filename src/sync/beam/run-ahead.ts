/** Blocks run ahead of their turn, with what recent blocks say they will look at. */
import type { ExecutionJob } from '../../execution/block/execute-block.ts'
import type { RawBlock } from '../../execution/block/raw-block.ts'
import type { MissingValue } from '../../execution/speculation/missing-values.ts'
import type { Prediction } from '../prediction/block-predictor.ts'
import type { BlockFetch } from '../state-fetch/block-fetch.ts'
import { hintsIn } from '../state-fetch/sources/block-hints.ts'
import type { BlockExecutorOptions } from './block-sources.ts'
import { BlockSpeculation, type SpeculationOptions } from './block-speculation.ts'

export class RunAhead {
  constructor(private readonly options: Pick<BlockExecutorOptions, 'evms' | 'network' | 'crypto' | 'predictor'>) {}

  /** @param named by hints; most are at hand */
  predictionOf(block: RawBlock, named: readonly MissingValue[]): Prediction {
    const { network, crypto, predictor } = this.options
    const predicted = predictor.predict(hintsIn(block, network, crypto).calls)
    return { ...predicted, values: [...named, ...predicted.values] }
  }

  /** Ends with nothing missing that can be had; the caller closes it. Undefined where no worker could begin. */
  async speculate(
    job: ExecutionJob,
    fetch: BlockFetch,
    { values: predicted, together }: Pick<Prediction, 'values' | 'together'>,
    when: { readonly kind: SpeculationOptions['kind']; readonly signal: AbortSignal },
  ): Promise<BlockSpeculation | undefined> {
    const known = fetch.knownValues()
    const { seats } = this.options.evms
    const speculation = await BlockSpeculation.open({ job, known, fetch, predicted, together, seats, ...when })
    try {
      await speculation?.run()
    } catch (error) {
      speculation?.close()
      throw error
    }
    return speculation
  }
}
