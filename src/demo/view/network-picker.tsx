/** Which network the client works on. Blocks change it by themselves; light-client files do not name theirs. */
import { NETWORK_NAMES } from '../../chain/network.ts'
import type { PageModel } from '../page-model.ts'
import { isBusy, type PageState } from '../page-state.ts'

/** Stands for the network of a file, whose name could be any. */
const CUSTOM = 'custom:'

export function NetworkPicker({ state, model }: { readonly state: PageState; readonly model: PageModel }) {
  const { networkFile } = state.follow
  return (
    <label class="field network">
      <span>Network</span>
      <select
        value={networkFile === undefined ? state.network : CUSTOM}
        disabled={isBusy(state) || state.client.kind === 'starting'}
        onChange={(event) => model.chooseNetwork(event.currentTarget.value)}
      >
        {NETWORK_NAMES.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
        {networkFile !== undefined && <option value={CUSTOM}>{networkFile.name} (custom)</option>}
      </select>
    </label>
  )
}
