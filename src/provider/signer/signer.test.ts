import { RLP } from '@ethereumjs/rlp'
import { createTx, type TypedTxData } from '@ethereumjs/tx'
import { createCustomCommon, Hardfork, Mainnet, type CustomCrypto } from '@ethereumjs/common'
import { bytesToHex } from '@ethereumjs/util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Json } from '../../network/json-rpc/json.ts'
import type { SessionCall } from '../../rpc/session-messages.ts'
import { errorOf, UNVERIFIED, world, type Answers, type World } from '../provider.fixtures.ts'
import { ProviderRpcError } from '../provider-rpc-error.ts'
import type { Signer } from '../public-types.ts'
import { LOOK_INTERVAL_MS, MAX_LOOKED_FOR, MAX_LOOKS } from './sent-transactions.ts'
import { signedFields } from './signed-transaction.ts'
import { SIMULATION_LIMIT_MS } from './simulation.ts'

const FROM = `0x${'aa'.repeat(20)}`
const TO = `0x${'bb'.repeat(20)}`
const OTHER = `0x${'cc'.repeat(20)}`
const HASH = `0x${'cd'.repeat(32)}`
const TRANSACTION = { from: FROM, to: TO, value: '0x10', data: '0xabcd' }

/** Wallets reject with anything. */
const rejectWith = Promise.reject.bind(Promise) as (reason: unknown) => Promise<never>

type Replies = Readonly<Record<string, unknown>>

/** A wallet on mainnet that answers what it is told to, a function by what it is asked. */
class FakeWallet implements Signer {
  readonly asked: { method: string; params?: unknown }[] = []
  private readonly listeners = new Map<string, (...args: unknown[]) => void>()

  constructor(private readonly replies: Replies = {}) {}

  async request(args: { method: string; params?: unknown }): Promise<unknown> {
    this.asked.push(args)
    const reply = ({ eth_chainId: '0x1', ...this.replies } as Replies)[args.method]
    return typeof reply === 'function' ? (reply as (params: unknown) => unknown)(args.params) : reply
  }

  on(event: string, listener: (...args: unknown[]) => void): void {
    this.listeners.set(event, listener)
  }

  removeListener(event: string): void {
    this.listeners.delete(event)
  }

  tell(event: string, told: unknown): void {
    this.listeners.get(event)?.(told)
  }

  get listening(): number {
    return this.listeners.size
  }

  get methods(): string[] {
    return this.asked.map(({ method }) => method)
  }
}

const OK: Answers = { eth_call: () => '0x', eth_getTransactionByHash: () => found({}) }
const found = (changed: Record<string, Json>): Json => ({
  ...{ hash: HASH, to: TO, value: '0x10', input: '0xabcd', chainId: '0x1', gas: '0x9999', nonce: '0x7' },
  ...changed,
})

const withWallet = (replies: Replies, answers: Answers = OK): World & { readonly wallet: FakeWallet } => {
  const wallet = new FakeWallet(replies)
  return { ...world({ signer: wallet }, { answers }), wallet }
}

const send = ({ provider }: World, transaction: object = TRANSACTION): Promise<unknown> =>
  provider.request({ method: 'eth_sendTransaction', params: [transaction] })

describe('accounts', () => {
  test('are the wallet’s, and are known from then on', async () => {
    const it = withWallet({ eth_requestAccounts: [FROM, TO], eth_accounts: [FROM] })
    expect(it.provider.selectedAddress).toBeNull()
    expect(await it.provider.enable()).toEqual([FROM, TO])
    expect(it.provider.selectedAddress).toBe(FROM)
    expect(await it.provider.requestVerified({ method: 'eth_accounts' })).toEqual({
      result: [FROM],
      verification: { level: 'unverified', source: ['signer'] },
    })
    expect(it.session.calls).toEqual([])
  })

  test('that are none are refused', async () => {
    const it = withWallet({ eth_accounts: ['me'] })
    expect((await errorOf(it.provider.request({ method: 'eth_accounts' }))).code).toBe(-32603)
  })

  test('that change are told, until the client is closed', () => {
    const it = withWallet({})
    it.wallet.tell('accountsChanged', [FROM])
    it.wallet.tell('accountsChanged', 'rubbish')
    it.wallet.tell('accountsChanged', [])
    expect(it.events.slice(1)).toEqual([`accountsChanged ${FROM}`, 'accountsChanged '])
    it.close()
    expect(it.wallet.listening).toBe(0)
  })

  test('a refusal keeps its code, message and data; what is no error becomes one', async () => {
    const refusals = [{ code: 4001, message: 'User rejected', data: { cause: 'no' } }, 'no', null, undefined]
    const it = withWallet({ eth_requestAccounts: () => rejectWith(refusals.shift()) })
    expect(await errorOf(it.provider.enable())).toMatchObject({
      code: 4001,
      message: 'User rejected',
      data: { cause: 'no' },
    })
    for (let times = 0; times < 3; times++) {
      expect(await errorOf(it.provider.enable())).toMatchObject({
        code: -32603,
        message: expect.stringContaining('refused') as string,
      })
    }
  })
})

