/** Proofs, slots of several accounts, access lists and what this client says of its reach, over a devnet's blocks. */
import { RLP } from '@ethereumjs/rlp'
import { bytesToHex } from '@ethereumjs/util'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { grow, testChain, testNetwork } from '../../server/devnet/execution/execution-chain.fixtures.ts'
import type { ExecutionChain } from '../../server/devnet/execution/execution-chain.ts'
import { asAddress, asHash } from '../chain/bytes.ts'
import { systemClock } from '../chain/clock.ts'
import type { Json, JsonObject } from '../network/json-rpc/json.ts'
import { RequestError } from '../network/request-server.ts'
import { decodeRawHeader } from '../execution/block/raw-block.ts'
import { loadWasmCrypto } from '../execution/crypto/wasm-crypto.ts'
import { EMPTY_CODE_HASH } from '../state/state-trie.ts'
import type { AccountWrite } from '../state/state-writes.ts'
import { createMemoryStore } from '../state/store/memory-store.ts'
import { Evidence } from '../sync/chain-view/evidence.ts'
import { DECOYS } from '../sync/state-fetch/constants.ts'
import type { StateAnswers, StateServer } from '../sync/state-fetch/state-server.ts'
import { answerRequest } from './answer-request.ts'
import { openView, serverOf, type ViewWorld } from './imported-view.fixtures.ts'
import { METHODS } from './registry.ts'
import { asRpcError } from './rpc-failure.ts'
import type { Subscriber } from './subscriptions/subscriber.ts'

const crypto = await loadWasmCrypto()
const FORKS = { osaka: 0, amsterdam: 2 }
/** EIP-2935's: it has code, and a slot for each block. */
const HISTORY = '0x0000f90827f1c53a10cb7a02335b175320002935'
const NOBODY = `0x${'c1'.repeat(20)}`
const slotOf = (number: number) => `0x${number.toString(16).padStart(64, '0')}`

let chain: ExecutionChain
beforeAll(async () => {
  chain = await testChain({ forks: FORKS, accounts: 200 })
  for (let slot = 1; slot <= 4; slot++) await grow(chain, slot)
})

/** Requests that were sent, by kind. */
let sent: string[]
beforeEach(() => {
  sent = []
})

const counted = (server: StateServer): StateServer => ({
  ...server,
  answers: Object.fromEntries(
    Object.entries(server.answers).map(([kind, answer]) => [
      kind,
      (request: never, signal: AbortSignal) => {
        sent.push(kind)
        return (answer as (request: never, signal: AbortSignal) => Promise<unknown>)(request, signal)
      },
    ]),
  ),
})

const withAnswers = (name: string, answers: StateAnswers): StateServer => {
  const server = serverOf(chain.local, name)
  return { ...server, answers: { ...server.answers, ...answers } }
}

async function worldOf(...servers: readonly StateServer[]): Promise<ViewWorld> {
  const world = openView({ network: { ...testNetwork(FORKS), name: 'devnet' }, servers, clock: systemClock })
  await world.follow(chain.local.head)
  return world
}

const codeOf = (answer: Promise<unknown>): Promise<unknown> =>
  answer.then(
    () => 'answered',
    (error: unknown) => asRpcError(error, () => undefined).code,
  )

describe('eth_getProof', () => {
  const slots = [slotOf(1), slotOf(77), slotOf(2)]

  test('is what a full node says, also of what is not there, in two trips at most', async () => {
    const world = await worldOf(counted(serverOf(chain.local)))
    for (const [address, keys] of [[HISTORY, slots] as const, [NOBODY, slots] as const]) {
      sent = []
      const answer = (await world.call('eth_getProof', [address, keys, 'latest'])) as JsonObject
      expect(sent.length).toBeLessThanOrEqual(2)
      const asked = keys.map((key) => asHash(Uint8Array.from(Buffer.from(key.slice(2), 'hex'))))
      const own = asAddress(Uint8Array.from(Buffer.from(address.slice(2), 'hex')))
      const full = chain.local.accountProof(chain.local.head, own, asked)
      expect(answer['accountProof']).toEqual(full.accountProof.map((node) => bytesToHex(node)))
      expect(answer['storageProof']).toEqual(
        full.storage.map(({ value, proof }, place) => ({
          ...{ key: keys[place], value: `0x${value.toString(16)}`, proof: proof.map((node) => bytesToHex(node)) },
        })),
      )
    }
  })

  test('a server with another state is not believed', async () => {
    const liar = withAnswers('liar', {
      paths: async ({ keys }) => ({
        nodes: [RLP.encode([Uint8Array.of(0x20), Uint8Array.of(1)])],
        complete: keys.length,
      }),
      proofs: async ({ keys }) => keys.map(() => [RLP.encode([Uint8Array.of(0x20), Uint8Array.of(1)])]),
      nodes: async ({ hashes }) => ({ items: hashes.map(() => Uint8Array.of(1)) }),
    })
    const alone = await worldOf(liar)
    expect(await codeOf(alone.call('eth_getProof', [HISTORY, slots, 'latest']))).toBe(-32002)
    const world = await worldOf(liar, serverOf(chain.local, 'honest'))
    const answer = (await world.call('eth_getProof', [HISTORY, slots, 'latest'])) as JsonObject
    expect(answer['storageProof']).toHaveLength(3)
  })

  test('more keys than a node takes are refused before anybody is asked', async () => {
    const world = await worldOf(counted(serverOf(chain.local)))
    sent = []
    const keys = Array.from({ length: 1_025 }, (_, index) => slotOf(index))
    expect(await codeOf(world.call('eth_getProof', [HISTORY, keys, 'latest']))).toBe(-32602)
    await expect(world.call('eth_getProof', [HISTORY, [slotOf(1), 7], 'latest'])).rejects.toThrow('storage key 1')
    expect(sent).toEqual([])
  })
})

