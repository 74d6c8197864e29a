/** What is said of answers while heads come, are doubted, left, and found invalid here. */
import { bytesToHex } from '@ethereumjs/util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { grow, requestOf, testNetwork } from '../../server/devnet/execution/execution-chain.fixtures.ts'
import type { ExecutionChain } from '../../server/devnet/execution/execution-chain.ts'
import type { Json } from '../network/json-rpc/json.ts'
import type { SignedBlock } from '../sync/beam/chain-heads.ts'
import type { StateServer } from '../sync/state-fetch/state-server.ts'
import { answerRequest } from './answer-request.ts'
import { aTurn, openView, serverOf, type HeadBlock, type ViewWorld } from './imported-view.fixtures.ts'
import { METHODS } from './registry.ts'
import { hashOf, openChain, reorganize, signed, takesAll, takingServer } from './sending/sending-world.fixtures.ts'
import type { Verification } from './session-messages.ts'
import type { Subscriber } from './subscriptions/subscriber.ts'

const NOBODY = `0x${'aa'.repeat(20)}`
const DISPUTE = { optimistic: undefined, finalized: undefined, problem: 'the chain is in dispute' }
/** Enough for all that waits on promises only, of a head that is followed. */
const TURNS = 300

let chain: ExecutionChain
let world: ViewWorld
/** Servers answer no question of this kind before it is let go. */
let held: { readonly kind: 'headers' | 'paths'; readonly until: Promise<void> } | undefined

beforeEach(async () => {
  chain = await openChain()
  held = undefined
  world = openView({
    network: { ...testNetwork({ osaka: 0 }), name: 'devnet' },
    servers: [heldUp(takingServer(chain, 'all', takesAll).server)],
  })
  await world.follow(chain.local.head)
})
afterEach(() => world.close())

function heldUp(server: StateServer): StateServer {
  const { headers, paths } = server.answers
  return {
    ...server,
    answers: {
      ...server.answers,
      headers: async (request, signal) => {
        if (held?.kind === 'headers') await held.until
        return headers!(request, signal)
      },
      paths: async (request, signal) => {
        if (held?.kind === 'paths') await held.until
        return paths!(request, signal)
      },
    },
  }
}

function hold(kind: 'headers' | 'paths'): () => void {
  let letGo: () => void = () => undefined
  held = { kind, until: new Promise<void>((resolve) => (letGo = resolve)) }
  return () => {
    held = undefined
    letGo()
  }
}

const turns = async () => {
  for (let turn = 0; turn < TURNS; turn++) await aTurn()
}

/** An empty block on the head. */
const next = async (): Promise<HeadBlock> => {
  await grow(chain, chain.local.head.number + 1, { fill: 'empty' })
  return chain.local.head
}

const followNext = async () => {
  await world.follow(await next())
  return world.view.newestKnown()!
}

const saying = (words: string) => expect.stringContaining(words) as unknown as string

const signedHead = ({ hash, timestamp }: HeadBlock): { optimistic: SignedBlock; finalized: undefined } => ({
  optimistic: { hash: bytesToHex(hash), signers: 512, committeeSize: 512, slotTime: timestamp },
  finalized: undefined,
})

interface Answer {
  readonly result?: Json
  readonly code?: number
  readonly message?: string
  readonly verification?: Verification
}

async function ask(method: string, ...params: Json[]): Promise<Answer> {
  const news = await answerRequest(
    { kind: 'request', id: 1, method, params, allowUnverified: true },
    { setting: world.setting, methods: METHODS, onDefect: (_, error) => expect.unreachable(String(error)) },
    { cancelled: new AbortController().signal, subscriber: undefined as unknown as Subscriber },
  )
  if (news.kind === 'error') return { ...news.error }
  return news.kind === 'result' ? news : {}
}

