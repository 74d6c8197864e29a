/** A block's row, and below it the row with its full values when opened. */
import { useMemo, useState } from 'preact/hooks'
import { blockView, FIGURE_COLUMNS, type BlockView, type Detail } from '../block-view.ts'
import type { BlockEntry } from '../page-state.ts'
import { HashText } from './hash-text.tsx'
import { ResultWord } from './result-word.tsx'

export function BlockRow({ block }: { readonly block: BlockEntry }) {
  const [isOpen, setOpen] = useState(false)
  // The same element again is skipped when drawing: of a batch of 200 rows one changes at a time.
  return useMemo(() => {
    const view = blockView(block)
    const detailsId = `details-${block.id}`
    return (
      <>
        <tr role="row" class="block">
          <th role="rowheader" scope="row">
            <span class="block-title">{view.title}</span>
            <span class="block-origin">{originOf(view, block)}</span>{' '}
            {view.details.length > 0 && (
              <DetailsButton
                title={view.title}
                isOpen={isOpen}
                controls={detailsId}
                onToggle={() => setOpen(!isOpen)}
              />
            )}
          </th>
          {view.figures.length === 0 ? (
            <td role="cell" class="result" colSpan={1 + FIGURE_COLUMNS.length}>
              <Result view={view} />
            </td>
          ) : (
            <>
              <td role="cell" class="result">
                <Result view={view} />
              </td>
              <Figures view={view} />
            </>
          )}
        </tr>
        {isOpen && (
          <tr role="row" class="block-details" id={detailsId}>
            <td role="cell" colSpan={2 + FIGURE_COLUMNS.length}>
              <Details details={view.details} />
            </td>
          </tr>
        )}
      </>
    )
  }, [block, isOpen])
}

function originOf({ network }: BlockView, { origin }: BlockEntry): string {
  return [network, origin === 'store' ? 'from the store' : undefined].filter((part) => part !== undefined).join(', ')
}

interface DetailsButtonProps {
  readonly title: string
  readonly isOpen: boolean
  readonly controls: string
  readonly onToggle: () => void
}

function DetailsButton({ title, isOpen, controls, onToggle }: DetailsButtonProps) {
  return (
    <button type="button" class="link" aria-expanded={isOpen} aria-controls={controls} onClick={onToggle}>
      {isOpen ? 'Less' : 'More'}
      <span class="visually-hidden"> about {title}</span>
    </button>
  )
}

function Result({ view }: { readonly view: BlockView }) {
  const { progress } = view
  return (
    <>
      <ResultWord tone={view.tone}>{view.result}</ResultWord>
      {progress !== undefined && (
        <progress
          aria-label={`Progress of ${view.title}`}
          max={progress.max}
          value={progress.value}
          aria-valuetext={progress.stage}
        />
      )}
      {view.notes.map((note, i) => (
        <span key={i} class={`note ${note.tone}`} title={note.full}>
          {note.text}
        </span>
      ))}
    </>
  )
}

/** A cell for each column, so that numbers stay under their heads; empty where there is no number. */
function Figures({ view }: { readonly view: BlockView }) {
  const byColumn = new Map(view.figures.map((figure) => [figure.column, figure]))
  return (
    <>
      {FIGURE_COLUMNS.map((column) => {
        const figure = byColumn.get(column)
        const kind = column === 'Fork' ? 'figure' : 'figure number'
        return (
          <td key={column} role="cell" data-label={column} class={figure === undefined ? `${kind} empty` : kind}>
            {figure?.value}
            {figure?.unit !== undefined && <span class="unit"> {figure.unit}</span>}
          </td>
        )
      })}
    </>
  )
}

function Details({ details }: { readonly details: readonly Detail[] }) {
  return (
    <dl class="details">
      {details.map(({ label, value }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>
            <HashText value={value} />
          </dd>
        </div>
      ))}
    </dl>
  )
}