describe('the chain', () => {
  test.each(['eth_sendTransaction', 'eth_signTransaction', 'personal_sign', 'eth_signTypedData_v4'])(
    '%s is not passed on to a wallet on another',
    async (method) => {
      const it = withWallet({ eth_chainId: '0x5' })
      const error = await errorOf(it.provider.request({ method, params: [TRANSACTION] }))
      expect(error).toMatchObject({ code: 4901, data: { chainId: '0x1', signerChainId: '0x5' } })
      expect(it.wallet.methods).toEqual(['eth_chainId'])
    },
  )

  test.each(['eth_sendTransaction', 'wallet_sendCalls'])(
    '%s is not passed on to a wallet that went to another while it was run',
    async (method) => {
      let chainId = '0x1'
      const leave = (): Json => ((chainId = '0x89'), [])
      const it = withWallet({ eth_chainId: () => chainId }, { eth_call: leave, eth_simulateV1: leave })
      const params = [{ ...TRANSACTION, version: '2.0.0', chainId: '0x1', calls: [] }]
      const error = await errorOf(it.provider.request({ method, params }))
      expect(error).toMatchObject({ code: 4901, data: { signerChainId: '0x89' } })
      expect(it.wallet.methods).not.toContain(method)
    },
  )

  test.each([undefined, null])('is named to the wallet where the transaction says %s', async (chainId) => {
    const it = withWallet({ eth_sendTransaction: HASH })
    await send(it, { ...TRANSACTION, chainId })
    expect(it.wallet.asked.at(-1)?.params).toEqual([{ ...TRANSACTION, chainId: '0x1' }])
  })

  test.each(['eth_sendTransaction', 'wallet_sendCalls'])(
    'a wallet that does not say its own holds %s up no longer than its signal and the client go on',
    async (method) => {
      const params = [{ ...TRANSACTION, version: '2.0.0', chainId: '0x1', calls: [] }]
      const abort = new AbortController()
      const it = withWallet({ eth_chainId: () => new Promise(() => undefined) })
      const [aborted, closed] = [abort.signal, undefined].map((signal) =>
        errorOf(it.provider.request({ method, params }, signal && { signal })),
      )
      await it.clock.advance(0)
      abort.abort()
      expect((await aborted!).code).toBe(-32051)
      it.close()
      expect((await closed!).code).toBe(4900)
      expect(it.wallet.methods).not.toContain(method)
    },
  )

  test('a transaction that says another is refused', async () => {
    const it = withWallet({})
    expect((await errorOf(send(it, { ...TRANSACTION, chainId: '0x5' }))).code).toBe(4901)
    expect(it.wallet.asked).toEqual([])
  })

  test('the wallet is asked to come to this one, and to no other', async () => {
    const it = withWallet({ wallet_switchEthereumChain: undefined })
    const change = (chainId: string) =>
      it.provider.request({ method: 'wallet_switchEthereumChain', params: [{ chainId }] })
    expect(await change('0x1')).toBeNull()
    expect((await errorOf(change('0x5'))).code).toBe(4902)
    expect(it.wallet.methods).toEqual(['wallet_switchEthereumChain'])
  })

  test('that the wallet leaves is warned of, and not told as a change', () => {
    const it = withWallet({})
    it.wallet.tell('chainChanged', '0x5')
    it.wallet.tell('chainChanged', '0x1')
    it.wallet.tell('disconnect', { code: 1013, message: 'asleep' })
    expect(it.warnings).toMatchObject([
      { kind: 'signer-chain', chainId: '0x1', signerChainId: '0x5' },
      { kind: 'signer-disconnected', reason: 'asleep' },
    ])
    expect(it.events).toEqual(['connect 0x1'])
  })
})

