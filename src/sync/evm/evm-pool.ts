/** The EVM workers that work is handed to. */
import type { SpeculativeEvmService } from '../../execution/remote/evm-messages.ts'
import { EvmSeat, type Limit } from './evm-seat.ts'

export class EvmPool {
  readonly seats: readonly EvmSeat[]
  private next = 0

  /** @param onHung told which worker, by its place, to end and {@link replace} */
  constructor(evms: readonly SpeculativeEvmService[], limit: Limit, onHung: (index: number) => void) {
    this.seats = evms.map((evm, index) => new EvmSeat(evm, limit, () => onHung(index)))
  }

  /** In turn, but those that have less to do first, and vacant ones last. @throws {Error} where no worker is connected */
  seat(): EvmSeat {
    const { length } = this.seats
    let best = this.seats[this.next % length]
    if (best === undefined) throw new Error('no EVM worker is connected')
    for (let i = 1; i < length; i++) {
      const other = this.seats[(this.next + i) % length]!
      if (burden(other) < burden(best)) best = other
    }
    this.next = this.seats.indexOf(best) + 1
    return best
  }

  /** @throws {EvmLostError} @throws what `use` throws */
  run<T>(use: (evm: SpeculativeEvmService) => Promise<T>): Promise<T> {
    return this.seat().run(use)
  }

  /** A new worker at the place of one that hung or died. */
  replace(index: number, evm: SpeculativeEvmService): void {
    const seat = this.seats[index]
    if (seat === undefined) throw new RangeError(`there is no EVM worker at place ${index}`)
    seat.replace(evm)
  }
}

/** What waits for a replacement may wait for two minutes: anything that a worker does is sooner done. */
const burden = ({ isVacant, load }: EvmSeat): number => (isVacant ? Infinity : load)