test('eth_getStorageValues: slots of several accounts in one trip', async () => {
  const world = await worldOf(counted(serverOf(chain.local)))
  const head = chain.local.head
  sent = []
  const asked = { [HISTORY]: [slotOf(head.number - 1), slotOf(99)], [NOBODY]: [slotOf(0)] }
  expect(await world.call('eth_getStorageValues', [asked, 'latest'])).toEqual({
    [HISTORY]: [bytesToHex(head.parentHash), slotOf(0)],
    [NOBODY]: [slotOf(0)],
  })
  expect(sent).toHaveLength(1)
})

test('what comes of servers bears their names, and what is at hand does not', async () => {
  const world = await worldOf(serverOf(chain.local, 'https://state.example'))
  const sourcesOf = async (method: string, params: Json) => {
    const evidence = new Evidence()
    await world.call(method, params, { ask: { signal: new AbortController().signal, evidence } })
    return evidence.sources
  }
  expect(await sourcesOf('eth_getBalance', [HISTORY, 'latest'])).toEqual(['https://state.example'])
  expect(await sourcesOf('eth_getBalance', [HISTORY, 'latest'])).toEqual(['store'])
  expect(await sourcesOf('eth_getBlockByNumber', ['latest', false])).toEqual(['https://state.example'])
})

