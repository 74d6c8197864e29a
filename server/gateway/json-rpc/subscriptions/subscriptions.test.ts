/** What connections that stay hear of a chain. */
import { describe, expect, test } from 'vitest'
import { data } from '../../../../src/network/json-rpc/hex.ts'
import { createJsonRpc } from '../json-rpc.ts'
import { bytes32, log, SmallChain } from '../small-chain.fixtures.ts'

interface Notification {
  readonly method: 'eth_subscription'
  readonly params: { readonly subscription: string; readonly result: Record<string, unknown> & string }
}

async function connected(chain: SmallChain, maxSubscriptions = 8) {
  const rpc = await createJsonRpc(chain)
  const sent: unknown[] = []
  const failures: string[] = []
  const connection = rpc.connect({
    send: (text) => sent.push(JSON.parse(text)),
    fail: (reason) => failures.push(reason),
    maxSubscriptions,
  })
  let id = 0
  const ask = async (method: string, ...params: unknown[]): Promise<{ result?: unknown; error?: { code: number } }> => {
    id += 1
    await connection.receive(JSON.stringify({ jsonrpc: '2.0', id, method, params }))
    return sent.find((each) => (each as { id?: number }).id === id) as object
  }
  const heard = (subscription: unknown): Notification['params']['result'][] =>
    sent
      .filter((each): each is Notification => (each as Notification).method === 'eth_subscription')
      .filter(({ params }) => params.subscription === subscription)
      .map(({ params }) => params.result)
  return { rpc, connection, sent, failures, ask, heard }
}

/** Everything that waits on promises only has happened. */
const quiet = () => new Promise<void>((resolve) => void setImmediate(resolve))

test('new heads, as they come', async () => {
  const chain = await SmallChain.of()
  const { ask, heard } = await connected(chain)
  const { result: id } = await ask('eth_subscribe', 'newHeads')
  expect(id).toMatch(/^0x[0-9a-f]{32}$/)
  const blocks = [chain.extend(), chain.extend()]
  await quiet()
  expect(heard(id).map(({ hash }) => hash)).toEqual(blocks.map(({ hash }) => data(hash)))
  expect(heard(id)[0]).toMatchObject({ number: '0x1000001', baseFeePerGas: '0x3b9aca00', nonce: '0x0000000000000000' })
})

test('logs that match, with where they stand', async () => {
  const chain = await SmallChain.of()
  const { ask, heard } = await connected(chain)
  const { result: all } = await ask('eth_subscribe', 'logs')
  const { result: some } = await ask('eth_subscribe', 'logs', {
    address: data(log(2).address),
    topics: [null, data(bytes32(9))],
  })
  chain.extend({ logs: [[log(1, 8, 9), log(2, 9, 8)], [], [log(2, 8, 9), log(2, 9)]] })
  await quiet()
  expect(heard(all).map(({ transactionIndex, logIndex }) => [transactionIndex, logIndex])).toEqual([
    ['0x0', '0x0'],
    ['0x0', '0x1'],
    ['0x2', '0x2'],
    ['0x2', '0x3'],
  ])
  expect(heard(some)).toMatchObject([{ logIndex: '0x2', removed: false }])
})

test('a reorganisation takes logs back, newest block first, before it brings others', async () => {
  const chain = await SmallChain.of({ logs: [[log(1)]] }, { logs: [[log(2)]] })
  const { ask, heard } = await connected(chain)
  const { result: logs } = await ask('eth_subscribe', 'logs', {})
  const { result: heads } = await ask('eth_subscribe', 'newHeads')
  chain.reorganise(2, [{ logs: [[log(3)]], extra: 1 }, { extra: 1 }, { extra: 1 }])
  await quiet()
  expect(heard(logs).map(({ address, removed }) => [address, removed])).toEqual([
    [data(log(2).address), true],
    [data(log(1).address), true],
    [data(log(3).address), false],
  ])
  expect(heard(heads).map(({ number }) => number)).toEqual(['0x1000001', '0x1000002', '0x1000003'])
})

test('hashes of what the pool takes', async () => {
  const chain = await SmallChain.of()
  const { ask, heard } = await connected(chain)
  const { result: id } = await ask('eth_subscribe', 'newPendingTransactions')
  chain.tell({ kind: 'pending', hash: bytes32(3) })
  await quiet()
  expect(heard(id)).toEqual([data(bytes32(3))])
})

