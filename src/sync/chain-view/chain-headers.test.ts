import { expect, test } from 'vitest'
import { loadWasmCrypto } from '../../execution/crypto/wasm-crypto.ts'
import { equalBytes } from '../../execution/words.ts'
import { LogChain } from '../../rpc/logs/log-chain.fixtures.ts'
import { ChainHeaders } from './chain-headers.ts'
import { HistoryUnavailableError } from './chain-view-error.ts'
import { Evidence } from './evidence.ts'

const { keccak } = await loadWasmCrypto()

/** Far too many parents for a walk: as if all headers between the head and the first ones were gone. */
const HEAD = 9_000
const chain = new LogChain(...Array.from({ length: HEAD }, () => []))

function world(options: { readonly knowsGenesis: boolean }) {
  const asked: number[] = []
  const genesis = chain.canonical[0]!
  const headers = new ChainHeaders({
    keccak,
    fetcher: {
      headers: async (from, count) => {
        const at = chain.canonical.findIndex(({ hash }) => equalBytes(hash, from))
        asked.push(count)
        return chain.canonical
          .slice(Math.max(0, at - count + 1), at + 1)
          .reverse()
          .map(({ header }) => header)
      },
    },
    // From before EIP-2935.
    storage: async () => new Uint8Array(),
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
