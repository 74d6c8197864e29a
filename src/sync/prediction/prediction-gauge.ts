/** Whether predictions have been worth their requests lately. */

/** Share of what was predicted that has to be touched: below, more is fetched in vain than round trips are saved for. */
const LEAST_SHARE = 0.1
/** Blocks before a judgement, and blocks that count: chance evens out, and a fork's day is not remembered for long. */
const BLOCKS_JUDGED = 4
/** Blocks without predictions until they are tried again. */
const BLOCKS_OFF = 32

/** Always: on at first; off for {@link BLOCKS_OFF} blocks whenever the last {@link BLOCKS_JUDGED} together fell short. */
export class PredictionGauge {
  private recent: { readonly predicted: number; readonly touched: number }[] = []
  private offFor = 0

  isOn(): boolean {
    return this.offFor === 0
  }

  /** Of each block, once. */
  note(predicted: number, touched: number): void {
    this.offFor = Math.max(0, this.offFor - 1)
    if (predicted === 0) return
    this.recent = [...this.recent, { predicted, touched }].slice(-BLOCKS_JUDGED)
    if (this.recent.length < BLOCKS_JUDGED || this.share() >= LEAST_SHARE) return
    this.recent = []
    this.offFor = BLOCKS_OFF
  }

  private share(): number {
    const sum = (of: 'predicted' | 'touched') => this.recent.reduce((total, one) => total + one[of], 0)
    return sum('touched') / sum('predicted')
  }
}
