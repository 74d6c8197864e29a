import { RLP } from '@ethereumjs/rlp'
import { expect, test } from 'vitest'
import { loadKeccak } from '../../chain/keccak.ts'
import { decodeRawBlock } from '../../execution/block/raw-block.ts'
import { witnessBlock } from '../../execution/witness-blocks.fixtures.ts'
import type { BlockRecord } from '../../state/store/store.ts'
import { describeWithData } from '../../testing/data.ts'
import { SimulatedClock } from '../../testing/simulated-clock.ts'
import { ServerSelector } from '../state-fetch/server-selector.ts'
import { ChainBodies } from './chain-bodies.ts'
import { Evidence } from './evidence.ts'

const keccak = await loadKeccak()

describeWithData('bodies of blocks', (data) => {
  const world = async () => {
    const file = await witnessBlock(data, 'mainnet-24628608')
    const { header } = decodeRawBlock(file.block, keccak)
    const record: BlockRecord = {
      ...{ hash: header.hash, network: 'mainnet', parentHeader: undefined, ancestors: [] },
      ...{ block: file.block, witness: { nodes: [], codes: [] } },
    }
    const bodiesOver = (kept: Uint8Array) => {
      let fetched = 0
      const bodies = new ChainBodies({
        keccak,
        fetcher: {
          block: async () => {
            fetched++
            return file.block
          },
        },
        newest: () => header.number,
        selector: new ServerSelector({ clock: new SimulatedClock(1_000), random: () => 0 }),
        store: () => ({ getBlock: async () => ({ ...record, block: kept }) }),
      })
      const ask = { signal: new AbortController().signal, evidence: new Evidence() }
      return { block: () => bodies.block(header, ask), fetched: () => fetched }
    }
    return { file, bodiesOver }
  }

  test('one that was executed here is not asked for', async () => {
    const { file, bodiesOver } = await world()
    const { block, fetched } = bodiesOver(file.block)
    expect((await block()).rlp).toEqual(file.block)
    expect(fetched()).toBe(0)
  })

  test.each<[string, (rlp: Uint8Array) => Uint8Array]>([
    ['a transaction taken out', (rlp) => withoutFirst(rlp, 1)],
    ['a withdrawal taken out', (rlp) => withoutFirst(rlp, 3)],
    ['half of it', (rlp) => rlp.subarray(0, rlp.length >> 1)],
    ['nothing', () => new Uint8Array()],
  ])('what the store has below a proven header proves nothing: %s', async (_, spoil) => {
    const { file, bodiesOver } = await world()
    const { block, fetched } = bodiesOver(spoil(file.block))
    expect((await block()).rlp).toEqual(file.block)
    expect(fetched()).toBe(1)
  })
})

/** @param place of the list in the block: 1 transactions, 3 withdrawals */
function withoutFirst(rlp: Uint8Array, place: number): Uint8Array {
  const parts = RLP.decode(rlp) as unknown as Uint8Array[][]
  return RLP.encode(parts.map((part, at) => (at === place ? part.slice(1) : part)))
}