test('news keep their order however long receipts take, and nobody hears what was before', async () => {
  const chain = await SmallChain.of()
  const { ask, heard } = await connected(chain)
  const { result: logs } = await ask('eth_subscribe', 'logs')
  let open = (): void => undefined
  chain.gate = new Promise((resolve) => (open = resolve))
  for (const address of [1, 2, 3]) chain.extend({ logs: [[log(address)]] })
  const { result: late } = await ask('eth_subscribe', 'logs')
  chain.extend({ logs: [[log(4)]] })
  await quiet()
  expect(heard(logs)).toEqual([])
  open()
  await quiet()
  expect(heard(logs).map(({ address }) => address)).toEqual([1, 2, 3, 4].map((each) => data(log(each).address)))
  expect(heard(late).map(({ address }) => address)).toEqual([data(log(4).address)])
})

test('the answer with the id comes before any notification', async () => {
  const chain = await SmallChain.of()
  const { connection, sent } = await connected(chain)
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_subscribe', params: ['newHeads'] })
  const received = connection.receive(`[${body},${body.replace('"id":1', '"id":2')}]`)
  for (let turn = 0; turn < 20; turn++) {
    chain.extend()
    await Promise.resolve()
  }
  await received
  await quiet()
  expect(sent[0]).toMatchObject([{ id: 1 }, { id: 2 }])
  expect(sent.length).toBeGreaterThan(1)
})

describe('what ends', () => {
  test('a subscription that is ended is silent, and there no more', async () => {
    const chain = await SmallChain.of()
    const { ask, heard, connection } = await connected(chain)
    const { result: id } = await ask('eth_subscribe', 'newHeads')
    expect(await ask('eth_unsubscribe', id)).toMatchObject({ result: true })
    expect(await ask('eth_unsubscribe', id)).toMatchObject({ error: { code: -32000 } })
    chain.extend()
    await quiet()
    expect([heard(id), connection.subscriptions, chain.listeners.size]).toEqual([[], 0, 0])
  })

  test('a connection that is closed leaves nothing behind', async () => {
    const chain = await SmallChain.of()
    const { ask, sent, connection } = await connected(chain)
    await ask('eth_subscribe', 'newHeads')
    await ask('eth_subscribe', 'logs')
    const before = sent.length
    connection.close()
    chain.extend({ logs: [[log(1)]] })
    await quiet()
    expect([sent.length - before, chain.listeners.size]).toEqual([0, 0])
  })

  test('logs that cannot be had end the connections that wait for them, not the others', async () => {
    const chain = await SmallChain.of()
    const [logs, heads] = [await connected(chain), await connected(chain)]
    await logs.ask('eth_subscribe', 'logs')
    const { result: id } = await heads.ask('eth_subscribe', 'newHeads')
    chain.serves = { headers: { from: 0 } }
    chain.extend({ logs: [[log(1)]] })
    await quiet()
    expect(logs.failures).toEqual([expect.stringContaining('cannot be had')])
    expect([heads.failures, heads.heard(id).length]).toEqual([[], 1])
  })

  test('a source that hangs while the chain goes on does not fill the memory', async () => {
    const chain = await SmallChain.of()
    const { ask, failures } = await connected(chain)
    await ask('eth_subscribe', 'logs')
    chain.gate = new Promise(() => undefined)
    for (let block = 0; block < 300; block++) chain.extend({ logs: [[log(1)]] })
    expect(failures).toEqual([expect.stringContaining('faster')])
  })
})

test.each([
  [['syncing'], -32601],
  [['newHeads', {}], -32602],
  [['logs', { address: 1 }], -32602],
  [['logs', 'all'], -32602],
  [['newPendingTransactions', true], -32602],
  [[5], -32602],
  [[], -32602],
])('eth_subscribe %j: %i', async (params, code) => {
  const { ask } = await connected(await SmallChain.of())
  expect(await ask('eth_subscribe', ...params)).toMatchObject({ error: { code } })
})

test('a connection has so many subscriptions and no more', async () => {
  const { ask, connection } = await connected(await SmallChain.of(), 2)
  for (const expected of [{}, {}, { error: { code: -32005 } }]) {
    expect(await ask('eth_subscribe', 'newHeads')).toMatchObject(expected)
  }
  expect(connection.subscriptions).toBe(2)
})
