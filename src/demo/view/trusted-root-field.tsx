/** The block root that a light-client chain starts from, given by the visitor. */
import type { PageModel } from '../page-model.ts'
import { parseTrustedRoot } from '../trusted-root.ts'

export function TrustedRootField({ text, model }: { readonly text: string; readonly model: PageModel }) {
  const root = parseTrustedRoot(text)
  return (
    <div class="field trusted-root">
      <label for="trusted-root">
        Trusted root <span class="hint">for light-client files, optional</span>
      </label>
      <input
        id="trusted-root"
        type="text"
        value={text}
        placeholder="0x…"
        maxLength={80}
        autocomplete="off"
        spellcheck={false}
        aria-invalid={root.kind === 'invalid'}
        aria-describedby="trusted-root-hint"
        onInput={(event) => model.typeTrustedRoot(event.currentTarget.value)}
      />
      <p id="trusted-root-hint" class={root.kind === 'invalid' ? 'hint problem' : 'hint'}>
        {root.kind === 'invalid'
          ? root.reason
          : 'The beacon block root that the bootstrap must have. Without it the bootstrap vouches for itself.'}
      </p>
    </div>
  )
}
