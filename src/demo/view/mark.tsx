/** The sign before a result. It repeats in shape what the colour says, and adds nothing to the text beside it. */
import type { Tone } from '../block-view.ts'

const SIGNS: Readonly<Record<Tone | 'caution', string>> = {
  proven: '✓',
  failed: '✕',
  missing: '○',
  busy: '·',
  quiet: '·',
  caution: '!',
}

export function Mark({ tone }: { readonly tone: Tone | 'caution' }) {
  return (
    <span class={`mark tone-${tone}`} aria-hidden="true">
      {SIGNS[tone]}
    </span>
  )
}
