/** A result in a word or two, with its sign and colour. */
import type { ComponentChildren } from 'preact'
import type { Tone } from '../block-view.ts'
import { Mark } from './mark.tsx'

export function ResultWord({
  tone,
  children,
}: {
  readonly tone: Tone | 'caution'
  readonly children: ComponentChildren
}) {
  return (
    <span class={`result-word tone-${tone}`}>
      <Mark tone={tone} />
      <span>{children}</span>
    </span>
  )
}
