/** Servers, a URL per line. */
import type { ComponentChildren } from 'preact'
import { MAX_FIELD_CHARACTERS } from '../limits.ts'

interface ServerFieldProps {
  readonly id: string
  readonly label: string
  readonly use?: string | undefined
  readonly text: string
  readonly placeholder?: string
  readonly problems: readonly string[]
  readonly onType: (text: string) => void
  readonly children: ComponentChildren
}

export function ServerField({ id, label, use, text, placeholder, problems, onType, children }: ServerFieldProps) {
  const isWrong = problems.length > 0
  return (
    <div class="field">
      <label for={id}>
        {label} {use !== undefined && <span class="hint">{use}</span>}
      </label>
      <textarea
        id={id}
        class="code"
        rows={Math.min(6, Math.max(2, text.split('\n').length))}
        value={text}
        placeholder={placeholder}
        maxLength={MAX_FIELD_CHARACTERS}
        autocomplete="off"
        spellcheck={false}
        aria-invalid={isWrong}
        aria-describedby={`${id}-hint`}
        onInput={(event) => onType(event.currentTarget.value)}
      />
      {isWrong ? (
        <ul id={`${id}-hint`} class="hint problem">
          {problems.map((problem) => (
            <li key={problem}>{problem}</li>
          ))}
        </ul>
      ) : (
        <p id={`${id}-hint`} class="hint">
          {children}
        </p>
      )}
    </div>
  )
}
