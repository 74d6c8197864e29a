/** A network that is not built in: its file, picked or named by URL. */
import { useState } from 'preact/hooks'
import { MAX_URL_CHARACTERS } from '../limits.ts'
import type { PageModel } from '../page-model.ts'
import { isBusy, type PageState } from '../page-state.ts'

export function NetworkFileFields({ state, model }: { readonly state: PageState; readonly model: PageModel }) {
  const [url, setUrl] = useState('')
  const isLoading = state.follow.networkLoad.kind === 'loading'
  const isDisabled = isLoading || isBusy(state)
  const pick = (input: HTMLInputElement) => {
    const [file] = input.files ?? []
    // The same file can be picked again, after it changed for example.
    input.value = ''
    if (file !== undefined) void model.follow.pickNetwork(file)
  }
  const fetchUrl = () => {
    const typed = url.trim()
    // A path is one on the page's own server.
    const whole =
      typed.startsWith('/') && URL.canParse(typed, location.href) ? new URL(typed, location.href).href : typed
    if (typed !== '') void model.follow.fetchNetwork(whole)
  }
  return (
    <details class="form-part">
      <summary>A network that is not built in</summary>
      <p class="hint">
        A network file says its forks, its genesis, and who to ask. One that names beacon servers is followed at once.
      </p>
      <div class="network-file-row">
        <input
          id="network-file"
          class="visually-hidden"
          type="file"
          accept=".json"
          disabled={isDisabled}
          onChange={(event) => pick(event.currentTarget)}
        />
        <label for="network-file" class="button">
          Pick a network file
        </label>
        <label for="network-url">or its URL</label>
        <input
          id="network-url"
          class="code"
          type="text"
          value={url}
          placeholder="https://…/network.json"
          maxLength={MAX_URL_CHARACTERS}
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => setUrl(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== 'Enter') return
            event.preventDefault()
            fetchUrl()
          }}
        />
        <button type="button" disabled={isDisabled || url.trim() === ''} onClick={fetchUrl}>
          {isLoading ? 'Fetching…' : 'Fetch'}
        </button>
      </div>
    </details>
  )
}
