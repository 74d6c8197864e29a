/** Heads that are followed while the way to what is final is long. */
import { bytesToHex } from '@ethereumjs/util'
import { afterEach, expect, test } from 'vitest'
import { LogChain, mainnet, type MadeBlock } from '../../rpc/logs/log-chain.fixtures.ts'
import { aTurn, openView, type ViewWorld } from '../../rpc/imported-view.fixtures.ts'
import type { HistoryAnswer } from '../light-client/history-desk.ts'

const HEAD = 40
/** So that a short chain has blocks that only the beacon chain proves. */
const BOUNDS = { quickWalk: 2, walk: 4, contract: 0 }

let world: ViewWorld | undefined
afterEach(() => world?.close())

/** Each proof is given when it is let go. */
function farFromFinality() {
  const chain = new LogChain(...Array.from({ length: HEAD }, () => []))
  const waiting: (() => void)[] = []
  const asked: number[] = []
  const answer = (slot: number): HistoryAnswer => {
    const at = (number: number): MadeBlock => chain.canonical[number]!
    const { hash: blockHash, number } = chain.head
    return { kind: 'proven', slot, blockHash: at(slot).hash, under: { slot: number, blockHash }, servers: ['gateway'] }
  }
  const opened = openView({
    ...{ network: mainnet, servers: [chain.server('all').server], headerBounds: BOUNDS },
    history: {
      slotAt: (seconds) => seconds / 12,
      prove: (slot) => {
        asked.push(slot)
        return new Promise((resolve) => waiting.push(() => resolve(answer(slot))))
      },
    },
  })
  world = opened
  const follow = async (finalized: MadeBlock) => {
    const head = chain.head
    const told = { optimistic: signed(head), finalized: signed(finalized), problem: undefined }
    opened.view.setHeads(told)
    for (let turn = 0; turn < 300; turn++) await aTurn()
    return opened.view.newestKnown()?.number
  }
  return { chain, view: opened.view, waiting, asked, follow }
}

const signed = ({ hash, timestamp }: MadeBlock) => ({
  ...{ hash: bytesToHex(hash), signers: 512, committeeSize: 512, slotTime: timestamp },
})

test('heads are followed while what is final is looked for, once at a time', async () => {
  const { chain, view, waiting, asked, follow } = farFromFinality()
  const [first, second] = [chain.canonical[5]!, chain.canonical[6]!]
  expect(await follow(first)).toBe(HEAD)
  chain.extend()
  expect(await follow(second)).toBe(HEAD + 1)
  expect(view.heads.head().header.number).toBe(HEAD + 1)
  expect(view.heads.finalized()).toBeUndefined()
  expect(asked).toEqual([5])
  while (waiting.length > 0) {
    waiting.shift()!()
    for (let turn = 0; turn < 300; turn++) await aTurn()
  }
  // The newest that was told, next.
  expect(view.heads.finalized()?.header.number).toBe(6)
})

test('what is final on a chain that was left meanwhile is not told', async () => {
  const { chain, view, waiting, follow } = farFromFinality()
  await follow(chain.canonical[5]!)
  chain.reorganize(
    38,
    Array.from({ length: 38 }, () => []),
  )
  const [finalized] = chain.canonical
  expect(await follow(finalized!)).toBe(HEAD)
  waiting.shift()!()
  for (let turn = 0; turn < 300; turn++) await aTurn()
  expect(view.heads.finalized()).toBeUndefined()
})