describe('whom accounts are told to that a page asks about', () => {
  const keccak = (bytes: Uint8Array): Uint8Array => crypto.keccak(bytes)
  const addressOf = (at: number) => `0x${(at + 1).toString(16).padStart(40, 'a')}`
  const keyOf = (address: string): string => bytesToHex(keccak(Buffer.from(address.slice(2), 'hex')))

  /** A server that offers these kinds, and what it is asked about: keys of accounts, by request. */
  function watched(name: string, kinds: readonly (keyof StateAnswers)[]) {
    const { answers, windows } = serverOf(chain.local, name)
    const asked: string[][] = []
    let fails = false
    const seen = { name, asked, fail: () => (fails = true), told: () => new Set(asked.flat()) }
    const answer = (kind: string, inner: (request: never, signal: AbortSignal) => Promise<unknown>) => {
      return (request: { keys?: readonly { address?: Uint8Array; account?: Uint8Array }[] }, signal: AbortSignal) => {
        const keys = request.keys ?? []
        if (keys.length > 0) asked.push(keys.map((key) => bytesToHex(key.account ?? keccak(key.address!))))
        if (fails) return Promise.reject(new RequestError({ code: 'unreachable' }, `${name}: ${kind}: gone`))
        return inner(request as never, signal)
      }
    }
    const shown = Object.entries(answers).filter(([kind]) => kinds.includes(kind as keyof StateAnswers))
    const wrapped = shown.map(([kind, inner]) => [kind, answer(kind, inner as never)])
    return { ...seen, server: { name, windows, answers: Object.fromEntries(wrapped) as StateAnswers } }
  }
  const ALWAYS = ['block', 'headers'] as const
  const SHAPES = { proofs: ['proofs', 'accountCodes'], paths: ['paths', 'codes'] } as const

  describe.each(Object.entries(SHAPES))('%s', (_, kinds) => {
    test('no server of two is told all of them, one after the other or at once; each is asked of one', async () => {
      for (const isAtOnce of [false, true]) {
        const servers = ['one', 'two'].map((name) => watched(name, [...ALWAYS, ...kinds]))
        const world = await worldOf(...servers.map(({ server }) => server))
        const page = Array.from({ length: 7 }, (_, at) => addressOf(at + (isAtOnce ? 100 : 0)))
        const ask = (address: string) => world.call('eth_getBalance', [address, 'latest'])
        if (isAtOnce) await Promise.all(page.map(ask))
        else for (const address of page) await ask(address)
        for (const address of page) await world.call('eth_getTransactionCount', [address, '0x3'])
        const told = servers.map((server) => page.filter((address) => server.told().has(keyOf(address))))
        expect(told.map(({ length }) => length).sort()).toEqual([3, 4])
        expect(new Set(told.flat()).size).toBe(page.length)
        world.close()
      }
    })

    test('where its server fails, the other answers', async () => {
      const servers = ['one', 'two'].map((name) => watched(name, [...ALWAYS, ...kinds]))
      const world = await worldOf(...servers.map(({ server }) => server))
      await world.call('eth_getBalance', [addressOf(0), 'latest'])
      const [home, other] = servers[0]!.told().has(keyOf(addressOf(0))) ? servers : [...servers].reverse()
      home!.fail()
      expect(await world.call('eth_getBalance', [addressOf(0), '0x3'])).toBe('0x0')
      expect(other!.told()).toEqual(new Set([keyOf(addressOf(0))]))
      world.close()
    })
  })

  test('a call is no slower for its sender, which is asked about apart: three trips by proofs at most', async () => {
    let [underWay, trips] = [0, 0]
    const trip = <T>(answer: Promise<T>): Promise<T> => {
      if (underWay++ === 0) trips++
      return answer.finally(() => underWay--)
    }
    const servers = ['one', 'two'].map((name): StateServer => {
      const { server } = watched(name, [...ALWAYS, ...SHAPES.proofs])
      const answers = Object.entries(server.answers).map(([kind, answer]) => [
        kind,
        (request: never, signal: AbortSignal) => trip<unknown>(answer(request, signal)),
      ])
      return { ...server, answers: Object.fromEntries(answers) as StateAnswers }
    })
    const world = await worldOf(...servers)
    trips = 0
    const call = { from: addressOf(7), to: HISTORY, data: slotOf(chain.local.head.number - 1) }
    expect(await world.call('eth_call', [call, 'latest'])).toBe(bytesToHex(chain.local.head.parentHash))
    expect(trips).toBeGreaterThan(0)
    expect(trips).toBeLessThanOrEqual(3)
    world.close()
  })

  test('a way that both offer comes before one that a single server offers', async () => {
    const servers = [
      watched('gateway', [...ALWAYS, ...SHAPES.paths, ...SHAPES.proofs]),
      watched('node', [...ALWAYS, ...SHAPES.proofs]),
    ]
    const world = await worldOf(...servers.map(({ server }) => server))
    const page = [addressOf(0), addressOf(1)]
    for (const address of page) await world.call('eth_getBalance', [address, 'latest'])
    expect(servers.map((server) => server.told().size)).toEqual([1, 1])
    world.close()
  })

  test.each(Object.entries(SHAPES))(
    'where the block was executed here, one is asked about with accounts that it touched, the same each time: %s',
    async (_, kinds) => {
      const { head } = chain.local
      const people = Array.from({ length: 30 }, (_, at) => addressOf(at + 500))
      const write = { kind: 'updated', nonce: 1n, balance: 1n, codeHash: EMPTY_CODE_HASH } as const
      const contract = { ...write, codeHash: asHash(new Uint8Array(32)) }
      const storage = { kind: 'kept', slots: new Map() } as const
      const accounts = new Map<string, AccountWrite>([
        [addressOf(900).slice(2), { ...contract, storage }],
        ...people.map((address): [string, AccountWrite] => [address.slice(2), { ...write, storage }]),
      ])
      const network = { ...testNetwork(FORKS), name: 'devnet' }
      const store = Object.assign(createMemoryStore({ network: network.name, keccak: crypto.keccak }), {
        getBlock: () =>
          Promise.resolve({ executed: { receipts: [], writes: { accounts, codes: new Map() } } } as never),
      })
      const server = watched('one', [...ALWAYS, ...kinds])
      const world = openView({ network, servers: [server.server], clock: systemClock, store })
      await world.follow(head)
      // In no block that was executed here: nobody is known to hide it among.
      await world.call('eth_getBalance', [addressOf(1), 'latest'])
      expect(server.asked).toEqual([[keyOf(addressOf(1))]])
      world.view.setExecuted({
        anchor: { number: 1, hash: asHash(new Uint8Array(32)) },
        newest: decodeRawHeader(head.header, crypto.keccak),
      })

      const evidence = new Evidence()
      await world.call('eth_getBalance', [addressOf(2), 'latest'], {
        ask: { signal: new AbortController().signal, evidence },
      })
      const request = server.asked[1]!
      expect(request).toHaveLength(1 + DECOYS)
      const hidden = request.filter((key): boolean => key !== keyOf(addressOf(2)))
      const known = people.map(keyOf)
      expect(hidden.every((key) => known.includes(key))).toBe(true)
      await world.call('eth_getBalance', [addressOf(2), '0x3'])
      expect(new Set(server.asked[2])).toEqual(new Set(request))
      expect(evidence.bytes).toBeGreaterThan(0)
      world.close()
    },
  )
})

