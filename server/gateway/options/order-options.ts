/** `--fault`, `--latency`, `--jitter`, `--loss`, `--bandwidth`: what the gateway does wrong from its start. */
import type { FalseViews, FaultOrder } from '../../faults/named-faults.ts'
import { faultRule, FaultOrderError, parseFaultOrder } from '../../faults/named-faults.ts'
import { MAX_BANDWIDTH, MAX_LATENCY } from '../control/control-values.ts'
import type { GatewayOrders } from '../orders.ts'
import { FAULT_ROUTES } from '../route-names.ts'
import { numberOption } from './number-option.ts'
import { OptionError } from './option-error.ts'

/** Names of the options with one value; `fault` may be repeated. */
export const CONDITION_OPTION_NAMES = ['latency', 'jitter', 'loss', 'bandwidth'] as const

export type OrderTexts = Readonly<Partial<Record<(typeof CONDITION_OPTION_NAMES)[number], string | undefined>>> & {
  readonly fault?: readonly string[] | undefined
}

/** @throws {OptionError} */
export function orderOptions(texts: OrderTexts): GatewayOrders {
  const condition = {
    route: 'all',
    latency: numberOption('latency', texts.latency, { min: 0, max: MAX_LATENCY }),
    jitter: numberOption('jitter', texts.jitter, { min: 0, max: MAX_LATENCY }),
    loss: numberOption('loss', texts.loss, { min: 0, max: 1 }),
    bandwidth: numberOption('bandwidth', texts.bandwidth, { min: 1, max: MAX_BANDWIDTH }),
  }
  const isSaid = CONDITION_OPTION_NAMES.some((name) => condition[name] !== undefined)
  return { faults: (texts.fault ?? []).map(faultOption), conditions: isSaid ? [condition] : [] }
}

/** @throws {OptionError} for what the chain turns out to have no view for */
export function requireOrders({ faults }: GatewayOrders, views: FalseViews): void {
  for (const order of faults) checked(order, views)
}

function faultOption(text: string): FaultOrder {
  try {
    const order = parseFaultOrder(text)
    checked(order, ANY_VIEWS, text)
    return order
  } catch (error) {
    if (error instanceof FaultOrderError) throw new OptionError(`--fault ${JSON.stringify(text)}: ${error.message}`)
    throw error
  }
}

function checked(order: FaultOrder, views: FalseViews, text = order.kind): void {
  try {
    faultRule(order, views, FAULT_ROUTES)
  } catch (error) {
    if (error instanceof FaultOrderError) throw new OptionError(`--fault ${JSON.stringify(text)}: ${error.message}`)
    throw error
  }
}

/** Which views a chain has is known when it has started; the form of an order before. */
const ANY_VIEWS = { staleHead: {}, equivocatingHead: {}, forgedUpdate: {} } as unknown as FalseViews
