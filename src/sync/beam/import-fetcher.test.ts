import { RLP } from '@ethereumjs/rlp'
import { equalsBytes } from '@ethereumjs/util'
import { expect, test } from 'vitest'
import { asHash } from '../../chain/bytes.ts'
import { loadKeccak } from '../../chain/keccak.ts'
import { decodeRawBlock } from '../../execution/block/raw-block.ts'
import { witnessBlock } from '../../execution/witness-blocks.fixtures.ts'
import { RequestError } from '../../network/request-server.ts'
import { describeWithData } from '../../testing/data.ts'
import { SimulatedClock } from '../../testing/simulated-clock.ts'
import { madeUpBlock } from '../import/simulated-world.fixtures.ts'
import { ServerSelector } from '../state-fetch/server-selector.ts'
import type { StateAnswers } from '../state-fetch/state-server.ts'
import { importFetcher } from './import-fetcher.ts'

const keccak = await loadKeccak()
const { signal } = new AbortController()

function fetcherOver(servers: readonly StateAnswers[], kept: readonly Uint8Array[] = []) {
  const selector = new ServerSelector({ clock: new SimulatedClock(1_000), random: () => 0 })
  for (const [index, answers] of servers.entries()) selector.add({ name: `server ${index}`, answers, windows: {} })
  const store = {
    getHeader: async (hash: Uint8Array) => kept.find((rlp) => equalsBytes(keccak(rlp), hash)),
  }
  return { selector, fetcher: importFetcher({ selector, keccak, store }) }
}

test('a server that gives one header at a time is asked until there are as many as are wanted', async () => {
  const chain = [madeUpBlock(keccak, undefined, 1)]
  for (let salt = 2; salt <= 6; salt++) chain.push(madeUpBlock(keccak, chain.at(-1), salt))
  const newestFirst = chain.toReversed().map(({ header }) => header)
  const meagre: StateAnswers = {
    headers: async ({ from }) => {
      const found = newestFirst.find(({ hash }) => equalsBytes(hash, from))
      if (found === undefined) throw new RequestError({ code: 'absent' }, 'nobody has it')
      return [found.rlp]
    },
  }
  const { fetcher } = fetcherOver([meagre])
  const from = newestFirst[0]!.hash
  expect(await fetcher.headers(from, 4, signal)).toEqual(newestFirst.slice(0, 4).map(({ rlp }) => rlp))
  // And for as long as it has any.
  expect(await fetcher.headers(from, 9, signal)).toHaveLength(6)
})

describeWithData('blocks and headers for importing', (data) => {
  const recorded = async () => {
    const file = await witnessBlock(data, 'mainnet-24628608')
    const raw = decodeRawBlock(file.block, keccak)
    return { file, raw, headers: [file.parentHeader!, ...file.headers] }
  }

  test('a block whose body is another’s is not taken: its header would make it look invalid', async () => {
    const { file, raw } = await recorded()
    const [header, transactions, uncles, withdrawals] = RLP.decode(file.block) as unknown as Uint8Array[][]
    const forged = RLP.encode([header, transactions!.slice(1), uncles, withdrawals] as never)
    const liar: StateAnswers = { block: async () => forged }
    const { fetcher, selector } = fetcherOver([liar])
    await expect(fetcher.block(raw.header.hash, signal)).rejects.toThrow(/cannot be had.*transactionsRoot/)
    expect(selector.views()[0]!.lastError?.message).toMatch(/transactionsRoot/)

    const both = fetcherOver([liar, { block: async () => file.block }])
    expect(await both.fetcher.block(raw.header.hash, signal)).toEqual(new Uint8Array(file.block))
  })

  test('other blocks, what is no block, and a body of a million items are refused', async () => {
    const { file, raw } = await recorded()
    const other = (await witnessBlock(data, 'mainnet-24628607')).block
    const [header] = RLP.decode(file.block) as unknown as Uint8Array[][]
    const huge = RLP.encode([header, Array.from({ length: 20_000 }, () => Uint8Array.of(1)), [], []] as never)
    for (const answer of [other, Uint8Array.of(1, 2, 3), huge]) {
      const { fetcher } = fetcherOver([{ block: async () => answer }])
      await expect(fetcher.block(raw.header.hash, signal)).rejects.toThrow(/cannot be had/)
    }
  })

  test('headers are a chain from the one that was asked for, or nothing', async () => {
    const { raw, headers } = await recorded()
    const linked = [headers[0]!]
    const from = raw.header.parentHash
    const answer = (given: readonly Uint8Array[]) => fetcherOver([{ headers: async () => given }]).fetcher
    expect(await answer(linked).headers(from, 5, signal)).toEqual(linked.map((rlp) => new Uint8Array(rlp)))
    for (const wrong of [[], [raw.header.rlp], [headers[0]!, headers[0]!], Array(6).fill(headers[0]!)])
      await expect(answer(wrong).headers(from, 5, signal)).rejects.toThrow(/cannot be had/)
  })

  test('what is kept is not asked for; what is kept in part is enough where nobody has the rest', async () => {
    const { raw, headers } = await recorded()
    const { fetcher } = fetcherOver([], [raw.header.rlp, headers[0]!])
    expect(await fetcher.headers(raw.header.hash, 2, signal)).toHaveLength(2)
    expect(await fetcher.headers(raw.header.hash, 9, signal)).toHaveLength(2)
    await expect(fetcher.headers(asHash(new Uint8Array(32)), 1, signal)).rejects.toThrow('no server offers it')
  })
})
