/** Whatever a dapp passes, it is answered by a promise, and refused by a ProviderRpcError. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { errorOf, world } from './provider.fixtures.ts'
import { ProviderRpcError } from './provider-rpc-error.ts'
import type { BeamtabProvider, JsonRpcResponse } from './public-types.ts'

const METHODS = ['eth_call', 'eth_chainId', 'eth_accounts', 'eth_requestAccounts', 'eth_subscribe', 'eth_unsubscribe']
const WALLET_METHODS = [
  ...['wallet_switchEthereumChain', 'wallet_addEthereumChain', 'wallet_getPermissions', 'wallet_requestPermissions'],
  ...[
    'wallet_getCapabilities',
    'wallet_sendCalls',
    'wallet_getCallsStatus',
    'wallet_watchAsset',
    'wallet_revokePermissions',
  ],
  ...['eth_sendTransaction', 'eth_signTransaction', 'personal_sign', 'beamtab_lastVerification', 'net_version'],
]

const hostile = fc.constantFrom<unknown>(
  new Proxy(
    {},
    {
      get: () => {
        throw new Error('get')
      },
      ownKeys: () => {
        throw new Error('keys')
      },
    },
  ),
  {
    get method(): never {
      throw new Error('method')
    },
  },
  {
    method: 'eth_call',
    get params(): never {
      throw new Error('params')
    },
  },
  { method: { toString: () => 'eth_call' } },
  { method: 'eth_call', params: 'latest' },
  { method: 'eth_call', params: null },
  { method: 'x'.repeat(1_000) },
  JSON.parse('{"method":"eth_call","params":[{"__proto__":{"polluted":1}}]}'),
)
const anything = fc.oneof(fc.anything({ withBigInt: true, withNullPrototype: true, withSparseArray: true }), hostile)
const call = fc.record(
  { method: fc.constantFrom(...METHODS, ...WALLET_METHODS), params: anything },
  { requiredKeys: ['method'] },
)
const wallet = fc.record({
  method: fc.constantFrom(...WALLET_METHODS),
  params: fc.array(fc.oneof(anything, walletObject())),
})

/** An object of the members that wallets' methods have, with anything in them. */
function walletObject(): fc.Arbitrary<unknown> {
  const member = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom('0x1', '0x5', '0x', 'https://a.example', ['https://a.example']),
  )
  const names = [
    'chainId',
    'rpcUrls',
    'chainName',
    'nativeCurrency',
    'calls',
    'version',
    'to',
    'value',
    'data',
    'input',
  ]
  return fc.record(Object.fromEntries(names.map((name) => [name, member])), { requiredKeys: [] })
}

const signer = { request: async ({ method }: { method: string }) => (method === 'eth_chainId' ? '0x1' : [method]) }
const MODES = [
  ['without a wallet', {}],
  ['with one', { signer }],
] as const

describe.each(MODES)('%s', (_, options) => {
  test('request never throws, and rejects with a ProviderRpcError', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(anything, call, wallet),
        fc.option(anything, { nil: undefined }),
        async (args, second) => {
          await settlesWell(options, (provider) => provider.request(args as never, second as never))
        },
      ),
      { numRuns: 300 },
    )
  })

  test('nor do the calls of old', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(anything, call, wallet, fc.array(fc.oneof(anything, call))),
        anything,
        async (payload, second) => {
          await settlesWell(options, async (provider) => {
            const sent: unknown = provider.send(payload as never, second as never)
            provider.sendAsync(payload, second as never)
            provider.sendAsync(payload, () => undefined)
            await sent
          })
        },
      ),
      { numRuns: 200 },
    )
  })
})

async function settlesWell(options: object, run: (provider: BeamtabProvider) => Promise<unknown>): Promise<void> {
  const it = world(options)
  let outcome: Promise<unknown>
  try {
    outcome = run(it.provider)
  } finally {
    // What reached the node is not answered.
    setImmediate(() => it.close())
  }
  const error: unknown = await outcome.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error !== undefined) expect(error).toBeInstanceOf(ProviderRpcError)
  if (error instanceof ProviderRpcError) expect(error.message).not.toBe('internal error of the provider')
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  expect(it.uncaught).toEqual([])
}

