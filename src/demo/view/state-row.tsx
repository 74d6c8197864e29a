/** How something stands, in one line: a word that counts, what it leaves open, and how far it has come. */
import type { SlotTimes } from '../follow/age.ts'
import type { StateLine } from '../follow/live-view.ts'
import { formatInteger } from '../format.ts'
import { ResultWord } from './result-word.tsx'
import { SlotAge } from './slot-age.tsx'

interface StateRowProps {
  readonly line: StateLine
  /** What turns the line's slot into an age; undefined where it has none. */
  readonly times?: SlotTimes | undefined
}

export function StateRow({ line: { tone, word, slot, text, progress, isAlarm }, times }: StateRowProps) {
  return (
    <div class={isAlarm ? 'state-row alarm' : 'state-row'} role={isAlarm ? 'alert' : undefined}>
      <p>
        <ResultWord tone={tone}>{word}</ResultWord>
        {slot !== undefined && times !== undefined && (
          <span class="state-slot">
            slot <strong>{formatInteger(slot)}</strong>, <SlotAge slot={slot} times={times} />
          </span>
        )}
        {text !== undefined && <span class="state-text">{text}</span>}
      </p>
      {progress !== undefined && (
        <progress aria-label={word} max={progress.max} value={progress.value} aria-valuetext={progress.text} />
      )}
    </div>
  )
}
