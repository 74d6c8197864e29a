import { describe, expect, test, vi } from 'vitest'
import { MAX_CHARACTERS_UNDER_WAY } from './load.ts'
import { ANSWER_LIMIT_MS } from './node-calls.ts'
import { errorOf, PROVEN, UNVERIFIED, world } from './provider.fixtures.ts'
import { ProviderRpcError } from './provider-rpc-error.ts'
import { MAX_SUBSCRIPTIONS } from './subscriptions.ts'
import { MAX_LOGGED } from './verification-log.ts'

const ADDRESS = `0x${'ab'.repeat(20)}`
const HASH = `0x${'cd'.repeat(32)}`

describe('a request', () => {
  test('resolves with the result alone', async () => {
    const { provider, session } = world()
    const balance = provider.request({ method: 'eth_getBalance', params: [ADDRESS, 'latest'] })
    session.answer('eth_getBalance', '0x10')
    expect(await balance).toBe('0x10')
    expect(session.requests).toMatchObject([
      { method: 'eth_getBalance', params: [ADDRESS, 'latest'], allowUnverified: false },
    ])
  })

  test('rejects with the code, message and data of the node', async () => {
    const { provider, session } = world()
    const call = provider.request({ method: 'eth_call', params: [{}] })
    session.fail(1, new ProviderRpcError(3, 'execution reverted: no', { data: '0x08c379a0' }))
    const error = await errorOf(call)
    expect(error).toMatchObject({ code: 3, message: 'execution reverted: no', data: '0x08c379a0' })
    expect(error).toBeInstanceOf(Error)
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      code: 3,
      message: 'execution reverted: no',
      data: '0x08c379a0',
    })
  })

  test('works detached from the provider', async () => {
    const { request } = world().provider
    expect(await request({ method: 'eth_chainId' })).toBe('0x1')
  })

  test('sees the parameters as they were when it was made', async () => {
    const { provider, session } = world({}, { ready: false })
    const call = { to: ADDRESS }
    void provider.request({ method: 'eth_call', params: [call] }).catch(() => undefined)
    call.to = 'changed'
    session.ready()
    expect(session.requests[0]!.params).toEqual([{ to: ADDRESS }])
  })

  test('answers the chain while nothing is connected', async () => {
    const { provider } = world({ chainId: 11155111 }, { ready: false })
    expect(await provider.request({ method: 'eth_chainId' })).toBe('0xaa36a7')
    expect(await provider.request({ method: 'net_version', params: [] })).toBe('11155111')
    expect(await errorOf(provider.request({ method: 'eth_chainId', params: [1] }))).toMatchObject({ code: -32602 })
  })

  test('that the node does not answer ends, and is cancelled', async () => {
    const { provider, session, clock } = world()
    const logs = errorOf(provider.request({ method: 'eth_getLogs', params: [{}] }))
    await clock.advance(ANSWER_LIMIT_MS)
    expect((await logs).code).toBe(-32002)
    expect(session.calls.at(-1)).toEqual({ kind: 'cancel', id: 1 })
    expect(clock.waiting).toBe(0)
  })

  test('that cannot be sent rejects', async () => {
    const { provider, session } = world()
    vi.spyOn(session, 'send').mockImplementation(() => {
      throw new DOMException('the port is gone', 'DataCloneError')
    })
    expect((await errorOf(provider.request({ method: 'eth_blockNumber' }))).code).toBe(-32603)
  })
})

