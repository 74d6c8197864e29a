/** A chain's view over servers that answer from a chain held in this process, and whoever calls methods on it. */
import { createEvmService } from '../execution/remote/evm-service.ts'
import { callRunner } from '../sync/chain-view/run-call.ts'
import { EvmPool } from '../sync/evm/evm-pool.ts'
import { timerLimit } from '../sync/evm/evm-seat.ts'
import { bytesToHex } from '@ethereumjs/util'
import { importTestChain } from '../../server/gateway/json-rpc/imported-chain.fixtures.ts'
import type { ExecutionBlock, ExecutionSource, PathKeys } from '../../server/execution/execution-source.ts'
import { UnavailableError } from '../../server/execution/execution-source.ts'
import type { Hash } from '../chain/bytes.ts'
import { systemClock, type Clock } from '../chain/clock.ts'
import type { Network } from '../chain/network.ts'
import { networkByName } from '../chain/network.ts'
import { loadWasmCrypto } from '../execution/crypto/wasm-crypto.ts'
import type { Json } from '../network/json-rpc/json.ts'
import { RequestError } from '../network/request-server.ts'
import { createMemoryStore } from '../state/store/memory-store.ts'
import type { Store } from '../state/store/store.ts'
import { importFetcher } from '../sync/beam/import-fetcher.ts'
import type { SignedBlock } from '../sync/beam/chain-heads.ts'
import { ChainView, type ChainViewOptions } from '../sync/chain-view/chain-view.ts'
import { Evidence } from '../sync/chain-view/evidence.ts'
import { ContentPool } from '../sync/state-fetch/content-pool.ts'
import { ServerSelector } from '../sync/state-fetch/server-selector.ts'
import type { StateAnswers, StateServer } from '../sync/state-fetch/state-server.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { BlockReader } from './block-reader.ts'
import type { RpcContext, RpcSetting } from './method.ts'
import { METHODS } from './registry.ts'
import { SentTransactions } from './sending/sent-transactions.ts'

const crypto = await loadWasmCrypto()

/** All that a chain that is held here can answer, as a server of state. */
export function serverOf(source: ExecutionSource, name = 'held-chain'): StateServer {
  const block = async (hash: Hash) => found(await source.blockByHash(hash), name, `block ${bytesToHex(hash)}`)
  const answers: StateAnswers = {
    block: async ({ hash }) => (await block(hash)).rlp,
    headers: async ({ from, count }) => {
      const headers = [(await block(from)).header]
      for (let at = await block(from); at.number > 0 && headers.length < count;) {
        const parent = await source.blockByHash(at.parentHash)
        if (parent === undefined) break
        headers.push(parent.header)
        at = parent
      }
      return headers
    },
    receipts: async ({ block: { header } }) => found(await source.receipts(header.hash), name, 'receipts'),
    transactionPlace: async ({ hash }) => {
      const place = await source.locateTransaction(hash)
      if (place === undefined) return undefined
      return { hash: place.blockHash, number: (await block(place.blockHash)).number }
    },
    accessList: async ({ block }) => found(await source.blockAccessList(block.hash), name, 'access list'),
    // A pool that takes anything, and forgets it.
    submit: () => Promise.resolve({ kind: 'taken' }),
    nodes: async ({ hashes }) => ({ items: await source.nodes(hashes) }),
    codes: async ({ hashes }) => ({ items: await source.codes(hashes) }),
    paths: ({ stateRoot, keys }) =>
      orAbsent(name, async () => ({ nodes: await source.paths(stateRoot, keys), complete: countOf(keys) })),
    proofs: ({ at, keys }) =>
      orAbsent(name, async () => {
        const header = await block(at.hash)
        const proofs = await Promise.all(keys.map(async (key) => source.accountProof(header, key.address, key.slots)))
        return proofs.map(({ accountProof, storage }) => [...accountProof, ...storage.flatMap(({ proof }) => proof)])
      }),
    accountCodes: ({ at, addresses }) =>
      orAbsent(name, async () => {
        const header = await block(at.hash)
        return Promise.all(addresses.map(async (address) => source.codeOf(header, address)))
      }),
  }
  return { name, windows: {}, answers }
}

const countOf = (keys: readonly PathKeys[]): number => keys.reduce((sum, { slots }) => sum + 1 + slots.length, 0)

function found<T>(value: T | undefined, name: string, what: string): T {
  if (value !== undefined) return value
  throw new RequestError({ code: 'absent' }, `${name} does not have ${what}`)
}