describe('a transaction', () => {
  test('is run on verified state, sent, and found to be what was asked; fees are the wallet’s affair', async () => {
    const it = withWallet({ eth_sendTransaction: HASH })
    expect(await send(it)).toBe(HASH)
    expect(it.session.requests[0]).toMatchObject({ method: 'eth_call', params: [TRANSACTION, 'latest'] })
    expect(it.wallet.asked.at(-1)).toEqual({
      method: 'eth_sendTransaction',
      params: [{ ...TRANSACTION, chainId: '0x1' }],
    })
    await it.clock.advance(LOOK_INTERVAL_MS)
    expect(it.session.requests.at(-1)).toMatchObject({ method: 'eth_getTransactionByHash', params: [HASH] })
    expect(it.warnings).toEqual([])
    expect(it.clock.waiting).toBe(0)
  })

  test('that would revert is warned of, and sent all the same', async () => {
    const revert = new ProviderRpcError(3, 'execution reverted: too poor', { data: '0x08c379a0' })
    const it = withWallet({ eth_sendTransaction: HASH }, { ...OK, eth_call: () => revert })
    expect(await send(it)).toBe(HASH)
    expect(it.warnings).toMatchObject([
      { kind: 'would-revert', reason: 'execution reverted: too poor', data: '0x08c379a0', transaction: TRANSACTION },
    ])
  })

  test.each([
    [-32000, 'would-fail'],
    [4900, 'not-simulated'],
    [-32050, 'not-simulated'],
  ])('whose run ends with %i is warned of as %s', async (code, kind) => {
    const it = withWallet({ eth_sendTransaction: HASH }, { ...OK, eth_call: () => new ProviderRpcError(code, 'no') })
    expect(await send(it)).toBe(HASH)
    expect(it.warnings).toMatchObject([{ kind, reason: 'no' }])
  })

  test('waits for its run no longer than a user does', async () => {
    const it = withWallet({ eth_sendTransaction: HASH }, { eth_getTransactionByHash: OK['eth_getTransactionByHash']! })
    const sent = send(it)
    await it.clock.advance(SIMULATION_LIMIT_MS)
    expect(await sent).toBe(HASH)
    expect(it.warnings).toMatchObject([{ kind: 'not-simulated' }])
  })

  test('that is aborted is not given to the wallet; one that was is not given up', async () => {
    const abort = new AbortController()
    const it = withWallet({ eth_sendTransaction: () => (abort.abort(), HASH) })
    const ask = () =>
      it.provider.request({ method: 'eth_sendTransaction', params: [TRANSACTION] }, { signal: abort.signal })
    expect(await ask()).toBe(HASH)
    expect((await errorOf(ask())).code).toBe(-32051)
    expect(it.wallet.methods.filter((method) => method === 'eth_sendTransaction')).toHaveLength(1)
  })

  test.each([
    ['to', { to: OTHER }],
    ['to', { to: null }],
    ['value', { value: '0x11' }],
    ['data', { input: '0x' }],
    ['chainId', { chainId: '0x5' }],
    ['chainId', { chainId: null }],
  ])('sent with another %s is warned of: %j', async (field, changed) => {
    const it = withWallet({ eth_sendTransaction: HASH }, { ...OK, eth_getTransactionByHash: () => found(changed) })
    expect(await send(it)).toBe(HASH)
    await it.clock.advance(LOOK_INTERVAL_MS)
    expect(it.warnings).toMatchObject([{ kind: 'sent-differently', hash: HASH, differences: [{ field }] }])
  })

  test('is looked for until something proves it', async () => {
    const it = withWallet({ eth_sendTransaction: HASH }, { eth_call: () => '0x' })
    await send(it)
    await it.clock.advance(LOOK_INTERVAL_MS)
    it.session.answer('eth_getTransactionByHash', null, UNVERIFIED)
    await it.clock.advance(LOOK_INTERVAL_MS)
    it.session.answer('eth_getTransactionByHash', found({ to: OTHER }), UNVERIFIED)
    await it.clock.advance(LOOK_INTERVAL_MS)
    expect(it.warnings).toEqual([])
    it.session.answer('eth_getTransactionByHash', found({ to: OTHER }))
    await it.clock.advance(0)
    expect(it.warnings).toMatchObject([{ kind: 'sent-differently' }])
    expect(it.clock.waiting).toBe(0)
  })

  test('that nobody ever proves is said not to be compared, once, and is looked for no more', async () => {
    const nobody: Answers = { eth_call: () => '0x', eth_getTransactionByHash: () => null }
    const it = withWallet({ eth_sendTransaction: HASH }, nobody)
    await send(it)
    await it.clock.advance(LOOK_INTERVAL_MS * (MAX_LOOKS + 5))
    expect(it.warnings).toMatchObject([{ kind: 'not-compared', hash: HASH, reason: 'no server knows it' }])
    expect(it.session.requests.filter(({ method }) => method === 'eth_getTransactionByHash')).toHaveLength(MAX_LOOKS)
    expect(it.clock.waiting).toBe(0)
  })

  test('is one of a bounded number that are looked for, and of none after the client is closed', async () => {
    const it = withWallet({ eth_sendTransaction: HASH })
    for (let count = 0; count < MAX_LOOKED_FOR + 1; count++) expect(await send(it)).toBe(HASH)
    expect(it.warnings).toMatchObject([{ kind: 'not-compared' }])
    it.close()
    expect(it.clock.waiting).toBe(0)
  })

  test('whose hash is none is returned as it is, with a warning', async () => {
    const it = withWallet({ eth_sendTransaction: 'sent!' })
    expect(await send(it)).toBe('sent!')
    expect(it.warnings).toMatchObject([{ kind: 'not-compared', hash: 'sent!' }])
  })

  test.each([[{ to: 'vitalik.eth' }], [{ value: '16' }], [{ data: '0xabc' }], [{ data: '0xab', input: '0xcd' }]])(
    'of no sense is refused: %j',
    async (changed) => {
      const it = withWallet({})
      expect((await errorOf(send(it, { ...TRANSACTION, ...changed }))).code).toBe(-32602)
      expect(it.wallet.asked).toEqual([])
    },
  )
})

