/** What the control endpoint is sent, as values. Every function throws an {@link HttpError} 400 that names the field. */
import type { FaultOrder } from '../../faults/named-faults.ts'
import { FaultOrderError, parseFaultOrder } from '../../faults/named-faults.ts'
import { badRequest } from '../../http/http-error.ts'
import type { ConditionRule } from '../conditions/conditions.ts'
import { FAULT_ROUTES } from '../route-names.ts'

/** What is left out stays as it is. */
export interface ControlChange {
  readonly faults: readonly FaultOrder[] | undefined
  readonly conditions: readonly ConditionRule[] | undefined
}

/** Rules of one kind: a test orders a handful, and each costs every request a look. */
const MAX_RULES = 64

/** ms. Longer is a hang, which is a fault of its own. */
export const MAX_LATENCY = 600_000

/** Bytes a second; faster than a machine is to itself. */
export const MAX_BANDWIDTH = 1e12

export function controlChangeFrom(body: unknown): ControlChange {
  const { faults, conditions } = fields(body, 'the body', ['faults', 'conditions'])
  return {
    faults: faults === undefined ? undefined : list(faults, 'faults').map((item, i) => orderFrom(item, `faults[${i}]`)),
    conditions:
      conditions === undefined
        ? undefined
        : list(conditions, 'conditions').map((item, i) => conditionFrom(item, `conditions[${i}]`)),
  }
}

/** An object, or the text that the command line takes. */
function orderFrom(value: unknown, where: string): FaultOrder {
  if (typeof value === 'string') {
    try {
      return parseFaultOrder(value)
    } catch (error) {
      if (error instanceof FaultOrderError) throw badRequest(`${where}: ${error.message}`)
      throw error
    }
  }
  const { kind, rate = 1, route = 'all' } = fields(value, where, ['kind', 'rate', 'route'])
  if (typeof kind !== 'string') throw badRequest(`${where}.kind is no text`)
  if (typeof rate !== 'number') throw badRequest(`${where}.rate is no number`)
  if (typeof route !== 'string') throw badRequest(`${where}.route is no text`)
  return { kind, rate, route }
}

function conditionFrom(value: unknown, where: string): ConditionRule {
  const names = ['route', 'latency', 'jitter', 'loss', 'bandwidth'] as const
  const { route = 'all', latency, jitter, loss, bandwidth } = fields(value, where, names)
  if (typeof route !== 'string' || !FAULT_ROUTES.includes(route)) {
    throw badRequest(`${where}.route is not one of ${FAULT_ROUTES.join(', ')}`)
  }
  return {
    route,
    latency: numberFrom(latency, `${where}.latency`, { min: 0, max: MAX_LATENCY }),
    jitter: numberFrom(jitter, `${where}.jitter`, { min: 0, max: MAX_LATENCY }),
    loss: numberFrom(loss, `${where}.loss`, { min: 0, max: 1 }),
    bandwidth: numberFrom(bandwidth, `${where}.bandwidth`, { min: 1, max: MAX_BANDWIDTH }),
  }
}

function numberFrom(
  value: unknown,
  where: string,
  { min, max }: { readonly min: number; readonly max: number },
): number | undefined {
  if (value === undefined) return undefined
  if (typeof value === 'number' && value >= min && value <= max) return value
  throw badRequest(`${where} is no number from ${min} to ${max}`)
}

function list(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value)) throw badRequest(`${where} is no list`)
  if (value.length > MAX_RULES) throw badRequest(`${where} has ${value.length} entries, at most ${MAX_RULES} are taken`)
  return value
}

/** A misspelt field would be a fault that never comes. */
function fields<const Name extends string>(
  value: unknown,
  where: string,
  names: readonly Name[],
): Partial<Record<Name, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badRequest(`${where} is no object`)
  for (const name of Object.keys(value)) {
    if (!(names as readonly string[]).includes(name)) {
      throw badRequest(`${where} has a field ${JSON.stringify(name.slice(0, 40))}, expected ${names.join(', ')}`)
    }
  }
  return value
}
