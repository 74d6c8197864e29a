/** Statuses as something to iterate over. */
import type { BeamtabStatus } from './public-types.ts'

/** Always: a watcher that is slow holds one status, the newest; one that stops watching is let go of. */
export class StatusWatchers {
  private readonly watchers = new Set<(status: BeamtabStatus | undefined) => void>()
  private isOver = false

  tell(status: BeamtabStatus): void {
    for (const hear of this.watchers) hear(status)
  }

  end(): void {
    this.isOver = true
    for (const hear of this.watchers) hear(undefined)
  }

  async *watch(current: () => BeamtabStatus): AsyncGenerator<BeamtabStatus, void, undefined> {
    let next: BeamtabStatus | undefined = current()
    let wake: () => void = () => undefined
    let isOver = this.isOver
    const hear = (status: BeamtabStatus | undefined): void => {
      if (status === undefined) isOver = true
      else next = status
      wake()
    }
    this.watchers.add(hear)
    try {
      for (;;) {
        const status = next
        next = undefined
        if (status !== undefined) yield status
        else if (isOver) return
        else await new Promise<void>((resolve) => (wake = resolve))
      }
    } finally {
      this.watchers.delete(hear)
    }
  }
}
