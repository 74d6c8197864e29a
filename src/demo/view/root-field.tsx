/** A beacon block root that the visitor trusts, typed; what is wrong with it is said as it is typed. */
import type { ComponentChildren } from 'preact'
import { parseTrustedRoot } from '../trusted-root.ts'

interface RootFieldProps {
  readonly id: string
  readonly label: string
  /** What it is for, beside the label. */
  readonly use: string
  readonly text: string
  readonly onType: (text: string) => void
  /** What it means; gives way to what is wrong. */
  readonly children: ComponentChildren
}

export function RootField({ id, label, use, text, onType, children }: RootFieldProps) {
  const root = parseTrustedRoot(text)
  const isWrong = root.kind === 'invalid'
  return (
    <div class="field">
      <label for={id}>
        {label} <span class="hint">{use}</span>
      </label>
      <input
        id={id}
        class="code"
        type="text"
        value={text}
        placeholder="0x…"
        maxLength={80}
        autocomplete="off"
        spellcheck={false}
        aria-invalid={isWrong}
        aria-describedby={`${id}-hint`}
        onInput={(event) => onType(event.currentTarget.value)}
      />
      <p id={`${id}-hint`} class={isWrong ? 'hint problem' : 'hint'}>
        {isWrong ? root.reason : children}
      </p>
    </div>
  )
}
