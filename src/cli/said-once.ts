import { dropOldest } from '../chain/drop-oldest.ts'

/** Things whose last line is remembered: servers, stages, and the newest of what there is ever more of. */
const MAX_REMEMBERED = 256

/** A log that says each thing once, when it changes. */
export class SaidOnce {
  private readonly said = new Map<string, string>()

  constructor(private readonly log: (line: string) => void) {}

  /** @param about what the line is about */
  say(about: string, line: string): void {
    if (this.said.get(about) === line) return
    this.said.set(about, line)
    dropOldest(this.said, MAX_REMEMBERED)
    this.log(line)
  }
}
