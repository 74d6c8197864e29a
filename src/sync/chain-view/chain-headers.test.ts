import { expect, test } from 'vitest'
import { loadWasmCrypto } from '../../execution/crypto/wasm-crypto.ts'
import { equalBytes } from '../../execution/words.ts'
import { log, LogChain, type MadeBlock } from '../../rpc/logs/log-chain.fixtures.ts'
import { asHash, type Hash } from '../../chain/bytes.ts'
import { ChainUnavailableError } from '../beam/import-fetcher.ts'
import type { HistoryAnswer } from '../light-client/history-desk.ts'
import { ChainHeaders } from './chain-headers.ts'
import { HistoryUnavailableError } from './chain-view-error.ts'
import { Evidence } from './evidence.ts'

const { keccak } = await loadWasmCrypto()

/** Far too many parents for a walk: as if all headers between the head and the first ones were gone. */
const HEAD = 9_000
const chain = new LogChain(...Array.from({ length: HEAD }, () => []))

interface Options {
  readonly knowsGenesis: boolean
  /** Slots are numbers here. Default: nobody follows the beacon chain. */
  readonly prove?: (slot: number) => HistoryAnswer
  /** Headers that nobody has. */
  readonly lacking?: ReadonlySet<number>
  /** Of another chain, and there all the same. */
  readonly strangers?: readonly MadeBlock[]
  /** More than one header is given only once it resolves. */
  readonly many?: Promise<void>
}

function world(options: Options) {
  const asked: number[] = []
  const { prove, lacking, strangers = [] } = options
  const genesis = chain.canonical[0]!
  const headers = new ChainHeaders({
    keccak,
    fetcher: {
      headers: async (from, count) => {
        const stranger = strangers.find(({ hash }) => equalBytes(hash, from))
        if (stranger !== undefined) return [stranger.header]
        const at = chain.canonical.findIndex(({ hash }) => equalBytes(hash, from))
        asked.push(count)
        if (count > 1) await options.many
        if (at === -1 || lacking?.has(at) === true) throw new ChainUnavailableError('no server has it')
        return chain.canonical
          .slice(Math.max(0, at - count + 1), at + 1)
          .reverse()
          .map(({ header }) => header)
      },
    },
    // From before EIP-2935.
    storage: async () => new Uint8Array(),
    history: prove && { prove: async (slot) => prove(slot), head: () => ({ number: HEAD, slot: HEAD }) },
    genesisHash: options.knowsGenesis ? genesis.hash : undefined,
  })
  const ask = { signal: new AbortController().signal, evidence: new Evidence() }
  return { headers, asked, genesis, ask }
}

test('the first block of a network whose genesis is known is a header away', async () => {
  const { headers, asked, genesis, ask } = world({ knowsGenesis: true })
  await headers.follow(chain.head.hash, ask.signal)
  asked.splice(0)
  expect((await headers.at(0, ask))?.hash).toEqual(genesis.hash)
  expect((await headers.at(0, ask))?.hash).toEqual(genesis.hash)
  expect(asked).toEqual([1])
  expect(headers.isCanonical({ number: 0, hash: genesis.hash })).toBe(true)
})

test('what nothing leads to is refused before anything is walked', async () => {
  const { headers, asked, ask } = world({ knowsGenesis: false })
  await headers.follow(chain.head.hash, ask.signal)
  asked.splice(0)
  await expect(headers.at(0, ask)).rejects.toBeInstanceOf(HistoryUnavailableError)
  expect(asked).toEqual([])
  expect(await headers.oldestProvable(ask)).toBe(HEAD - 4_096)
})

test('a walk is as long as it has to be, and no longer than its bound', async () => {
  const { headers, asked, ask } = world({ knowsGenesis: false })
  await headers.follow(chain.head.hash, ask.signal)
  asked.splice(0)
  expect((await headers.at(HEAD - 4_096, ask))?.hash).toEqual(chain.canonical[HEAD - 4_096]!.hash)
  expect(asked.reduce((sum, count) => sum + count, 0)).toBe(4_096)
  await expect(headers.at(0, ask)).rejects.toBeInstanceOf(HistoryUnavailableError)
})

/** Other than the chain from its first block on. */
const branch = new LogChain([[log(1)]], ...Array.from({ length: 800 }, () => []))

const hashAt = (number: number): Hash => chain.canonical[number]!.hash

/** As a light client with that head has it. */
const provenUnder =
  (head: number, above = 0) =>
  (slot: number): HistoryAnswer => ({
    ...{ kind: 'proven', slot, blockHash: hashAt(Math.min(slot + above, head)), servers: ['gateway'] },
    under: { slot: head, blockHash: hashAt(head) },
  })

