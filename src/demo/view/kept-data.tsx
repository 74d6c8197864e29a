/** What the store keeps from before, to verify again from the store alone. */
import { formatCount, formatInteger, formatTime, shortHex } from '../format.ts'
import type { PageModel } from '../page-model.ts'
import type { PageState } from '../page-state.ts'

export function KeptData({ state, model }: { readonly state: PageState; readonly model: PageModel }) {
  const { kept, client, network } = state
  const updates = client.kind === 'ready' ? client.status.store.updates : 0
  if (kept.length + updates === 0) return null
  return (
    <section class="kept" aria-labelledby="kept-title">
      <div class="section-head">
        <h2 id="kept-title">Kept in this browser</h2>
        {kept.length > 1 && (
          <button type="button" onClick={() => model.verifyKept(kept)}>
            Verify all {formatCount(kept.length, 'block')} again
          </button>
        )}
      </div>
      <p class="hint">Of {network}. Checked again from the store alone: no byte comes from outside.</p>
      <ul class="kept-items">
        {updates > 0 && (
          <li>
            <span class="item-name">Light-client chain</span>
            <span class="item-size">
              {network}, {formatCount(updates, 'update')}
            </span>
            <button type="button" onClick={() => model.verifyKeptChain()}>
              Verify again<span class="visually-hidden"> light-client chain</span>
            </button>
          </li>
        )}
        {kept.map((block) => (
          <li key={block.hash}>
            <span class="item-name">{block.number}</span>
            <span class="item-size">
              <span title={block.hash}>{shortHex(block.hash)}</span>, {formatTime(block.timestamp)},{' '}
              {formatCount(block.transactions, 'transaction')}, {formatInteger(block.gasUsed)} gas
            </span>
            <button type="button" onClick={() => model.verifyKept([block])}>
              Verify again<span class="visually-hidden"> block {block.number}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}
