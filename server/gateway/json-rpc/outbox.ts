/** Texts on their way out, in their order, each gone when its line has carried it. */
import { Buffer } from 'node:buffer'
import type { Clock } from '../../../src/chain/clock.ts'
import type { Departure } from './message-way.ts'

/** Always: texts go in the order they came; what waits is counted. */
export class Outbox {
  readonly #waiting: (Departure & { readonly bytes: number })[] = []
  #bytes = 0
  #cancel: () => void = () => undefined

  constructor(
    private readonly send: (text: string) => void,
    private readonly clock: Clock,
  ) {}

  /** Bytes that wait. */
  get bytes(): number {
    return this.#bytes
  }

  add(departure: Departure): void {
    if (departure.line === undefined && this.#waiting.length === 0) {
      this.send(departure.text)
      return
    }
    const bytes = Buffer.byteLength(departure.text)
    this.#bytes += bytes
    this.#waiting.push({ ...departure, bytes })
    if (this.#waiting.length === 1) this.#carry()
  }

  /** Drops what waits. */
  close(): void {
    this.#cancel()
    this.#waiting.length = 0
    this.#bytes = 0
  }

  #carry(): void {
    const [next] = this.#waiting
    if (next === undefined) return
    this.#cancel = this.clock.after(next.line?.reserve(next.bytes) ?? 0, () => {
      this.#waiting.shift()
      this.#bytes -= next.bytes
      this.send(next.text)
      this.#carry()
    })
  }
}