describe('before the first head', () => {
  test('requests wait, and go out in their order', async () => {
    const { provider, session } = world({}, { ready: false })
    const first = provider.request({ method: 'eth_blockNumber' })
    const second = provider.request({ method: 'eth_gasPrice' })
    expect(session.calls).toEqual([])
    session.ready()
    expect(session.requests.map(({ method }) => method)).toEqual(['eth_blockNumber', 'eth_gasPrice'])
    session.answer('eth_gasPrice', '0x2')
    session.answer('eth_blockNumber', '0x1')
    expect(await Promise.all([first, second])).toEqual(['0x1', '0x2'])
  })

  test('they fail after the bound, with what the node does', async () => {
    const { provider, session, clock } = world({ describeSync: () => 'asking two sources' }, { ready: false })
    session.tell({ kind: 'stale', reason: 'the head is 3 hours old' })
    const error = errorOf(provider.request({ method: 'eth_blockNumber' }))
    await clock.advance(30_000)
    expect(await error).toMatchObject({ code: 4900 })
    expect((await error).message).toContain('asking two sources; the head is 3 hours old')
    expect(session.calls).toEqual([])
    expect(clock.waiting).toBe(0)
  })

  test('what needs no head does not wait', async () => {
    const { provider, session } = world({}, { ready: false })
    void provider.request({ method: 'eth_syncing' })
    expect(session.requests).toMatchObject([{ method: 'eth_syncing' }])
  })
})

describe('the bound on what is under way', () => {
  test('refuses one more, and takes it when one is answered', async () => {
    const { provider, session } = world({ maxUnderWay: 2 })
    const first = provider.request({ method: 'eth_blockNumber' })
    void provider.request({ method: 'eth_gasPrice' })
    expect((await errorOf(provider.request({ method: 'eth_blobBaseFee' }))).code).toBe(-32005)
    session.answer('eth_blockNumber', '0x1')
    await first
    void provider.request({ method: 'eth_blobBaseFee' })
    expect(session.requests.at(-1)!.method).toBe('eth_blobBaseFee')
  })

  test('counts those that wait for a head, a thousand by default', async () => {
    const { provider, close } = world({}, { ready: false })
    const waiting = Array.from({ length: 1_000 }, () => errorOf(provider.request({ method: 'eth_blockNumber' })))
    expect((await errorOf(provider.request({ method: 'eth_blockNumber' }))).code).toBe(-32005)
    close()
    expect((await Promise.all(waiting)).every(({ code }) => code === 4900)).toBe(true)
  })

  test('counts the size of parameters', async () => {
    const { provider } = world()
    const large = ['0'.repeat(MAX_CHARACTERS_UNDER_WAY / 4 - 100)]
    for (let times = 0; times < 4; times++) void provider.request({ method: 'eth_sendRawTransaction', params: large })
    const error = await errorOf(provider.request({ method: 'eth_sendRawTransaction', params: large }))
    expect(error.code).toBe(-32005)
  })
})

describe('aborting', () => {
  test('rejects at once, cancels at the node, and does not hear the answer', async () => {
    const { provider, session, clock } = world()
    const abort = new AbortController()
    const call = errorOf(provider.request({ method: 'eth_call', params: [{}] }, { signal: abort.signal }))
    abort.abort('the page was left')
    expect(await call).toMatchObject({ code: -32051, cause: 'the page was left' })
    expect(session.calls.at(-1)).toEqual({ kind: 'cancel', id: 1 })
    session.answer('eth_call', '0x')
    expect(clock.waiting).toBe(0)
  })

  test('before it is sent, sends nothing', async () => {
    const { provider, session } = world({}, { ready: false })
    const abort = new AbortController()
    const waiting = errorOf(provider.request({ method: 'eth_call' }, { signal: abort.signal }))
    abort.abort()
    expect((await waiting).code).toBe(-32051)
    const late = errorOf(provider.request({ method: 'eth_call' }, { signal: abort.signal }))
    expect((await late).code).toBe(-32051)
    session.ready()
    expect(session.calls).toEqual([])
  })
})

