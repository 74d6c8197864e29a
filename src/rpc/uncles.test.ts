/** Ommers, on a chain from before the merge: of bodies that the header proves, and of no other. */
import { RLP } from '@ethereumjs/rlp'
import { bytesToHex } from '@ethereumjs/util'
import { beforeAll, expect, test } from 'vitest'
import type { Hash } from '../chain/bytes.ts'
import { networkByName } from '../chain/network.ts'
import { chainMaker, FIELD, type MadeBlock } from '../cli/conformance/test-chain.fixtures.ts'
import type { JsonObject } from '../network/json-rpc/json.ts'
import { RequestError } from '../network/request-server.ts'
import type { StateServer } from '../sync/state-fetch/state-server.ts'
import { openView, type ViewWorld } from './imported-view.fixtures.ts'

const SECONDS = 30

interface Family {
  readonly blocks: readonly MadeBlock[]
  readonly uncle: MadeBlock
  readonly head: MadeBlock
}

let family: Family
beforeAll(async () => {
  const { genesis, block } = await chainMaker('Berlin')
  const parent = await block(genesis)
  const uncle = await block(genesis, { prepare: (header) => (header[FIELD.extraData] = Uint8Array.of(7)) })
  const head = await block(parent, { uncles: [uncle] })
  family = { blocks: [head, parent, genesis], uncle, head }
})

/** @param bodyOf what it says a block is */
function serverOf(bodyOf: (block: MadeBlock) => Uint8Array = ({ rlp }) => rlp): StateServer {
  const { blocks } = family
  const placeOf = (hash: Hash): number => {
    const place = blocks.findIndex((block) => bytesToHex(block.hash) === bytesToHex(hash))
    if (place === -1) throw new RequestError({ code: 'absent' }, 'no such block')
    return place
  }
  const answers = {
    block: ({ hash }: { readonly hash: Hash }) => Promise.resolve(bodyOf(blocks[placeOf(hash)]!)),
    headers: ({ from, count }: { readonly from: Hash; readonly count: number }) =>
      Promise.resolve(
        blocks
          .slice(placeOf(from))
          .slice(0, count)
          .map(({ header }) => RLP.encode([...header])),
      ),
  }
  return { name: 'family', windows: {}, answers }
}

async function viewOf(server: StateServer): Promise<ViewWorld> {
  const world = openView({ network: networkByName('mainnet'), servers: [server] })
  await world.follow({ hash: family.head.hash, timestamp: SECONDS })
  return world
}

test('an ommer is told by its block’s hash and number, as a header without a body', async () => {
  const world = await viewOf(serverOf())
  const { uncle, head } = family
  const byNumber = (await world.call('eth_getUncleByBlockNumberAndIndex', ['0x2', '0x0'])) as JsonObject
  expect(byNumber).toMatchObject({
    ...{ hash: bytesToHex(uncle.hash), number: '0x1', extraData: '0x07', uncles: [] },
    parentHash: bytesToHex(uncle.header[0]!),
    size: `0x${RLP.encode([[...uncle.header], [], []]).length.toString(16)}`,
  })
  expect(byNumber).not.toHaveProperty('transactions')
  expect(await world.call('eth_getUncleByBlockHashAndIndex', [bytesToHex(head.hash), '0x0'])).toStrictEqual(byNumber)
  expect(await world.call('eth_getUncleCountByBlockNumber', ['0x2'])).toBe('0x1')
  expect(await world.call('eth_getBlockByNumber', ['0x2'])).toMatchObject({ uncles: [bytesToHex(uncle.hash)] })
  world.close()
})

test('there is none past the last, and none of a block that is not there', async () => {
  const world = await viewOf(serverOf())
  for (const [number, index] of [
    ['0x2', '0x1'],
    ['0x1', '0x0'],
    ['0x3', '0x0'],
  ] as const)
    expect(await world.call('eth_getUncleByBlockNumberAndIndex', [number, index])).toBeNull()
  world.close()
})

test('a body with another ommer, or none, is no answer', async () => {
  const { uncle } = family
  const other = uncle.header.with(FIELD.extraData, Uint8Array.of(8))
  for (const uncles of [[], [[...other]]]) {
    const world = await viewOf(serverOf(({ header }) => RLP.encode([[...header], [], uncles])))
    const asked = world.call('eth_getUncleByBlockNumberAndIndex', ['0x2', '0x0'])
    await expect(asked).rejects.toThrow(/block|body/)
    world.close()
  }
})
