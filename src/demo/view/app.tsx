/** The page. Draws the model's state; everything it does, it asks the model to do. */
import { useEffect, useMemo, useState } from 'preact/hooks'
import type { PageModel } from '../page-model.ts'
import type { PageState } from '../page-state.ts'
import { BeamSection } from './beam-section.tsx'
import { BlockTable } from './block-table.tsx'
import { ChainCard } from './chain-card.tsx'
import { Explanation } from './explanation.tsx'
import { FileInput } from './file-input.tsx'
import { LiveHead } from './live-head.tsx'
import { KeptData } from './kept-data.tsx'
import { ListedData } from './listed-data.tsx'
import { NetworkPicker } from './network-picker.tsx'
import { StatusLine } from './status-line.tsx'
import { RootField } from './root-field.tsx'
import { useFileDrop } from './use-file-drop.ts'
import { WorkBar } from './work-bar.tsx'

export function App({ model }: { readonly model: PageModel }) {
  const state = useModelState(model)
  const isDragging = useFileDrop((files) => void model.addFiles(files))
  // The same element again is skipped when drawing: a followed chain tells its status ten times a second, files do not.
  const { blocks, chains, refusals, batch, listing } = state
  const results = useMemo(() => <Results state={state} model={model} />, [blocks, chains, refusals, batch, model])
  const listed = useMemo(() => <ListedData listing={listing} model={model} />, [listing, model])
  return (
    <>
      <a class="skip" href="#results">
        Skip to results
      </a>
      <header>
        <div class="title">
          <h1>Beamtab</h1>
          <NetworkPicker state={state} model={model} />
        </div>
        <p class="lead">
          This tab follows the head of Ethereum by its sync committees’ signatures, and executes each new block on state
          that it fetches and proves as it goes; it trusts no server and no file, only the root that you let a
          light-client chain start from.
        </p>
        <div class="status-block">
          <StatusLine client={state.client} model={model} />
        </div>
      </header>
      <main>
        <LiveHead state={state} model={model} />
        <BeamSection state={state} model={model} />
        <section class="input" aria-labelledby="input-title">
          <h2 id="input-title">Check</h2>
          <div class="input-columns">
            <div class="own-files">
              <FileInput model={model} isDragging={isDragging} />
              <RootField
                id="trusted-root"
                label="Trusted root"
                use="for light-client files, optional"
                text={state.trustedRoot}
                onType={(text) => model.typeTrustedRoot(text)}
              >
                The beacon block root that the bootstrap must have. Without it the bootstrap vouches for itself.
              </RootField>
            </div>
            {listed}
          </div>
        </section>
        {results}
        <KeptData state={state} model={model} />
      </main>
      <footer>
        <Explanation />
      </footer>
      <p class="visually-hidden" role="status" aria-live="polite">
        {state.announcement}
      </p>
    </>
  )
}

function Results({ state, model }: { readonly state: PageState; readonly model: PageModel }) {
  const isEmpty = state.blocks.length + state.chains.length === 0
  return (
    <section id="results" class="results" tabIndex={-1} aria-labelledby="results-title">
      <div class="section-head">
        <h2 id="results-title">Results</h2>
        <WorkBar state={state} model={model} />
      </div>
      {state.refusals.length > 0 && (
        <ul class="refusals problem" aria-label="Not taken">
          {state.refusals.map((reason, i) => (
            <li key={i}>{reason}</li>
          ))}
        </ul>
      )}
      {isEmpty && <p class="hint">Nothing checked yet.</p>}
      {state.chains.map((chain) => (
        <ChainCard key={chain.id} chain={chain} />
      ))}
      <BlockTable blocks={state.blocks} />
    </section>
  )
}

function useModelState(model: PageModel): PageState {
  const [state, setState] = useState(model.state())
  useEffect(() => {
    const end = model.subscribe(() => setState(model.state()))
    setState(model.state())
    return end
  }, [model])
  return state
}