describe('the connection', () => {
  test('is told as it changes, and no more often', async () => {
    const { provider, session, events, close, lose } = world({}, { ready: false })
    session.tell({ kind: 'stale', reason: 'starting' })
    expect([provider.isConnected(), events]).toEqual([false, []])
    session.ready()
    session.ready()
    session.tell({ kind: 'stale', reason: 'the head is old' })
    session.tell({ kind: 'stale', reason: 'the head is older' })
    session.ready()
    expect(provider.isConnected()).toBe(true)
    close()
    close()
    lose('later')
    session.ready()
    expect(events).toEqual(['connect 0x1', 'disconnect 1013', 'connect 0x1', 'disconnect 1000'])
    expect(provider.isConnected()).toBe(false)
    expect(session.isListened).toBe(false)
  })

  test('that is stale fails new requests, and leaves those under way to the node', async () => {
    const { provider, session } = world()
    const before = provider.request({ method: 'eth_blockNumber' })
    session.tell({ kind: 'stale', reason: 'two thirds of a committee contradict themselves' })
    const after = await errorOf(provider.request({ method: 'eth_blockNumber' }))
    expect(after).toMatchObject({ code: 4900 })
    expect(after.message).toContain('two thirds of a committee')
    session.answer('eth_blockNumber', '0x1')
    expect(await before).toBe('0x1')
  })

  test('that ends rejects what is under way, what waits, and what comes', async () => {
    const { provider, session, clock, events, lose } = world()
    const underWay = errorOf(provider.request({ method: 'eth_blockNumber' }))
    lose('the worker ran out of memory')
    expect(await underWay).toMatchObject({ code: 4900 })
    expect((await underWay).message).toContain('the worker ran out of memory')
    for (const method of ['eth_chainId', 'eth_blockNumber', 'eth_accounts', 'eth_syncing']) {
      expect((await errorOf(provider.request({ method }))).code).toBe(4900)
    }
    session.answer('eth_blockNumber', '0x1')
    expect(events).toEqual(['connect 0x1', 'disconnect 1011'])
    expect(clock.waiting).toBe(0)
  })

  test('to a node of another chain is none', async () => {
    const { provider, session } = world({}, { ready: false })
    session.tell({ kind: 'ready', chainId: '0x5' })
    expect(provider.isConnected()).toBe(false)
    void provider.request({ method: 'eth_blockNumber' }).catch(() => undefined)
    expect(session.calls).toEqual([])
  })

  test('ended by a listener of connect is told to all in the right order', async () => {
    const seen: string[] = []
    const { provider, session, close } = world({}, { ready: false })
    provider.on('connect', () => close())
    provider.on('connect', () => void seen.push('connect'))
    provider.on('disconnect', () => void seen.push('disconnect'))
    session.ready()
    expect(seen).toEqual(['connect', 'disconnect'])
  })
})

describe('levels', () => {
  test('an answer that nothing proves is refused, with how it was got', async () => {
    const { provider, session } = world()
    const asked = errorOf(provider.request({ method: 'eth_getBalance', params: [ADDRESS] }))
    session.answer('eth_getBalance', '0x10', UNVERIFIED)
    expect(await asked).toMatchObject({ code: -32050, data: UNVERIFIED })
  })

  test('unless its method is allowed', async () => {
    const { provider, session } = world({ allowUnverified: ['eth_getBalance'] })
    const asked = provider.requestVerified({ method: 'eth_getBalance', params: [ADDRESS] })
    session.answer('eth_getBalance', '0x10', UNVERIFIED)
    expect(await asked).toEqual({ result: '0x10', verification: UNVERIFIED })
    expect(session.requests[0]!.allowUnverified).toBe(true)
  })

  test.each([
    ['eth_getTransactionReceipt', [HASH]],
    ['eth_getTransactionByHash', [HASH]],
    ['eth_getBlockByHash', [HASH, false]],
    ['eth_getBlockReceipts', [{ blockHash: HASH }]],
  ])('that a hash is unknown is passed on: %s', async (method, params) => {
    const { provider, session } = world()
    const asked = provider.requestVerified({ method, params })
    session.answer(method, null, UNVERIFIED)
    expect(await asked).toEqual({ result: null, verification: UNVERIFIED })
  })

  test.each([
    ['eth_getBlockByNumber', ['0x1', false], null],
    ['eth_getBlockReceipts', ['latest'], null],
    ['eth_getTransactionReceipt', [HASH], { status: '0x1' }],
  ])('nothing else is: %s %j', async (method, params, result) => {
    const { provider, session } = world()
    const asked = errorOf(provider.request({ method, params }))
    session.answer(method, result, UNVERIFIED)
    expect((await asked).code).toBe(-32050)
  })

  test('of the last answer, and of the last to a request, are told', async () => {
    const { provider, session } = world()
    const lastVerification = (...params: unknown[]) => provider.request({ method: 'beamtab_lastVerification', params })
    expect(await lastVerification()).toBeNull()
    const executed = { level: 'executed', anchor: '0xaa', source: ['own execution'] } as const
    const balance = provider.request({ method: 'eth_getBalance', params: [ADDRESS, 'latest'] })
    session.answer('eth_getBalance', '0x1', executed)
    await balance
    const code = provider.request({ method: 'eth_getCode', params: [ADDRESS, 'latest'] })
    session.answer('eth_getCode', '0x', PROVEN)
    await code
    expect(await lastVerification()).toEqual(PROVEN)
    expect(await lastVerification({ method: 'eth_getBalance', params: [ADDRESS, 'latest'] })).toEqual(executed)
    expect(await lastVerification({ method: 'eth_getBalance', params: [HASH, 'latest'] })).toBeNull()
    expect((await errorOf(lastVerification('eth_getBalance'))).code).toBe(-32600)
    for (let block = 0; block < MAX_LOGGED; block++) {
      const asked = provider.request({ method: 'eth_getBlockByNumber', params: [block] })
      session.answer('eth_getBlockByNumber', null)
      await asked
    }
    expect(await lastVerification({ method: 'eth_getBalance', params: [ADDRESS, 'latest'] })).toBeNull()
  })
})

