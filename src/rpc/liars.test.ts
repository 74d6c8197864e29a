/** Every method against servers that lie: the right answer or an error, and beside an honest server the right answer. */
import { beforeAll, describe, expect, test } from 'vitest'
import { importTestChain, recordedCalls } from '../../server/gateway/json-rpc/imported-chain.fixtures.ts'
import { loadWasmCrypto } from '../execution/crypto/wasm-crypto.ts'
import type { Json } from '../network/json-rpc/json.ts'
import type { AskKind } from '../sync/state-fetch/state-server.ts'
import { describeWithData } from '../testing/data.ts'
import { seededRandom } from '../testing/seeded-random.ts'
import { REQUEST_LIMIT_MS } from './answer-request.ts'
import { hashOf, LIES, liarsOver, SHAPES, type Asking, type Lie, type Outcome, type Shape } from './liars.fixtures.ts'
import { METHODS } from './registry.ts'

/** Chooses requests and what is changed in answers. `BEAMTAB_SEED` is another, for one run. */
const SEED = Number(process.env['BEAMTAB_SEED'] ?? 20_261)

interface Question {
  readonly name: string
  readonly method: string
  readonly params: Json
}

/** What comes in one way only, whatever a server speaks: tried with one shape. */
const IN_ONE_WAY: ReadonlySet<AskKind> = new Set(['block', 'headers', 'receipts', 'transactionPlace', 'rawTransaction'])
/** Lies that are told about each method, of all there are: a few milliseconds each. */
const TRIALS = 60
/** Of those that execute much: up to hundreds of milliseconds each, over the same reads as those of `eth_call`. */
const SLOW_TRIALS = 10
const SLOW = new Set([
  ...['debug_traceBlockByHash', 'debug_traceBlockByNumber', 'debug_traceTransaction'],
  ...['eth_fillTransaction', 'eth_simulateV1'],
])

describeWithData('lying servers', (data) => {
  const questions = questionsOf(data)
  const methods = [...new Set(questions.map(({ method }) => method))]

  let ask: (asking: Asking) => Promise<Outcome>
  beforeAll(async () => {
    const [source, { keccak }] = await Promise.all([importTestChain(data), loadWasmCrypto()])
    const other = source.blockByNumber(3)!
    ask = liarsOver(source, keccak, { block: other, transaction: hashOf(OTHER_TRANSACTION) })
  })

  test('every method that asks servers is asked', () => {
    const silent = [...METHODS].filter(([name, { class: kind }]) => !methods.includes(name) && kind !== 'local')
    // What came since they were asked last; their logs come as those of `eth_getLogs` do.
    expect(silent.map(([name]) => name)).toEqual(['eth_getFilterChanges', 'eth_getFilterLogs'])
  })

  describe(`seed ${SEED}`, () => {
    test.each(methods)('%s', { timeout: 60_000 }, async (method) => {
      const random = seededRandom(SEED + methods.indexOf(method))
      const own = questions.filter((question) => question.method === method)
      const trials: Trial[] = []
      for (const shape of SHAPE_NAMES) {
        const question = own[Math.floor(random() * own.length)]!
        const honest = await ask({ ...question, shape, lying: undefined, company: 'alone' })
        expect(honest.defects, `${question.name}, of honest servers`).toEqual([])
        trials.push(...liesAbout(honest.kinds, shape).map((lying) => ({ ...lying, shape, question, honest })))
      }
      const wrong: string[] = []
      let told = 0
      for (const trial of drawn(trials, SLOW.has(method) ? SLOW_TRIALS : TRIALS, random)) {
        const { question, shape, company, kind, lie, honest } = trial
        const lying = { kind, lie, random: seededRandom(Math.floor(random() * 2 ** 30)) }
        const got = await ask({ ...question, shape, company, lying })
        told += got.told
        const problem = problemOf(honest, got, company)
        if (problem !== undefined)
          wrong.push(`${question.name}, ${kind}: ${lie.name}, ${company}, ${shape}: ${problem}`)
      }
      expect(wrong).toEqual([])
      expect(told > 0).toBe(trials.length > 0)
    })
  })
})

