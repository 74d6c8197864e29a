/** Whatever parameters are passed to a method: what is malformed is refused by its place, and nothing breaks anything. */
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { recordedCalls } from '../../server/gateway/json-rpc/imported-chain.fixtures.ts'
import type { Json } from '../network/json-rpc/json.ts'
import { describeWithData } from '../testing/data.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { answerRequest } from './answer-request.ts'
import { importedView, type ViewWorld } from './imported-view.fixtures.ts'
import {
  isOf,
  ODD_VALUES,
  placesIn,
  readSpecification,
  replacedAt,
  undefinedIn,
  type Path,
} from './params-fuzz.fixtures.ts'
import { METHODS } from './registry.ts'
import type { SessionNews } from './session-messages.ts'
import { createSubscriber, type Subscriber } from './subscriptions/subscriber.ts'

/** Chooses what is tried of all there is. `BEAMTAB_SEED` is another, for one run. */
const SEED = Number(process.env['BEAMTAB_SEED'] ?? 1_474)
/** Malformed parameters that are tried for a method. */
const TRIALS = 250
const INVALID_PARAMS = -32602
/** By number of the argument, or in geth's words for it. */
const NAMED = /argument \d|storage key|block range|exceed max|too many|empty request|subscription name|FeePerGas/

/** Of the recorded chain. */
const LONDON = '0x1b'

describeWithData('malformed parameters', (data) => {
  const specification = readSpecification(data)
  const recorded = recordedCalls(data).filter(({ response }) => response.error === undefined)

  let world: ViewWorld
  beforeAll(async () => {
    world = await importedView(data)
    return () => world.close()
  })
  let subscriber: Subscriber
  beforeEach(() => {
    subscriber = createSubscriber({ setting: world.setting, send: () => undefined })
    return () => subscriber.close()
  })

  /** Never -32603: that is a defect of ours. */
  async function ask(method: string, params: Json): Promise<SessionNews> {
    const request = {
      kind: 'request',
      id: 1,
      method,
      params: params as readonly Json[],
      allowUnverified: true,
    } as const
    const defects: unknown[] = []
    const tools = {
      setting: world.setting,
      methods: METHODS,
      onDefect: (_: string, error: unknown) => defects.push(error),
    }
    const news = await answerRequest(request, tools, { cancelled: new AbortController().signal, subscriber })
    expect(defects, JSON.stringify(params).slice(0, 1_000)).toEqual([])
    expect(Object.prototype).not.toHaveProperty('blockNumber')
    if (news.kind === 'result')
      expect(undefinedIn(news.result), `${method} ${JSON.stringify(params)}`.slice(0, 1_000)).toBeUndefined()
    return news
  }

  const samplesOf = (name: string): readonly Json[] => [
    ...recorded.filter(({ request }) => request.method === name).map(({ request }) => (request.params ?? []) as Json),
    ...(specification.methods.get(name)?.examples ?? []).map(({ params }) => params.map(({ value }) => value)),
    ...(UNSPECIFIED[name] === undefined ? [] : [UNSPECIFIED[name]]),
  ]

  /** By what was changed: not all that is recorded is as the specification has it. */
  const isMalformed = (name: string, before: Json, after: Json, [place]: Path): boolean => {
    const schema = specification.methods.get(name)?.params[place as number]?.schema
    const isRight = (params: Json) => isOf(schema!, (params as Json[])[place as number]!, specification)
    return schema !== undefined && isRight(before) && !isRight(after)
  }

  test('a simulated block at which London begins has the protocol’s base fee, or is refused with the way out', async () => {
    const simulated = (baseFee: { readonly baseFeePerGas?: string } = {}) =>
      ask('eth_simulateV1', [{ blockStateCalls: [{ blockOverrides: { number: LONDON, ...baseFee } }] }, '0x1'])
    const message = expect.stringContaining('override baseFeePerGas of block 27 with 0x3b9aca00') as string
    expect(await simulated()).toMatchObject({ kind: 'error', error: { code: -32000, message } })
    expect(await simulated({ baseFeePerGas: '0x1' })).toMatchObject({ kind: 'error', error: { code: -32000, message } })
    expect(await simulated({ baseFeePerGas: '0x3b9aca00' })).toMatchObject({ kind: 'result' })
  })

  describe(`seed ${SEED}`, () => {
    test.each([...METHODS.keys()])('%s', async (name) => {
      const random = seededRandom(SEED + name.length)
      const all = samplesOf(name).flatMap((sample) =>
        placesIn(sample)
          .filter((path) => path.length > 0)
          .flatMap((path) => ODD_VALUES.map((odd) => ({ sample, params: replacedAt(sample, path, odd), path, odd }))),
      )
      for (let left = TRIALS; left > 0 && all.length > 0; left--) {
        const [{ sample, params, path, odd }] = all.splice(Math.floor(random() * all.length), 1) as [
          (typeof all)[number],
        ]
        const news = await ask(name, params)
        const shown = `${name} answers ${JSON.stringify(news).slice(0, 300)} to ${JSON.stringify(params).slice(0, 1_000)}`
        if (news.kind === 'error' && news.error.code === INVALID_PARAMS)
          expect(news.error.message, shown).toMatch(NAMED)
        else expect(isMalformed(name, sample, params, path) && !isTaken(name, path, odd), shown).toBe(false)
      }
    })

    test.each([...METHODS.keys()])('%s: too many, none, and no list', async (name) => {
      const refused = [{ 0: 'latest' }, Array.from({ length: 9 }, () => '0x1'), Array.from({ length: 99_000 }, () => 0)]
      for (const params of refused) {
        const news = await ask(name, params)
        expect(news, name).toMatchObject({ kind: 'error', error: { code: INVALID_PARAMS } })
      }
      const needed = specification.methods.get(name)?.params.some(({ required }) => required === true) === true
      if (needed)
        expect(await ask(name, [])).toMatchObject({
          error: { message: expect.stringContaining('argument 0') as string },
        })
    })
  })
})