describe('subscriptions', () => {
  const subscribe = async ({ provider, session }: ReturnType<typeof world>, id: string): Promise<void> => {
    const asked = provider.request({ method: 'eth_subscribe', params: ['newHeads'] })
    session.answer('eth_subscribe', id)
    // In the same turn as its answer, as a node in this thread may tell it.
    session.tell({ kind: 'notification', subscription: id, result: 'first' })
    expect(await asked).toBe(id)
  }

  test('of this provider are told, and no others', async () => {
    const it = world()
    await subscribe(it, '0x1')
    it.session.tell({ kind: 'notification', subscription: '0x2', result: 'not ours' })
    it.session.tell({ kind: 'notification', subscription: '__proto__', result: 'nor this' })
    expect(it.events.slice(1)).toEqual(['message 0x1 "first"'])
  })

  test('end when the dapp ends them; what is not its own it cannot end', async () => {
    const it = world()
    await subscribe(it, '0x1')
    expect(await errorOf(it.provider.request({ method: 'eth_unsubscribe', params: ['0x2'] }))).toMatchObject({
      code: -32000,
      message: 'subscription not found',
    })
    const ended = it.provider.request({ method: 'eth_unsubscribe', params: ['0x1'] })
    it.session.answer('eth_unsubscribe', true)
    it.session.tell({ kind: 'notification', subscription: '0x1', result: 'too late' })
    expect(await ended).toBe(true)
    expect(it.events).not.toContain('message 0x1 "too late"')
  })

  test('one that has ended by itself is none any more, and makes room for another', async () => {
    const it = world({}, { answers: { eth_subscribe: ({ id }) => `0x${id.toString(16)}` } })
    const many = Array.from({ length: MAX_SUBSCRIPTIONS }, () => it.provider.request({ method: 'eth_subscribe' }))
    const [first] = await Promise.all(many)
    it.session.tell({ kind: 'ended', of: first as string })
    expect(await errorOf(it.provider.request({ method: 'eth_unsubscribe', params: [first] }))).toMatchObject({
      code: -32000,
      message: 'subscription not found',
    })
    expect(await it.provider.request({ method: 'eth_subscribe' })).toMatch(/^0x/)
  })

  test('are bounded', async () => {
    const it = world({}, { answers: { eth_subscribe: ({ id }) => `0x${id.toString(16)}` } })
    const many = Array.from({ length: MAX_SUBSCRIPTIONS - 1 }, () => it.provider.request({ method: 'eth_subscribe' }))
    await Promise.all(many)
    await it.provider.request({ method: 'eth_subscribe' })
    expect((await errorOf(it.provider.request({ method: 'eth_subscribe' }))).code).toBe(-32005)
  })
})
