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
import { Evidence } from '../sync/chain-view/evidence.ts'
import type { StateAnswers, StateServer } from '../sync/state-fetch/state-server.ts'
import { answerRequest } from './answer-request.ts'
import { openView, serverOf, type ViewWorld } from './imported-view.fixtures.ts'
import { METHODS } from './registry.ts'
import { asRpcError } from './rpc-failure.ts'
import type { Subscriber } from './subscriptions/subscriber.ts'

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
