/** The batch's progress with its Cancel button, or the button that clears results. */
import type { PageModel } from '../page-model.ts'
import { isBusy, type PageState } from '../page-state.ts'

export function WorkBar({ state, model }: { readonly state: PageState; readonly model: PageModel }) {
  const { batch } = state
  if (isBusy(state)) {
    const done = `${batch.done} of ${batch.total} done`
    return (
      <div class="work-bar">
        <progress aria-label="All jobs" max={batch.total} value={batch.done} aria-valuetext={done} />
        <span class="work-count">{done}</span>
        <button type="button" onClick={() => model.cancel()}>
          Cancel
        </button>
      </div>
    )
  }
  if (state.blocks.length + state.chains.length === 0) return null
  return (
    <div class="work-bar">
      <button id="clear-results" type="button" onClick={() => model.clearResults()}>
        Clear results
      </button>
    </div>
  )
}