describe('calls in a bundle', () => {
  const bundle = {
    version: '2.0.0',
    chainId: '0x1',
    from: FROM,
    atomicRequired: true,
    calls: [{ to: TO }, { to: OTHER }],
  }
  const sendCalls = ({ provider }: World) => provider.request({ method: 'wallet_sendCalls', params: [bundle] })

  test('are run one after another, warned of, and passed on', async () => {
    const ran = [{ calls: [{ status: '0x1' }, { status: '0x0', error: { code: 3, message: 'execution reverted' } }] }]
    const it = withWallet({ wallet_sendCalls: { id: '0x1' } }, { eth_simulateV1: () => ran })
    expect(await sendCalls(it)).toEqual({ id: '0x1' })
    expect(it.session.requests[0]!.params).toEqual([
      {
        blockStateCalls: [
          {
            calls: [
              { from: FROM, to: TO },
              { from: FROM, to: OTHER },
            ],
          },
        ],
      },
      'latest',
    ])
    expect(it.warnings).toMatchObject([{ kind: 'would-revert', reason: 'calls[1]: execution reverted' }])
  })

  test('are not passed on to a wallet on another chain', async () => {
    expect((await errorOf(sendCalls(withWallet({ eth_chainId: '5' })))).code).toBe(4901)
  })
})

const KEY = new Uint8Array(32).fill(7)
const common = createCustomCommon({ chainId: 1 }, Mainnet, { hardfork: Hardfork.Prague })
const BLOB = { maxFeePerBlobGas: 1n, blobVersionedHashes: [`0x01${'00'.repeat(31)}`] }
const AUTHORIZATION = { chainId: '0x1', address: TO, nonce: '0x', yParity: '0x', r: '0x01', s: '0x01' }

const signed = (data: object): string =>
  bytesToHex(
    createTx({ nonce: 3n, gasLimit: 100_000n, ...data }, { common })
      .sign(KEY)
      .serialize(),
  )

