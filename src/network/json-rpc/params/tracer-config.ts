/** Which tracer a call of `debug_trace…` wants, as geth takes it (eth/tracers: TraceConfig): here, the prestate tracer. */
import { flag, optional, ParamError, readMember, readObject, type Param } from './param.ts'

export interface PrestateConfig {
  readonly code: 'told' | 'leftOut'
  readonly storage: 'told' | 'leftOut'
  /** Accounts that do not exist before the transaction, or are empty. */
  readonly empty: 'told' | 'leftOut'
}

/**
 * Undefined where it is left out: geth's opcode logger is meant then. How long tracing may take and how far back it may
 * execute (`timeout`, `reexec`) is not the caller's to say here. @throws {ParamError}
 */
export const prestateTracer: Param<PrestateConfig | undefined> = optional<PrestateConfig | undefined>(
  { read: (value) => readConfig(readObject(value)) },
  undefined,
)

function readConfig(options: Readonly<Record<string, unknown>>): PrestateConfig {
  const tracer = readMember(options, 'tracer', readText)
  if (tracer !== 'prestateTracer') throw new ParamError(ONLY_PRESTATES)
  const config = readMember(options, 'tracerConfig', readObject) ?? {}
  const isSet = (name: string): boolean => readMember(config, name, flag.read) === true
  if (isSet('diffMode')) throw new ParamError('tracerConfig: diffMode is not offered here')
  return {
    code: isSet('disableCode') ? 'leftOut' : 'told',
    storage: isSet('disableStorage') ? 'leftOut' : 'told',
    empty: isSet('includeEmpty') ? 'told' : 'leftOut',
  }
}

/** What every other tracer is answered. */
export const ONLY_PRESTATES = 'tracer: only "prestateTracer" is offered here'

function readText(value: unknown): string {
  if (typeof value === 'string') return value
  throw new ParamError('expected a text')
}
