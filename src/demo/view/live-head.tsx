/** The chain as it is followed now: state, heads, what they rest on, servers; and the settings it is followed by. */
import { liveView } from '../follow/live-view.ts'
import { placeOf } from '../follow/network-file.ts'
import type { PageModel } from '../page-model.ts'
import type { PageState } from '../page-state.ts'
import { Facts } from './facts.tsx'
import { FollowForm } from './follow-form.tsx'
import { HeadTable } from './head-table.tsx'
import { Mark } from './mark.tsx'
import { RecentHeads } from './recent-heads.tsx'
import { ServerTable } from './server-table.tsx'
import { StateRow } from './state-row.tsx'

export function LiveHead({ state, model }: { readonly state: PageState; readonly model: PageModel }) {
  const { state: line, light } = liveView(state)
  return (
    <section class="live" aria-labelledby="live-title">
      <div class="section-head">
        <h2 id="live-title">Live head</h2>
        {state.follow.active !== undefined && (
          <button type="button" id="stop-following" onClick={() => model.follow.stop()}>
            Stop
          </button>
        )}
      </div>
      <Notices state={state} />
      <div class="live-card">
        <StateRow line={line} times={light?.status} />
        {light !== undefined && (
          <>
            {light.cautions.map((caution) => (
              <p key={caution} class="caution-line">
                <Mark tone="caution" />
                {caution}
              </p>
            ))}
            <HeadTable heads={light.heads} times={light.status} />
            <Facts facts={light.facts} />
            <RecentHeads heads={state.follow.recentHeads} times={light.status} />
            <ServerTable servers={light.status.servers} />
          </>
        )}
      </div>
      <FollowForm state={state} model={model} />
    </section>
  )
}

/** What could not be used, and whose network this is where it is not a built-in one. */
function Notices({ state: { network, follow } }: { readonly state: PageState }) {
  const { networkFile, networkLoad, notices } = follow
  return (
    <>
      {networkFile?.from.kind === 'home' && (
        <p class="hint">
          Network <strong>{network}</strong>, run by the server of this page: a chain made up for trying things out.
        </p>
      )}
      {networkFile !== undefined && networkFile.from.kind !== 'home' && (
        <p class="hint">
          Custom network <strong>{network}</strong>, from <span class="from">{placeOf(networkFile.from)}</span>: not
          built into this page; its rules are those of whoever made the file.
        </p>
      )}
      {networkLoad.kind === 'failed' && (
        <p class="notice problem" role="alert">
          The network file was not taken. {networkLoad.reason} This is {network} still.
        </p>
      )}
      {notices.map((notice) => (
        <p key={notice} class="notice caution-line">
          <Mark tone="caution" />
          {notice}
        </p>
      ))}
    </>
  )
}