async function orAbsent<T>(name: string, answer: () => Promise<T>): Promise<T> {
  try {
    return await answer()
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error
    throw new RequestError({ code: 'absent' }, `${name}: ${error.message}`)
  }
}

export interface ViewOptions extends Pick<ChainViewOptions, 'history' | 'headerBounds'> {
  readonly network: Network
  readonly servers: readonly StateServer[]
  /** Default: the machine's. */
  readonly clock?: Clock
  /** Default: an empty one. */
  readonly store?: Store
  /** Default: not known. */
  readonly genesisHash?: Hash
  /** Seconds. Default: heads never get too old. */
  readonly maxHeadAge?: number
}

/** What a head is named by. */
export type HeadBlock = Pick<ExecutionBlock, 'hash' | 'timestamp'>

export interface ViewWorld {
  readonly view: ChainView
  readonly selector: ServerSelector
  readonly setting: RpcSetting
  /** Resolves once the view is at this head; whoever listens has been told. */
  readonly follow: (head: HeadBlock, finalized?: HeadBlock) => Promise<void>
  /** Called whenever the chain is another. */
  readonly listeners: Set<() => void>
  /** The method's result. Rejects as the method does. */
  readonly call: (method: string, params?: Json, more?: Partial<RpcContext>) => Promise<Json>
  readonly close: () => void
}

/** In this thread. */
const evms = new EvmPool([await createEvmService()], timerLimit, () => undefined)

export function openView({ network, servers, clock = systemClock, ...options }: ViewOptions): ViewWorld {
  const selector = new ServerSelector({ clock, random: seededRandom(1) })
  for (const server of servers) selector.add(server)
  const store = options.store ?? createMemoryStore({ network: network.name, keccak: crypto.keccak })
  const listeners = new Set<() => void>()
  const view = new ChainView({
    ...{ crypto, clock, selector, pool: new ContentPool(), ways: undefined, store: () => store },
    fetcher: importFetcher({ selector, keccak: crypto.keccak, store }),
    maxHeadAge: options.maxHeadAge ?? Infinity,
    ...{ genesisHash: options.genesisHash, history: options.history, headerBounds: options.headerBounds },
    onChange: () => undefined,
  })
  const calls = callRunner({ network, view, evms, lend: (home) => home })
  const sent = new SentTransactions(view, crypto)
  const setting: RpcSetting = { network, crypto, clock, view, calls, sent, blocks: new BlockReader(view, crypto) }

  const isAt = (head: HeadBlock, finalized: HeadBlock | undefined): boolean => {
    if (view.heads.reason() !== undefined) return false
    const final = view.heads.finalized()?.header.hash
    if (finalized !== undefined && (final === undefined || !isSame(final, finalized.hash))) return false
    return isSame(view.heads.head().header.hash, head.hash)
  }

  return {
    ...{ view, selector, setting, listeners },
    async follow(head, finalized) {
      view.setHeads({ optimistic: signed(head), finalized: finalized && signed(finalized), problem: undefined })
      for (let turn = 0; !isAt(head, finalized); turn++) {
        if (turn > MAX_TURNS) throw new Error(`the view does not get to its head: ${view.heads.reason()}`)
        await aTurn()
      }
      sent.headChanged()
      for (const listener of listeners) listener()
    },
    async call(method, params = [], more = {}) {
      const ask = { signal: new AbortController().signal, evidence: new Evidence() }
      return METHODS.get(method)!.call({ ...setting, ask, ...more }, params)
    },
    close: () => {
      sent.close()
      view.close()
    },
  }
}

/** Turns of the event loop until a view that does not get to its head is a failure. */
const MAX_TURNS = 100_000

/** Everything that waits on promises only has happened. */
export const aTurn = (): Promise<void> => new Promise<void>((resolve) => void setImmediate(resolve))

const isSame = (a: Uint8Array, b: Uint8Array): boolean => bytesToHex(a) === bytesToHex(b)

const signed = ({ hash, timestamp }: HeadBlock): SignedBlock => ({
  ...{ hash: bytesToHex(hash), signers: 512, committeeSize: 512, slotTime: timestamp },
})

/** The execution-apis project's chain, at its head; safe and finalized as its recorded answers have them. */
export async function importedView(data: string): Promise<ViewWorld & { readonly source: ExecutionSource }> {
  const source = await importTestChain(data)
  const { head, finalized } = source.status()
  const network: Network = { ...networkByName('mainnet'), ...source.network }
  const world = openView({ network, servers: [serverOf(source)] })
  await world.follow(head, finalized)
  return { ...world, source }
}