describe('a problem of the light client', () => {
  test('stands though a head from before it comes after it, until one without a problem was followed', async () => {
    const head = await next()
    const letGo = hold('headers')
    world.view.setHeads({ ...signedHead(head), problem: undefined })
    await turns()
    world.view.setHeads(DISPUTE)
    letGo()
    await turns()
    expect(await ask('eth_blockNumber')).toMatchObject({ code: 4900, message: saying('dispute') })
    world.view.setHeads({ ...signedHead(head), problem: undefined })
    await turns()
    expect(await ask('eth_blockNumber')).toMatchObject({ result: '0x1' })
  })

  test('stands though a head comes with it, and while the next one is on its way', async () => {
    const head = await next()
    world.view.setHeads({ ...signedHead(head), problem: "this machine's clock is 88 s behind what was signed" })
    await turns()
    expect(await ask('eth_getBalance', NOBODY, 'latest')).toMatchObject({ code: 4900 })
    const letGo = hold('headers')
    world.view.setHeads({ ...signedHead(await next()), problem: undefined })
    await turns()
    expect(await ask('eth_blockNumber')).toMatchObject({ code: 4900, message: saying('88 s') })
    letGo()
    await turns()
    expect(await ask('eth_blockNumber')).toMatchObject({ result: '0x2' })
  })

  test('ends what was asked before it', async () => {
    const letGo = hold('paths')
    const answer = ask('eth_getBalance', NOBODY, 'latest')
    await turns()
    world.view.setHeads(DISPUTE)
    letGo()
    expect(await answer).toMatchObject({ code: 4900, message: saying('dispute') })
  })

  test('is said of transactions that were sent from here as well', async () => {
    const raw = signed()
    await world.call('eth_sendRawTransaction', [bytesToHex(raw)])
    const hash = bytesToHex(hashOf(raw))
    expect(await ask('eth_getTransactionByHash', hash)).toMatchObject({ result: { hash, blockHash: null } })
    world.view.setHeads(DISPUTE)
    await expect(world.call('eth_getTransactionByHash', [hash])).rejects.toThrow('dispute')
    expect(await ask('eth_getTransactionReceipt', hash)).toMatchObject({ code: 4900 })
  })
})

describe('a block that is invalid by its execution here', () => {
  test('ends all answers while the signed head is it or descends from it', async () => {
    const genesis = chain.local.head
    const good = await followNext()
    world.view.setExecuted({ anchor: genesis, newest: good })
    const bad = await followNext()
    expect(await ask('eth_blockNumber')).toMatchObject({ result: '0x1' })
    world.view.setRefused(bad)
    const refused = { code: 4900, message: saying(`block 2 ${bytesToHex(bad.hash)}`) }
    expect(await ask('eth_blockNumber')).toMatchObject(refused)
    for (let above = 3; above <= 5; above++) {
      world.view.setHeads({ ...signedHead(await next()), problem: undefined })
      await turns()
      expect(world.view.newestKnown()?.number).toBe(above)
      expect(await ask('eth_getBlockByNumber', 'latest', false)).toMatchObject(refused)
    }
    await reorganize(chain, genesis.hash, [])
    await world.follow(chain.local.head)
    expect(await ask('eth_blockNumber')).toMatchObject({ result: '0x1', verification: { level: 'proven' } })
  })

  test('which lies below all that is known: the way to it is looked up', async () => {
    await next()
    const bad = { number: 1, hash: chain.local.head.hash }
    for (let above = 0; above < 3; above++) await next()
    const other = openView({
      network: { ...testNetwork({ osaka: 0 }), name: 'devnet' },
      servers: [serverOf(chain.local)],
    })
    other.view.setRefused(bad)
    other.view.setHeads({ ...signedHead(chain.local.head), problem: undefined })
    await turns()
    expect(other.view.heads.reason()).toContain(`descends from block 1 ${bytesToHex(bad.hash)}`)
    other.close()
  })

  test('which was found so before it was followed', async () => {
    const head = await next()
    world.view.setRefused({ number: 1, hash: head.hash })
    expect(await ask('eth_blockNumber')).toMatchObject({ result: '0x0' })
    world.view.setHeads({ ...signedHead(head), problem: undefined })
    await turns()
    expect(await ask('eth_blockNumber')).toMatchObject({ code: 4900 })
  })
})

