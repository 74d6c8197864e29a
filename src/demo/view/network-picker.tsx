/** Which network the client works on. Blocks change it by themselves; light-client files do not name theirs. */
import { NETWORK_NAMES } from '../../chain/network.ts'
import type { PageModel } from '../page-model.ts'
import { isBusy, type PageState } from '../page-state.ts'

/** Stands for the network of a file, whose name could be any. */
const CUSTOM = 'custom:'

/** The network of the page's own server, while another is in use. */
const HOME = 'home:'

export function NetworkPicker({ state, model }: { readonly state: PageState; readonly model: PageModel }) {
  const { networkFile, home } = state.follow
  const choose = (value: string) => (value === HOME ? model.follow.chooseHome() : model.chooseNetwork(value))
  return (
    <label class="field network">
      <span>Network</span>
      <select
        value={networkFile === undefined ? state.network : CUSTOM}
        disabled={isBusy(state) || state.client.kind === 'starting'}
        onChange={(event) => choose(event.currentTarget.value)}
      >
        {NETWORK_NAMES.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
        {networkFile !== undefined && (
          <option value={CUSTOM}>
            {networkFile.from.kind === 'home' ? networkFile.name : `${networkFile.name} (custom)`}
          </option>
        )}
        {home !== undefined && networkFile?.from.kind !== 'home' && <option value={HOME}>of this page’s server</option>}
      </select>
    </label>
  )
}
