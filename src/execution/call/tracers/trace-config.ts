/** Which tracer is wanted, and how (execution-apis, "TraceConfig"; geth, eth/tracers). */
import { bytesToUnprefixedHex } from '@ethereumjs/util'
import type { FlatReader } from '../../../state/flat-reader.ts'
import type { OpTable } from '../../evm/operation.ts'
import type { FlatState } from '../../state/flat-state.ts'
import { count, flag, type JsonInput } from '../json/json-input.ts'
import { CallTracer, type CallOptions } from './call-tracer.ts'
import { PrestateTracer, type PrestateOptions } from './prestate-tracer.ts'
import { StructLogger, type OpcodeOptions } from './struct-logger.ts'
import type { TraceSize } from './trace-size.ts'
import type { Tracer } from './tracer.ts'

export type TraceConfig =
  | { readonly kind: 'opcode'; readonly options: OpcodeOptions }
  | { readonly kind: 'call'; readonly options: CallOptions }
  | { readonly kind: 'prestate'; readonly options: PrestateOptions }

/**
 * Passed over, once their form is right: `debug`, which prints to a node's own log, and `reexec`, which says how far back geth may
 * execute to have a state; here a state is proven, or is not to be had.
 * @throws {CallError} for a tracer that is none of geth's three, for other rules than the chain's, and for options of the wrong form
 */
export function readTraceConfig(input: JsonInput): TraceConfig {
  input.member('debug', flag)
  input.member('reexec', count)
  input.member('overrides', (value) => value.fail('no other rules than the chain’s: leave it out'))
  const tracer = input.member('tracer', (value) => value)
  const name = tracer?.text() ?? ''
  const config = input.member('tracerConfig', (value) => value)
  const isSet = (option: string): boolean => input.member(option, flag) === true
  const isSetInConfig = (option: string): boolean => config?.member(option, flag) === true
  switch (name) {
    case '':
      return {
        kind: 'opcode',
        options: {
          memory: isSet('enableMemory') ? 'told' : 'leftOut',
          stack: isSet('disableStack') ? 'leftOut' : 'told',
          storage: isSet('disableStorage') ? 'leftOut' : 'told',
          returnData: isSet('enableReturnData') ? 'told' : 'leftOut',
          limit: input.member('limit', count) ?? 0,
        },
      }
    case 'callTracer':
      return {
        kind: 'call',
        options: {
          calls: isSetInConfig('onlyTopCall') ? 'topOnly' : 'all',
          logs: isSetInConfig('withLog') ? 'told' : 'leftOut',
        },
      }
    case 'prestateTracer':
      if (isSetInConfig('diffMode') && isSetInConfig('includeEmpty')) config!.fail('diffMode or includeEmpty, not both')
      return {
        kind: 'prestate',
        options: {
          mode: isSetInConfig('diffMode') ? 'diff' : 'prestate',
          code: isSetInConfig('disableCode') ? 'leftOut' : 'told',
          storage: isSetInConfig('disableStorage') ? 'leftOut' : 'told',
          empty: isSetInConfig('includeEmpty') ? 'told' : 'leftOut',
        },
      }
    default:
      return tracer!.fail('"callTracer", "prestateTracer", or none for the opcode logger')
  }
}

/** What a tracer is about. */
export interface TracedState {
  readonly table: OpTable
  readonly state: FlatState
  /** What {@link state} reads from. */
  readonly reader: FlatReader
  /** Of the answer, with all other transactions in it. */
  readonly size: TraceSize
}

/** For one transaction. */
export function tracerOf(config: TraceConfig, { table, state, reader, size }: TracedState): Tracer {
  switch (config.kind) {
    case 'opcode':
      return new StructLogger(config.options, table, size)
    case 'call':
      return new CallTracer(config.options, table, size)
    case 'prestate':
      return new PrestateTracer(
        config.options,
        (hash, address) => state.createdCode(bytesToUnprefixedHex(hash)) ?? reader.code(hash, address),
        size,
      )
  }
}
