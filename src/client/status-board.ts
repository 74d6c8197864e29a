/** The client's status, told to whoever asks for it with each change. */
import type { ModeStatus } from './mode.ts'
import type { BeamtabStatus } from './public-types.ts'
import { StatusWatchers } from './status-watchers.ts'

export interface StatusBoardOptions {
  readonly mode: ModeStatus
  readonly evmWorkers: number
  /** Told of each change, with what of it is another; must not throw. */
  readonly onStatus: (status: BeamtabStatus, part: Partial<BeamtabStatus>) => void
}

/** Always: {@link current} is what was told last. */
export class StatusBoard {
  current: BeamtabStatus
  private readonly watchers = new StatusWatchers()

  constructor(private readonly options: StatusBoardOptions) {
    this.current = statusAtStart(options)
  }

  tell(part: Partial<BeamtabStatus>): void {
    this.current = { ...this.current, ...part }
    this.options.onStatus(this.current, part)
    this.watchers.tell(this.current)
  }

  tellStore(part: Partial<BeamtabStatus['store']>): void {
    this.tell({ store: { ...this.current.store, ...part } })
  }

  watch(): AsyncIterable<BeamtabStatus> {
    return this.watchers.watch(() => this.current)
  }

  /** Those who watch are told of nothing more. */
  end(): void {
    this.watchers.end()
  }
}

function statusAtStart({ mode, evmWorkers }: StatusBoardOptions): BeamtabStatus {
  const numbers = { bytes: 0, maxBytes: 0, nodes: 0, blocks: 0, updates: 0 }
  return {
    ...{ state: 'starting', crash: undefined, light: undefined, mode, beam: undefined, defect: undefined },
    ...{ leadership: 'waiting', evmWorkers, store: { kind: 'memory', ...numbers, problem: undefined } },
  }
}