describe('executed', () => {
  test('is said of no block of another branch, and of those that both have', async () => {
    const genesis = chain.local.head
    const common = await followNext()
    await followNext()
    world.view.setExecuted({ anchor: genesis, newest: world.view.newestKnown()! })
    const anchor = bytesToHex(genesis.hash)
    expect(await ask('eth_getBalance', NOBODY, 'latest')).toMatchObject({ verification: { level: 'executed', anchor } })
    const { carried } = await chain.make(requestOf(chain, 40, { parentHash: common.hash }))
    chain.local.setHead({ head: carried.payload.blockHash })
    await world.follow(chain.local.head)
    expect(await ask('eth_getBalance', NOBODY, 'latest')).toMatchObject({ verification: { level: 'proven' } })
    expect(await ask('eth_getBalance', NOBODY, '0x1')).toMatchObject({ verification: { level: 'executed', anchor } })
  })

  test('names the anchor of what was read, whatever execution goes on from meanwhile', async () => {
    const genesis = chain.local.head
    const first = await followNext()
    world.view.setExecuted({ anchor: genesis, newest: first })
    const letGo = hold('paths')
    const answer = ask('eth_getBalance', NOBODY, '0x1')
    await turns()
    const second = await followNext()
    world.view.setExecuted({ anchor: second, newest: await followNext() })
    letGo()
    const anchor = bytesToHex(genesis.hash)
    expect((await answer).verification).toMatchObject({ level: 'executed', anchor, block: { number: 1 } })
    expect(await ask('eth_getBalance', NOBODY, '0x1')).toMatchObject({ verification: { level: 'proven' } })
  })
})

describe('finality', () => {
  /** PUSH1 5 NUMBER SUB BLOCKHASH PUSH0 MSTORE PUSH1 32 PUSH0 RETURN */
  const FIVE_BEFORE = { data: '0x60054303405f5260205ff3' }

  test('is that of the block asked at, whatever was looked at for it', async () => {
    const genesis = chain.local.head
    await next()
    const final = await next()
    for (let above = 0; above < 4; above++) await next()
    await world.follow(chain.local.head, final)
    const ofHead = { verification: { block: { number: 6 }, finality: 'signed' } }
    expect(await ask('eth_call', FIVE_BEFORE, 'latest')).toMatchObject(ofHead)
    expect(await ask('eth_gasPrice')).toMatchObject(ofHead)
    expect(await ask('eth_maxPriorityFeePerGas')).toMatchObject(ofHead)
    expect(await ask('eth_config')).toMatchObject(ofHead)
    const old = await ask('eth_getBlockByHash', bytesToHex(genesis.hash), false)
    expect(old.verification).toMatchObject({ finality: 'finalized', signers: 512 })
  })

  test('and signers are said of no block that the signed head does not descend from', async () => {
    const genesis = chain.local.head
    const orphan = await followNext()
    await reorganize(chain, genesis.hash, [])
    await world.follow(chain.local.head, chain.local.head)
    const { verification } = await ask('eth_getBlockByHash', bytesToHex(orphan.hash), false)
    expect(verification).toMatchObject({ level: 'unverified', block: { hash: bytesToHex(orphan.hash) } })
    expect(verification).not.toHaveProperty('finality')
    expect(verification).not.toHaveProperty('signers')
  })
})

test('a block that has to be in the chain, and is in it no more, is an error; one that need not be is not proven', async () => {
  const genesis = chain.local.head
  const orphan = await followNext()
  const blockHash = bytesToHex(orphan.hash)
  const canonical = { blockHash, requireCanonical: true }
  expect(await ask('eth_getBalance', NOBODY, canonical)).toMatchObject({ verification: { level: 'proven' } })
  await reorganize(chain, genesis.hash, [])
  await world.follow(chain.local.head)
  for (const [method, first] of [
    ['eth_getBalance', NOBODY],
    ['eth_getCode', NOBODY],
    ['eth_call', { to: NOBODY }],
  ] as const) {
    const message = `block ${blockHash} is not on the canonical chain`
    await expect(world.call(method, [first, canonical])).rejects.toMatchObject({ code: -32000, message })
    expect(await ask(method, first, { blockHash })).toMatchObject({ verification: { level: 'unverified' } })
  }
})
