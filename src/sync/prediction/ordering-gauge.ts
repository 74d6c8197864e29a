/** Whether running likely conflicts in order has been worth what it takes from running them at once. */

/** Blocks before a judgement, and blocks that count: as for predictions. */
const BLOCKS_JUDGED = 4
/** Blocks without order until it is tried again. */
const BLOCKS_OFF = 32

/** Transactions, as a measure of time: they are alike on average, and what they cost is known only after they ran. */
export interface OrderedBlock {
  /** Results that were taken over, though what they read was written by others before: raced, they would have run again. */
  readonly spared: number
  /** What the worker with the longest series ran more than its share, alone. */
  readonly waited: number
}

/** Always: on at first; off for {@link BLOCKS_OFF} blocks whenever the last {@link BLOCKS_JUDGED} cost more than they spared. */
export class OrderingGauge {
  private recent: OrderedBlock[] = []
  private offFor = 0

  isOn(): boolean {
    return this.offFor === 0
  }

  /** Of each block, once; undefined where nothing was ordered. */
  note(block: OrderedBlock | undefined): void {
    this.offFor = Math.max(0, this.offFor - 1)
    if (block === undefined) return
    this.recent = [...this.recent, block].slice(-BLOCKS_JUDGED)
    const sum = (of: keyof OrderedBlock) => this.recent.reduce((total, one) => total + one[of], 0)
    if (this.recent.length < BLOCKS_JUDGED || sum('spared') >= sum('waited')) return
    this.recent = []
    this.offFor = BLOCKS_OFF
  }
}
