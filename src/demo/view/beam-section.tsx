/** Blocks as they are executed here: whether they are, how far, at what cost; each block, what was passed, who is asked. */
import { beamView, type BeamView, type PivotView } from '../beam/beam-view.ts'
import type { PageModel } from '../page-model.ts'
import type { PageState } from '../page-state.ts'
import { Facts } from './facts.tsx'
import { FeedTable } from './feed-table.tsx'
import { Mark } from './mark.tsx'
import { StateRow } from './state-row.tsx'
import { StateServers } from './state-servers.tsx'

export function BeamSection({ state, model }: { readonly state: PageState; readonly model: PageModel }) {
  const view = beamView(state)
  return (
    <section class="beam" aria-labelledby="beam-title">
      <h2 id="beam-title">Blocks executed here</h2>
      <ModeSwitch choice={view.choice} isStarting={state.client.kind === 'starting'} model={model} />
      <div class="live-card">
        <StateRow line={view.line} />
        {view.disputes.map((dispute) => (
          <p key={dispute} class="dispute" role="alert">
            {dispute}
          </p>
        ))}
        {view.cautions.map((caution) => (
          <p key={caution} class="caution-line">
            <Mark tone="caution" />
            {caution}
          </p>
        ))}
        {view.facts.length > 0 && <Facts facts={view.facts} />}
        {view.rows.length > 0 && (
          <FeedTable
            rows={view.rows}
            feed={state.beam.feed}
            opened={state.beam.opened}
            onToggle={model.beam.toggleBlock}
          />
        )}
        {view.pivots.length > 0 && <Pivots pivots={view.pivots} />}
        {view.servers.length > 0 && <StateServers servers={view.servers} />}
      </div>
    </section>
  )
}

interface ModeSwitchProps {
  readonly choice: BeamView['choice']
  readonly isStarting: boolean
  readonly model: PageModel
}

function ModeSwitch({ choice: { isOn, isPossible, hint }, isStarting, model }: ModeSwitchProps) {
  return (
    <div class="check-field">
      <input
        id="execute-blocks"
        type="checkbox"
        checked={isOn}
        disabled={!isPossible || isStarting}
        aria-describedby="execute-blocks-hint"
        onChange={(event) => model.follow.chooseMode(event.currentTarget.checked ? 'beam' : 'light')}
      />
      <label for="execute-blocks">Execute every new block in this tab</label>
      <p id="execute-blocks-hint" class="hint">
        {hint}
      </p>
    </div>
  )
}

function Pivots({ pivots }: { readonly pivots: readonly PivotView[] }) {
  return (
    <details class="recent-heads">
      <summary>Where execution began and what it passed</summary>
      <ul aria-label="Where execution began and what it passed">
        {pivots.map(({ key, title, text }) => (
          <li key={key}>
            <strong>{title}</strong> <span class="hint">{text}</span>
          </li>
        ))}
      </ul>
    </details>
  )
}