describe('eth_getBlockAccessList', () => {
  const at = (number: number): Json[] => [`0x${number.toString(16)}`]

  test('is the one that the header commits to, whoever else says otherwise', async () => {
    const list = chain.local.blockAccessList(chain.local.head.hash)!
    let asked = 0
    const liar = withAnswers('liar', {
      accessList: () => {
        asked++
        return Promise.resolve(list.map((byte, index) => (index === 5 ? byte ^ 1 : byte)))
      },
    })
    const world = await worldOf(liar, serverOf(chain.local, 'honest'))
    const evidence = new Evidence()
    const ask = { signal: new AbortController().signal, evidence }
    const shown = (await world.call('eth_getBlockAccessList', ['latest'], { ask })) as Json[]
    expect(shown.length).toBe((RLP.decode(list) as unknown[]).length)
    expect(evidence).toMatchObject({ level: 'proven', sources: ['honest'] })
    expect(asked).toBe(1)
    expect(world.selector.views().find(({ name }) => name === 'liar')?.lastError?.message).toContain('access list')
  })

  test('there is none before Amsterdam, and nobody is asked', async () => {
    const world = await worldOf(counted(serverOf(chain.local)))
    expect(await codeOf(world.call('eth_getBlockAccessList', at(1)))).toBe(-32001)
    expect(await world.call('eth_getBlockAccessList', at(99))).toBeNull()
    expect(sent).not.toContain('accessList')
  })

  test('nobody has it: that is an error, and no empty list', async () => {
    const absent = () => Promise.reject(new RequestError({ code: 'absent' }, 'it has none'))
    const world = await worldOf(withAnswers('without', { accessList: absent }))
    expect(await codeOf(world.call('eth_getBlockAccessList', ['latest']))).toBe(-32002)
  })
})

describe('eth_capabilities', () => {
  test('says how far back the servers there are let it prove', async () => {
    const latest = { kind: 'latest', count: 2 } as const
    const server = { ...serverOf(chain.local), windows: { proofs: latest, paths: latest } }
    const world = await worldOf(server)
    const { head, ...rest } = (await world.call('eth_capabilities')) as JsonObject
    expect(head).toEqual({ number: '0x4', hash: bytesToHex(chain.local.head.hash) })
    const [all, state] = ['0x0', '0x3'].map((oldestBlock) => ({ disabled: false, oldestBlock }))
    expect(rest).toEqual({ state, stateproofs: state, tx: all, blocks: all, logs: all, receipts: all })
  })

  test('is what servers say, and told as that, though nobody asked for what is unverified', async () => {
    const { setting } = await worldOf(serverOf(chain.local))
    const request = { kind: 'request', id: 1, method: 'eth_capabilities', params: [], allowUnverified: false } as const
    const tools = {
      setting,
      methods: METHODS,
      onDefect: (_: string, error: unknown) => expect.unreachable(String(error)),
    }
    const asker = { cancelled: new AbortController().signal, subscriber: undefined as unknown as Subscriber }
    expect(await answerRequest(request, tools, asker)).toMatchObject({
      kind: 'result',
      verification: { level: 'unverified', notes: [expect.stringContaining('servers say of themselves')] },
    })
  })

  test('what nobody offers is not on offer', async () => {
    const { block, headers } = serverOf(chain.local).answers as Required<StateAnswers>
    const world = await worldOf({ name: 'blocks alone', windows: {}, answers: { block, headers } })
    const { head: _, ...rest } = (await world.call('eth_capabilities')) as JsonObject
    const off = { disabled: true }
    expect(rest).toMatchObject({ state: off, stateproofs: off, logs: off, receipts: off })
  })
})

test('eth_coinbase: nobody is paid here', async () => {
  const world = await worldOf(serverOf(chain.local))
  expect(await codeOf(world.call('eth_coinbase'))).toBe(-32000)
})