describe('arguments', () => {
  test.each([
    [undefined, -32600],
    [[], -32600],
    ['eth_call', -32600],
    [{ method: '' }, -32600],
    [{ method: 1 }, -32600],
    [{ method: 'x'.repeat(129) }, -32600],
    [{ method: 'eth_call', params: null }, -32602],
    [{ method: 'eth_call', params: 'latest' }, -32602],
    [{ method: 'eth_call', params: [() => 1] }, -32602],
  ])('%j are refused with %i', async (args, code) => {
    const it = world()
    expect((await errorOf(it.provider.request(args as never))).code).toBe(code)
    expect(it.session.calls).toEqual([])
  })

  test('that ask for more while they are read end', async () => {
    const { provider } = world()
    const asked: Promise<ProviderRpcError>[] = []
    const args = {
      method: 'eth_call',
      get params(): unknown[] {
        asked.push(errorOf(provider.request(args)))
        return [() => undefined]
      },
    }
    expect((await errorOf(provider.request(args))).code).toBe(-32602)
    expect(asked).toHaveLength(8)
    for (const error of await Promise.all(asked)) expect([-32600, -32602]).toContain(error.code)
  })

  test('with a signal that is none are refused, with one that is rude they are answered', async () => {
    const { provider, session } = world()
    const request = (signal: unknown) => provider.request({ method: 'eth_blockNumber' }, { signal } as never)
    expect((await errorOf(request('now'))).code).toBe(-32600)
    const rude = {
      aborted: false,
      addEventListener: () => {
        throw new Error('no')
      },
      removeEventListener: 1,
    }
    const answered = request(rude)
    session.answer('eth_blockNumber', '0x1')
    expect(await answered).toBe('0x1')
  })
})

describe('the calls of old', () => {
  const answers = { eth_blockNumber: () => '0x7', eth_call: () => new ProviderRpcError(3, 'execution reverted') }

  test('a method and parameters', async () => {
    const { provider } = world({}, { answers })
    expect(await provider.send('eth_blockNumber')).toEqual({ jsonrpc: '2.0', id: null, result: '0x7' })
    expect((await errorOf(provider.send('eth_call', [{}]))).code).toBe(3)
  })

  test('a payload and a callback, which is called once, and never at once', async () => {
    const { provider } = world({}, { answers })
    for (const call of [provider.send, provider.sendAsync]) {
      const told: unknown[][] = []
      const callback = (...args: unknown[]): void => void told.push(args)
      call({ jsonrpc: '2.0', id: 5, method: 'eth_blockNumber' }, callback)
      call({ id: 'six', method: 'eth_call', params: [] }, callback)
      expect(told).toEqual([])
      await new Promise(setImmediate)
      expect(told).toEqual([
        [null, { jsonrpc: '2.0', id: 5, result: '0x7' }],
        [
          expect.any(ProviderRpcError),
          { jsonrpc: '2.0', id: 'six', error: { code: 3, message: 'execution reverted' } },
        ],
      ])
    }
  })

  test('a batch, each with its own error', async () => {
    const { provider } = world({}, { answers })
    const batch = [{ id: 1, method: 'eth_blockNumber' }, { id: 2, method: 'eth_call' }, 'rubbish']
    const [error, responses] = await new Promise<[unknown, JsonRpcResponse[]]>((resolve) =>
      provider.sendAsync(batch, (error, responses) => resolve([error, responses as JsonRpcResponse[]])),
    )
    expect(error).toBeNull()
    expect(responses.map(({ id, result, error }) => [id, result, error?.code])).toEqual([
      [1, '0x7', undefined],
      [2, undefined, 3],
      [null, undefined, -32600],
    ])
    const [tooMany] = await new Promise<unknown[]>((resolve) =>
      provider.sendAsync(new Array(1_001), (...told) => resolve(told)),
    )
    expect(tooMany).toMatchObject({ code: -32602 })
  })

  test('a callback that throws is told', async () => {
    const it = world({}, { answers })
    it.provider.sendAsync({ method: 'eth_blockNumber' }, () => {
      throw new Error('the page is broken')
    })
    await new Promise(setImmediate)
    expect(it.uncaught).toEqual([new Error('the page is broken')])
  })

  test('a payload alone', () => {
    const { provider, session } = world()
    const result = (method: string): unknown => provider.send({ id: 1, method }).result
    expect(result('eth_accounts')).toEqual([])
    expect(result('eth_coinbase')).toBeNull()
    expect(result('net_version')).toBe('1')
    expect(result('eth_uninstallFilter')).toBe(true)
    expect(session.requests).toMatchObject([{ method: 'eth_uninstallFilter' }])
    expect(provider.send({ id: 1, method: 'eth_call' }).error?.code).toBe(4200)
    expect([provider.chainId, provider.networkVersion, provider.selectedAddress]).toEqual(['0x1', '1', null])
    expect([provider.isBeamtab, 'isMetaMask' in provider]).toEqual([true, false])
  })
})
