/** Executing blocks, begun and ended as the mode is decided: starts and stops take turns, whatever is decided meanwhile. */
import { messageOf } from '../chain/thrown.ts'
import type { BeamEvents, BeamStatus } from '../sync/beam/beam-status.ts'
import type { ModeStatus } from './mode.ts'
import { ModeKeeper, type ModeKeeperOptions } from './mode-keeper.ts'

export interface BlockExecutionOptions extends Omit<ModeKeeperOptions, 'onChange'> {
  /** Resolves when it has begun, with why it has not where it cannot. */
  readonly start: (events: BeamEvents) => Promise<string | undefined>
  readonly stop: () => Promise<void>
  readonly onNews: BeamEvents['onNews']
  /** Undefined once it is light. */
  readonly onStatus: (mode: ModeStatus, beam: BeamStatus | undefined) => void
  readonly onProblem: (problem: string) => void
}

/** Always: nothing is told, begun or ended after {@link close}. */
export class BlockExecution {
  private readonly keeper: ModeKeeper
  private isRunning = false
  private isClosed = false
  private lastTurn: Promise<void> = Promise.resolve()

  constructor(private readonly options: BlockExecutionOptions) {
    this.keeper = new ModeKeeper({ ...options, onChange: (mode) => this.apply(mode) })
  }

  get mode(): ModeStatus {
    return this.keeper.status
  }

  /** Whether this tab owns the store. Resolves when what follows from it is done. */
  async lead(isLeading: boolean): Promise<void> {
    this.keeper.lead(isLeading)
    await this.lastTurn
  }

  close(): void {
    this.isClosed = true
    this.keeper.close()
  }

  private apply(mode: ModeStatus): void {
    this.options.onStatus(mode, undefined)
    this.lastTurn = this.lastTurn
      .then(() => this.turn())
      .catch((error: unknown) => {
        if (!this.isClosed) this.options.onProblem(messageOf(error))
      })
  }

  /** Does what is decided by now. */
  private async turn(): Promise<void> {
    const isWanted = this.mode.now === 'beam'
    if (isWanted === this.isRunning || this.isClosed) return
    this.isRunning = isWanted
    if (!isWanted) return this.options.stop()
    const problem = await this.options.start({ onStatus: (beam) => this.see(beam), onNews: (news) => this.pass(news) })
    if (problem === undefined) return
    this.isRunning = false
    this.options.onProblem(problem)
  }

  private see(beam: BeamStatus): void {
    // What was under way when it was stopped may still arrive.
    if (this.isClosed || this.mode.now === 'light') return
    this.options.onStatus(this.mode, beam)
    this.keeper.see(beam)
  }

  private pass(news: Parameters<BeamEvents['onNews']>[0]): void {
    if (!this.isClosed) this.options.onNews(news)
  }
}