test('past the bound of a walk a block is proven by the beacon chain, once', async () => {
  const proven: number[] = []
  const prove = (slot: number) => {
    proven.push(slot)
    return provenUnder(HEAD, 3)(slot)
  }
  const { headers, asked, ask } = world({ knowsGenesis: false, prove })
  await headers.follow(chain.head.hash, ask.signal)
  asked.splice(0)
  const header = await headers.at(700, ask)
  expect(header?.hash).toEqual(hashAt(700))
  expect(proven).toEqual([700])
  // The proven one, and its parents down to the one that was asked for.
  expect(asked).toEqual([1, 3])
  expect(headers.proofOf(header!)).toBe(
    'block 703, and what its parents lead to, is proven by the history that the beacon state of slot 9000 keeps',
  )
  expect(headers.proofOf(chain.head)).toBeUndefined()
  const again = await headers.byHash(hashAt(700), ask)
  expect(again.isCanonical).toBe(true)
  await headers.at(650, ask)
  expect(proven).toEqual([700])
})

test('a block within the bound of a walk is walked to, without a proof', async () => {
  const prove = () => expect.unreachable('nothing is to be proven')
  const { headers, ask } = world({ knowsGenesis: true, prove })
  await headers.follow(chain.head.hash, ask.signal)
  expect((await headers.at(HEAD - 4_096, ask))?.hash).toEqual(hashAt(HEAD - 4_096))
  expect((await headers.at(0, ask))?.hash).toEqual(hashAt(0))
})

test('where it is not proven, it is refused with the reason', async () => {
  const prove = (): HistoryAnswer => ({ kind: 'refused', reason: 'older than Capella' })
  const { headers, ask } = world({ knowsGenesis: false, prove })
  await headers.follow(chain.head.hash, ask.signal)
  const words = /block 700 is 8300 blocks below the head: .*; further back: older than Capella$/
  for (const refused of [headers.at(700, ask), headers.byHash(hashAt(700), ask)]) {
    await expect(refused).rejects.toThrow(words)
    await expect(refused).rejects.toBeInstanceOf(HistoryUnavailableError)
  }
})

test('a proof under a head that is a little ahead of ours holds, one under a head of another chain does not', async () => {
  const ahead = world({ knowsGenesis: false, prove: provenUnder(HEAD) })
  await ahead.headers.follow(hashAt(HEAD - 2), ahead.ask.signal)
  expect((await ahead.headers.at(700, ahead.ask))?.hash).toEqual(hashAt(700))

  const other = branch.canonical[800]!
  const prove = (slot: number): HistoryAnswer =>
    ({ ...provenUnder(HEAD)(slot), under: { slot, blockHash: other.hash } }) as HistoryAnswer
  const { headers, ask } = world({ knowsGenesis: false, prove, strangers: [other] })
  await headers.follow(hashAt(HEAD), ask.signal)
  const refused = headers.at(700, ask)
  await expect(refused).rejects.toThrow(/8 proofs/)
  expect(headers.isCanonical({ number: 700, hash: hashAt(700) })).toBe(false)
})

test('where a block is there and others that prove it cannot be had, nobody says that there is none', async () => {
  const { headers, ask } = world({ knowsGenesis: false, prove: provenUnder(HEAD, 3), lacking: new Set([703]) })
  await headers.follow(chain.head.hash, ask.signal)
  await expect(headers.byHash(hashAt(700), ask)).rejects.toThrow(
    /whether block 700 0x.* cannot be told: no server has it/,
  )
  await expect(headers.byHash(hashAt(700), ask)).rejects.toBeInstanceOf(HistoryUnavailableError)
  await expect(headers.byHash(asHash(new Uint8Array(32)), ask)).rejects.toBeInstanceOf(ChainUnavailableError)
})

test('a block of a branch that is none of the chain is told apart by what is proven', async () => {
  const stranger = branch.canonical[700]!
  const { headers, ask } = world({ knowsGenesis: false, prove: provenUnder(HEAD), strangers: [stranger] })
  await headers.follow(chain.head.hash, ask.signal)
  expect(await headers.byHash(stranger.hash, ask)).toMatchObject({ isCanonical: false, header: { number: 700 } })
  expect((await headers.byHash(hashAt(700), ask)).isCanonical).toBe(true)
})

test('many old blocks asked for at once are all found, though fewer can be held than lead to them', async () => {
  const { headers, ask } = world({ knowsGenesis: false, prove: provenUnder(HEAD, 100) })
  await headers.follow(chain.head.hash, ask.signal)
  const wanted = Array.from({ length: 36 }, (_, index) => 100 + index * 130)
  const found = await Promise.all(wanted.map((number) => headers.at(number, ask)))
  expect(found.map((header) => header?.hash)).toEqual(wanted.map(hashAt))
})

test('a walk that is under way leads to nothing once the chain is another', async () => {
  const other = branch.canonical[800]!
  let goOn: () => void = () => undefined
  const many = new Promise<void>((resolve) => (goOn = resolve))
  const { headers, ask } = world({ knowsGenesis: false, strangers: branch.canonical, many })
  await headers.follow(chain.head.hash, ask.signal)
  const walking = headers.at(HEAD - 3_000, ask)
  await headers.follow(other.hash, ask.signal)
  goOn()
  await expect(walking).rejects.toThrow(/a chain that is no more/)
  expect(headers.isCanonical({ number: HEAD - 3_000, hash: hashAt(HEAD - 3_000) })).toBe(false)
})
