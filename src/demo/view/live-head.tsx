/** The chain as it is followed now: state, heads, what they rest on, servers; and the settings it is followed by. */
import { liveView, type Fact, type StateLine } from '../follow/live-view.ts'
import type { SlotTimes } from '../follow/age.ts'
import { placeOf } from '../follow/network-file.ts'
import { formatInteger } from '../format.ts'
import type { PageModel } from '../page-model.ts'
import type { PageState } from '../page-state.ts'
import { CopyHash } from './copy-hash.tsx'
import { FollowForm } from './follow-form.tsx'
import { HeadTable } from './head-table.tsx'
import { Mark } from './mark.tsx'
import { RecentHeads } from './recent-heads.tsx'
import { ResultWord } from './result-word.tsx'
import { ServerTable } from './server-table.tsx'
import { SlotAge } from './slot-age.tsx'

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

interface StateRowProps {
  readonly line: StateLine
  readonly times: SlotTimes | undefined
}

function StateRow({ line: { tone, word, slot, text, progress, isAlarm }, times }: StateRowProps) {
  return (
    <div class={isAlarm ? 'state-row alarm' : 'state-row'} role={isAlarm ? 'alert' : undefined}>
      <p>
        <ResultWord tone={tone}>{word}</ResultWord>
        {slot !== undefined && times !== undefined && (
          <span class="state-slot">
            slot <strong>{formatInteger(slot)}</strong>, <SlotAge slot={slot} times={times} />
          </span>
        )}
        {text !== undefined && <span class="state-text">{text}</span>}
      </p>
      {progress !== undefined && (
        <progress aria-label={word} max={progress.max} value={progress.value} aria-valuetext={progress.text} />
      )}
    </div>
  )
}

function Facts({ facts }: { readonly facts: readonly Fact[] }) {
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