/** What is taken though the specification has it stricter, as geth takes it. */
function isTaken(name: string, path: Path, odd: Json): boolean {
  const member = path.at(-1)
  if (typeof odd === 'string') {
    // A prefix in capitals; numbers with leading zeros in calls; storage keys in any form; ids, which none of these is.
    if (/^0X[0-9a-f]+$/.test(odd) || /^0x0[0-9a-f]$/.test(odd)) return true
    if (/^(?:eth_getStorageAt|eth_getProof)$/.test(name) && path[0] === 1) return odd === '' || odd === '1'
    if (/^eth_(?:getFilter|uninstallFilter)/.test(name)) return true
  }
  // A null among alternatives is any topic; older callers count in plain numbers.
  if (path.includes('topics')) return true
  if (name === 'eth_feeHistory' && path[0] === 0) return odd === 0 || odd === 1
  // The type of a call follows from its members. Members that it does not have are passed over.
  if (member === 'type') return true
  const isObject = typeof odd === 'object' && odd !== null && !Array.isArray(odd)
  return (isObject || member === 'data') && CALLS.has(name)
}

const CALLS = new Set([
  ...[
    'eth_call',
    'eth_createAccessList',
    'eth_estimateGas',
    'eth_fillTransaction',
    'eth_simulateV1',
    'debug_traceCall',
  ],
])

const CALL: Json = { from: `0x${'11'.repeat(20)}`, to: `0x${'22'.repeat(20)}`, value: '0x0', input: '0x01' }
const HASH = `0x${'ab'.repeat(32)}`

/** Parameters of methods that the specification has not, or has no example of. */
const UNSPECIFIED: Readonly<Record<string, Json>> = {
  debug_traceCall: [CALL, 'latest', { tracer: 'callTracer', tracerConfig: { withLog: true }, timeout: '5s' }],
  eth_call: [
    CALL,
    'latest',
    { [`0x${'22'.repeat(20)}`]: { code: '0x00', stateDiff: { [HASH]: HASH } } },
    { time: '0x1' },
  ],
  eth_fillTransaction: [CALL],
  eth_getRawTransactionByBlockHashAndIndex: [HASH, '0x0'],
  eth_getRawTransactionByBlockNumberAndIndex: ['0x1', '0x0'],
  eth_getRawTransactionByHash: [HASH],
  eth_getUncleByBlockHashAndIndex: [HASH, '0x0'],
  eth_getUncleByBlockNumberAndIndex: ['0x1', '0x0'],
  eth_getUncleCountByBlockHash: [HASH],
  eth_getUncleCountByBlockNumber: ['0x1'],
  eth_subscribe: ['logs', { address: [`0x${'22'.repeat(20)}`], topics: [[HASH], null] }],
  eth_unsubscribe: ['0x1'],
  web3_sha3: ['0x01'],
}
