/** Real blocks that follow one another: what the first teaches of conflicts, in the second. */
import { expect, test } from 'vitest'
import { networkByName } from '../../chain/network.ts'
import { decodeRawBlock } from '../../execution/block/raw-block.ts'
import { loadWasmCrypto } from '../../execution/crypto/wasm-crypto.ts'
import { plain } from '../../execution/execution.fixtures.ts'
import {
  execution,
  openSession,
  recordedBlock,
  speculateToTheEnd,
  type RecordedBlock,
} from '../../execution/speculation/rounds.fixtures.ts'
import { witnessBlock } from '../../execution/witness-blocks.fixtures.ts'
import { describeWithData } from '../../testing/data.ts'
import { hintsIn } from '../state-fetch/sources/block-hints.ts'
import { BlockPredictor } from './block-predictor.ts'

const crypto = await loadWasmCrypto()

async function adoptedOf(block: RecordedBlock, together: readonly (readonly number[])[]) {
  const session = await openSession(block.job, together)
  const { results, rounds } = await speculateToTheEnd(session, block.openState(), session.groups.flat())
  const { essence, adopted } = await execution(block, results)
  return { results: [...results.values()], rounds, essence, adopted }
}

describeWithData('blocks that follow one another', (data) => {
  test('of 24628608 a third more results are taken over after 24628607 than without, at the same round trips', async () => {
    const predictor = new BlockPredictor(crypto.keccak)
    const files = await Promise.all(['mainnet-24628607', 'mainnet-24628608'].map((name) => witnessBlock(data, name)))
    const [first, second] = await Promise.all(files.map(recordedBlock))
    const predictionOf = ({ job }: RecordedBlock) =>
      predictor.predict(hintsIn(decodeRawBlock(job.block, crypto.keccak), networkByName('mainnet'), crypto).calls)

    const learning = predictionOf(first!)
    expect(learning.together).toEqual([])
    learning.learn((await adoptedOf(first!, [])).results)

    const raced = await adoptedOf(second!, [])
    const ordered = await adoptedOf(second!, predictionOf(second!).together)
    process.stderr.write(`adopted: ${raced.adopted.length} raced, ${ordered.adopted.length} in likely order\n`)
    expect(ordered.adopted.length).toBeGreaterThanOrEqual(1.33 * raced.adopted.length)
    expect(ordered.rounds).toBeLessThanOrEqual(raced.rounds)
    expect(plain(ordered.essence)).toEqual(plain((await execution(second!)).essence))
  }, 240_000)
})
