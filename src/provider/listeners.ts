/**
 * Listeners as Node's `EventEmitter` has them, which dapps expect of a provider: called in the order they were added, and
 * by who was there when the event began; the same function added twice is called twice, removed once at a time, the latest
 * first. Unlike Node's: one that throws stops neither the others nor the provider, and nobody outside can emit.
 */
export type Listener = (...args: never[]) => unknown

interface Added {
  readonly listener: Listener
  readonly times: 'always' | 'once'
  /** Of one that is called once: it has been, or is just now. */
  isSpent: boolean
}

/** Listeners of one provider, all events together. Past it a page adds them faster than it removes them: a leak. */
export const MAX_LISTENERS = 10_000

export class Listeners {
  /** By name. A map, since names are a dapp's: `__proto__` is one too. */
  private readonly byEvent = new Map<string, readonly Added[]>()
  private count = 0

  /** @param onUncaught told what a listener threw */
  constructor(private readonly onUncaught: (thrown: unknown) => void) {}

  /** What is no listener, or one too many, is told to `onUncaught`. */
  add(event: string, listener: unknown, times: Added['times']): void {
    if (typeof listener !== 'function') {
      this.onUncaught(new TypeError(`a listener of ${textOf(event)} must be a function, not a ${typeof listener}`))
    } else if (this.count >= MAX_LISTENERS) {
      this.onUncaught(new Error(`${MAX_LISTENERS} listeners are there; remove those that are of no use any more`))
    } else {
      this.set(event, [...this.of(event), { listener: listener as Listener, times, isSpent: false }])
    }
  }

  remove(event: string, listener: unknown): void {
    const added = this.of(event)
    this.removeAt(
      event,
      added.findLastIndex((one) => one.listener === listener),
    )
  }

  removeAll(event?: string): void {
    if (event !== undefined) return this.set(event, [])
    this.byEvent.clear()
    this.count = 0
  }

  countOf(event: string): number {
    return this.of(event).length
  }

  emit(event: string, ...args: unknown[]): void {
    for (const added of this.of(event)) {
      if (added.isSpent) continue
      if (added.times === 'once') {
        // Before it runs: another listener, or it itself, may make the event happen again.
        added.isSpent = true
        this.removeAt(event, this.of(event).indexOf(added))
      }
      try {
        const returned = (added.listener as (...args: unknown[]) => unknown)(...args)
        // An async listener throws later; nobody else would say so.
        if (returned instanceof Promise) returned.catch(this.onUncaught)
      } catch (thrown) {
        this.onUncaught(thrown)
      }
    }
  }

  /** Nothing for -1. */
  private removeAt(event: string, at: number): void {
    if (at !== -1) this.set(event, this.of(event).toSpliced(at, 1))
  }

  private of(event: string): readonly Added[] {
    return this.byEvent.get(event) ?? []
  }

  private set(event: string, added: readonly Added[]): void {
    this.count += added.length - this.of(event).length
    if (added.length === 0) this.byEvent.delete(event)
    else this.byEvent.set(event, added)
  }
}

const textOf = (event: unknown): string => (typeof event === 'string' ? event.slice(0, MAX_SHOWN) : `a ${typeof event}`)

/** Longer than the name of any event. */
const MAX_SHOWN = 100
