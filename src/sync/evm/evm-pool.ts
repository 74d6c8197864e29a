/** The EVM workers that work is handed to. */
import type { SpeculativeEvmService } from '../../execution/remote/evm-messages.ts'
import { EvmSeat, type Limit, type SeatWork, type UseEvm } from './evm-seat.ts'

/**
 * Calls under way at one worker. They take turns of {@link SLICE_MS}, so that the last of so many is answered to every
 * half second; each holds the values it has read, a MB or so.
 */
const MAX_CALLS_PER_SEAT = 32

/** More is asked at one time than the workers are to take on. */
export class EvmBusyError extends Error {
  override name = 'EvmBusyError'
  constructor(calls: number) {
    super(`${calls} calls are being executed, the most there may be; ask again when some are done`)
  }
}

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

  /**
   * Import and speculation are bounded by whoever begins them, a few blocks at a time; calls come from outside.
   * @throws {EvmBusyError} for one call too many @throws {EvmLostError} @throws the signal's reason @throws what `use` throws
   */
  async run<T>(use: UseEvm<T>, work: SeatWork = {}): Promise<T> {
    if (work.kind === 'call') this.admitCall()
    return this.seat().run(use, work)
  }

  private admitCall(): void {
    const calls = this.seats.reduce((sum, seat) => sum + seat.loadOf('call'), 0)
    if (calls >= this.seats.length * MAX_CALLS_PER_SEAT) throw new EvmBusyError(calls)
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