describe('a signed transaction', () => {
  test('is returned when it is what was asked', async () => {
    const raw = signed({
      type: 2,
      to: TO,
      value: 16n,
      data: '0xabcd',
      maxFeePerGas: 9n,
      maxPriorityFeePerGas: 1n,
      chainId: 1n,
    })
    const params = [TRANSACTION]
    for (const reply of [raw, { raw, tx: {} }]) {
      const it = withWallet({ eth_signTransaction: reply })
      expect(await it.provider.request({ method: 'eth_signTransaction', params })).toEqual(reply)
    }
  })

  test.each([
    ['another receiver', { type: 2, to: OTHER, value: 16n, data: '0xabcd', chainId: 1n }],
    ['another value', { type: 2, to: TO, value: 17n, data: '0xabcd', chainId: 1n }],
    ['other data', { type: 2, to: TO, value: 16n, data: '0xab', chainId: 1n }],
  ])('is withheld when it has %s', async (_, data) => {
    const it = withWallet({ eth_signTransaction: signed({ ...data, maxFeePerGas: 9n }) })
    const error = await errorOf(it.provider.request({ method: 'eth_signTransaction', params: [TRANSACTION] }))
    expect(error).toMatchObject({ code: -32003, data: { differences: [{}] } })
  })

  test.each([['0x'], ['0x7f'], ['0xc0'], [{}], [null], ['0x02c0'], ['signed']])(
    'is withheld when it is %j',
    async (reply) => {
      const it = withWallet({ eth_signTransaction: reply })
      const error = await errorOf(it.provider.request({ method: 'eth_signTransaction', params: [TRANSACTION] }))
      expect(error.code).toBe(-32003)
    },
  )

  test.each([
    ['before EIP-155', { type: 0, gasPrice: 9n }, Hardfork.Homestead],
    ['legacy', { type: 0, gasPrice: 9n }, Hardfork.Prague],
    ['EIP-2930', { type: 1, gasPrice: 9n, accessList: [{ address: TO, storageKeys: [] }] }, Hardfork.Prague],
    ['EIP-1559', { type: 2, maxFeePerGas: 9n, accessList: [] }, Hardfork.Prague],
    ['EIP-4844', { type: 3, maxFeePerGas: 9n, ...BLOB }, Hardfork.Prague],
    ['EIP-7702', { type: 4, maxFeePerGas: 9n, authorizationList: [AUTHORIZATION] }, Hardfork.Prague],
  ])('is read in every form: %s', (_, form, hardfork) => {
    // A blob transaction is not made without something that could check its blobs; it has none here.
    const customCrypto = { kzg: {} as NonNullable<CustomCrypto['kzg']> }
    const rules = createCustomCommon({ chainId: 1 }, Mainnet, { hardfork, customCrypto })
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 90n), fc.uint8Array({ maxLength: 100 }), (value, data) => {
        const fields = { nonce: 3n, gasLimit: 100_000n, to: TO, value, data, ...form }
        const raw = createTx(fields as unknown as TypedTxData, { common: rules })
          .sign(KEY)
          .serialize()
        const chainId = hardfork === Hardfork.Homestead ? undefined : 1n
        const expected = { to: TO, value, data: bytesToHex(data), chainId }
        expect(signedFields(bytesToHex(raw))).toEqual(expected)
        if (form.type !== 3) return
        const withBlobs = RLP.encode([RLP.decode(raw.subarray(1)), [], [], []])
        expect(signedFields(`0x03${bytesToHex(withBlobs).slice(2)}`)).toEqual(expected)
      }),
      { numRuns: 10 },
    )
  })

  test('that is cut or garbled is an error, or is read as what it says', () => {
    const raw = signed({ type: 2, to: TO, value: 16n, data: '0xabcd', maxFeePerGas: 9n, chainId: 1n })
    for (let end = 2; end < raw.length; end += 2) expect(() => signedFields(raw.slice(0, end))).toThrow()
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), (bytes) => {
        try {
          expect(signedFields(bytesToHex(bytes)).data).toMatch(/^0x/)
        } catch (error) {
          expect((error as Error).name).toBe('RlpError')
        }
      }),
    )
  })
})

test('what waits for the wallet ends with the client', async () => {
  const it = withWallet({ personal_sign: () => new Promise(() => undefined) })
  const asked = errorOf(it.provider.request({ method: 'personal_sign', params: ['0x', FROM] }))
  await it.clock.advance(0)
  it.close()
  expect((await asked).code).toBe(4900)
})

test('a port carries it all', async () => {
  const { messagePortSession, createProvider } = await import('../index.ts')
  const { port1, port2 } = new MessageChannel()
  const { provider, close } = createProvider({ session: messagePortSession(port1), chainId: 1 })
  port2.addEventListener('message', ({ data }: MessageEvent<SessionCall>) => {
    if (data.kind !== 'request') return
    port2.postMessage('rubbish')
    port2.postMessage({
      kind: 'result',
      id: data.id,
      result: data.method,
      verification: { level: 'local', source: [] },
    })
  })
  port2.start()
  port2.postMessage({ kind: 'ready', chainId: '0x1' })
  try {
    expect(await provider.request({ method: 'eth_blockNumber' })).toBe('eth_blockNumber')
  } finally {
    close()
    port1.close()
  }
})
