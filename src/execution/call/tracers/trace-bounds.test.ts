/** Traces that would not fit into an answer are errors that say what to ask for instead, never cut. */
import { beforeAll, expect, test } from 'vitest'
import { asAddress } from '../../../chain/bytes.ts'
import { describeWithData } from '../../../testing/data.ts'
import { address, code, op, push } from '../../execution.fixtures.ts'
import type { CallContext } from '../call-block.ts'
import { JsonInput } from '../json/json-input.ts'
import { openTestChain } from '../recorded-calls.fixtures.ts'
import { traceCall } from './trace-call.ts'
import { readTraceConfig } from './trace-config.ts'
import { TraceSize, TraceSizeError } from './trace-size.ts'
import { readTimeout } from './trace-timeout.ts'

const PROGRAM = 0x9406a3n
const CALLEE = 0xca11een
const CALL_RETURNING = [0x5b, ...op(0xf1, 5_000n, CALLEE, 0n, 0n, 0n, 0n, 0n), 0x50]
/** JUMPDEST, PUSH 0, JUMP. */
const LOOP = code([0x5b], push(0n), [0x56])
const CALLING_LOOP = code(CALL_RETURNING, push(0n), [0x56])
/** Each turn stores to another slot: JUMPDEST GAS GAS SSTORE PUSH 0 JUMP. */
const STORING_LOOP = code([0x5b, 0x5a, 0x5a, 0x55], push(0n), [0x56])

describeWithData('bounds of traces', (data) => {
  let context: CallContext
  beforeAll(async () => {
    const chain = await openTestChain(data)
    context = chain.context(chain.chain.head.number)
  })

  const traced = (program: Uint8Array, config: object, most: number) => {
    const call = { to: asAddress(address(PROGRAM)), gas: 2_000_000n }
    const stateOverrides = new Map([
      [PROGRAM, { code: program }],
      [CALLEE, { code: Uint8Array.of(0) }],
    ])
    const read = readTraceConfig(new JsonInput(config, 'config'))
    return traceCall({ call, stateOverrides }, read, context, { size: new TraceSize(most) })
  }

  test.each([
    ['steps', LOOP, {}],
    ['memory', LOOP, { enableMemory: true, disableStack: true }],
    ['storage', STORING_LOOP, { disableStack: true }],
    ['calls', CALLING_LOOP, { tracer: 'callTracer' }],
    ['slots', STORING_LOOP, { tracer: 'prestateTracer' }],
  ])('too many %s end the trace', async (_, program, config) => {
    const ended = traced(program, config, 10_000)
    await expect(ended).rejects.toThrow(TraceSizeError)
    await expect(ended).rejects.toThrow('larger than 10000 bytes')
    await expect(ended).rejects.toThrow('with a limit')
  })

  test('a limit keeps the same trace within its bound', async () => {
    const trace = (await traced(LOOP, { limit: 10 }, 10_000)) as { readonly structLogs: readonly unknown[] }
    expect(trace.structLogs).toHaveLength(10)
  })

  test('calls that are not shown do not count', async () => {
    const trace = (await traced(
      CALLING_LOOP,
      { tracer: 'callTracer', tracerConfig: { onlyTopCall: true } },
      1_000,
    )) as {
      readonly calls?: unknown
    }
    expect(trace.calls).toBeUndefined()
  })

  test('the size that is counted is near that of the JSON', async () => {
    for (const [program, config] of [
      [LOOP, { limit: 500 }],
      [STORING_LOOP, { limit: 300 }],
      [CALLING_LOOP, { tracer: 'callTracer' }],
    ] as const) {
      const size = JSON.stringify(await traced(program, config, 100_000_000)).length
      await expect(traced(program, config, size / 2)).rejects.toThrow(TraceSizeError)
      await expect(traced(program, config, size * 2)).resolves.toBeDefined()
    }
  })
})

test('the timeout is a duration as Go writes it, and has a bound', () => {
  const read = (config: object) => readTimeout(new JsonInput(config, 'argument 1'))
  expect([read({}), read({ timeout: '300ms' }), read({ timeout: '1.5s' }), read({ timeout: '1m2s' })]).toEqual([
    ...[60_000, 300, 1_500, 62_000],
  ])
  expect(read({ timeout: '2h' })).toBe(100_000)
  for (const timeout of ['5', 's', '5 s', '-5s', '']) {
    expect(() => read({ timeout })).toThrow('invalid argument 1.timeout: expected a duration such as "5s"')
  }
  expect(() => read({ timeout: 5 })).toThrow('argument 1.timeout')
})