interface Trial extends Pick<Asking, 'shape' | 'company'> {
  readonly question: Question
  readonly honest: Outcome
  readonly kind: AskKind
  readonly lie: Lie
}

const SHAPE_NAMES = Object.keys(SHAPES) as Shape[]

const liesAbout = (kinds: ReadonlySet<AskKind>, shape: Shape) =>
  [...kinds]
    .filter((kind) => shape === SHAPE_NAMES[0] || !IN_ONE_WAY.has(kind))
    .flatMap((kind) =>
      LIES.flatMap((lie) => (['alone', 'beside an honest one'] as const).map((company) => ({ kind, lie, company }))),
    )

/** So many of them, each once, in any order. */
function drawn<T>(from: readonly T[], count: number, random: () => number): T[] {
  const places = from.map((item) => ({ item, place: random() })).sort((a, b) => a.place - b.place)
  return places.slice(0, count).map(({ item }) => item)
}

/** Undefined where it is as it should be. */
function problemOf(honest: Outcome, got: Outcome, company: Asking['company']): string | undefined {
  if (got.defects.length > 0) return `a defect: ${String((got.defects[0] as Error).stack)}`
  if (got.took > REQUEST_LIMIT_MS + 1_000) return `it took ${got.took} ms`
  const [right, news] = [honest.news, got.news]
  const shown = `${JSON.stringify(news).slice(0, 400)} instead of ${JSON.stringify(right).slice(0, 200)}`
  if (news.kind === 'result') {
    if (right.kind === 'result' && JSON.stringify(right.result) === JSON.stringify(news.result)) return undefined
    // Nobody can prove that something is nowhere, and it is said so.
    const isSaid = news.kind === 'result' && news.result === null && news.verification.level === 'unverified'
    return isSaid && company === 'alone' ? undefined : shown
  }
  if (company === 'alone') return undefined
  const isSameError = right.kind === 'error' && news.kind === 'error' && right.error.code === news.error.code
  return isSameError ? undefined : shown
}

/** In block 1. */
const OTHER_TRANSACTION = '0xc1d605c6612a5fe84dc95810030bfe5b1d327652b381bc695e28f50d13b2b09e'

/** The recorded requests, and one of each method that has none. */
function questionsOf(data: string): Question[] {
  const recorded = recordedCalls(data)
    .filter(({ request }) => METHODS.has(request.method))
    .map(({ name, request: { method, params } }) => ({ name, method, params: (params ?? []) as Json }))
  const argument = (name: string) => (recorded.find((call) => call.name === name)!.params as Json[])[0]!
  const transaction = argument('eth_getTransactionReceipt/get-legacy-receipt.io')
  const block = argument('eth_getBlockByHash/get-block-by-hash.io')
  const call = argument('eth_call/call-contract.io')
  const one = (method: string, ...params: Json[]): Question => ({ name: method, method, params })
  return [
    ...recorded,
    one('debug_traceCall', call, 'latest', { tracer: 'callTracer' }),
    one('debug_getRawBlockAccessList', 'latest'),
    one('eth_blockNumber'),
    one('eth_capabilities'),
    one('eth_feeHistory', '0x4', 'latest', [10, 50]),
    one('eth_fillTransaction', call),
    one('eth_gasPrice'),
    one('eth_getBlockAccessList', 'latest'),
    one('eth_getRawTransactionByBlockHashAndIndex', block, '0x0'),
    one('eth_getRawTransactionByBlockNumberAndIndex', '0x5', '0x0'),
    one('eth_getRawTransactionByHash', transaction),
    one('eth_getTransactionByBlockHashAndIndex', block, '0x0'),
    one('eth_getUncleByBlockHashAndIndex', block, '0x0'),
    one('eth_getUncleByBlockNumberAndIndex', '0x5', '0x0'),
    one('eth_getUncleCountByBlockHash', block),
    one('eth_getUncleCountByBlockNumber', '0x5'),
    one('eth_maxPriorityFeePerGas'),
  ]
}
