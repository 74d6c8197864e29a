/** Facts, each with its label, in as many lines as they need. */
import type { Fact } from '../follow/live-view.ts'
import { CopyHash } from './copy-hash.tsx'

export function Facts({ facts }: { readonly facts: readonly Fact[] }) {
  return (
    <dl class="live-facts">
      {facts.map(({ label, text, hash }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>
            {hash !== undefined && <CopyHash value={hash} what={`root of the ${label.toLowerCase()}`} />}
            <span>{text}</span>
          </dd>
        </div>
      ))}
    </dl>
  )
}
