/** The servers that state is fetched from: what each turned out to be, or why it cannot be used. */
import type { StateServerView } from '../beam/beam-view.ts'
import { Mark } from './mark.tsx'

export function StateServers({ servers }: { readonly servers: readonly StateServerView[] }) {
  return (
    <div class="state-servers">
      <h3>Servers of state</h3>
      <ul aria-label="Servers of state">
        {servers.map(({ url, kind, text, tone }) => (
          <li key={url}>
            <strong>{url}</strong>
            <span class="hint">{kind}</span>
            <span class={tone === 'plain' ? undefined : `tone-${tone}`}>
              {tone === 'caution' && <Mark tone="caution" />}
              {text}
            </span>
          </li>
        ))}
      </ul>
    </div>
  )
}
