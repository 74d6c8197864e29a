/** What a gateway does wrong on purpose, in one place: faults and conditions as they were ordered, and what came of them. */
import type { Clock } from '../../../src/chain/clock.ts'
import { seededNumbers } from '../../devnet/light-client/seeded.ts'
import type { InjectedFault } from '../../faults/faults.ts'
import { Faults } from '../../faults/faults.ts'
import type { FalseViews, FaultOrder } from '../../faults/named-faults.ts'
import { faultRule } from '../../faults/named-faults.ts'
import { Conditions } from '../conditions/conditions.ts'
import { FAULT_ROUTES } from '../route-names.ts'

export interface InjectionOptions {
  readonly clock: Clock
  /** The same seed and the same requests in the same order meet the same. */
  readonly seed: string
  readonly views: FalseViews
  /** Told of each fault and each lost answer. */
  readonly onInjected: (injected: InjectedFault) => void
}

export class Injection {
  readonly faults: Faults
  readonly conditions: Conditions
  /** From 0 to 1, for what a fault picks within an answer. */
  readonly random: () => number
  #orders: readonly FaultOrder[] = []

  constructor(private readonly options: InjectionOptions) {
    const { clock, seed, onInjected } = options
    const now = () => clock.now()
    this.faults = new Faults({ random: seededNumbers(`${seed}, faults`), now, onInjected })
    this.conditions = new Conditions(clock, seededNumbers(`${seed}, conditions`))
    this.random = seededNumbers(`${seed}, entries`)
  }

  get orders(): readonly FaultOrder[] {
    return this.#orders
  }

  /** In place of all before. @throws {FaultOrderError} and changes nothing then */
  order(orders: readonly FaultOrder[]): void {
    this.faults.set(orders.map((order) => faultRule(order, this.options.views, FAULT_ROUTES)))
    this.#orders = orders
  }
}
