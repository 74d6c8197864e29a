/** What a gateway is told to do wrong from its start. */
import type { FaultOrder } from '../faults/named-faults.ts'
import type { ConditionRule } from './conditions/conditions.ts'

export interface GatewayOrders {
  readonly faults: readonly FaultOrder[]
  readonly conditions: readonly ConditionRule[]
}

export const NO_ORDERS: GatewayOrders = { faults: [], conditions: [] }
