/**
 * Executed blocks, newest first, a row each, and below the one that is opened how it came to be. The roles are written out
 * because rows become cards on narrow screens, where CSS takes them away.
 */
import { useCallback, useMemo, useState } from 'preact/hooks'
import type { Hex } from '../../client/public-types.ts'
import type { FedBlock, OpenedBlock } from '../beam/beam-state.ts'
import { FEED_COLUMNS, type FeedColumn, type FeedRow } from '../beam/feed-view.ts'
import { formatAge } from '../follow/age.ts'
import { formatTime } from '../format.ts'
import { FEED_ROWS_AT_FIRST } from '../limits.ts'
import { BlockWaterfall } from './block-waterfall.tsx'
import { ResultWord } from './result-word.tsx'
import { useNow } from './use-now.ts'

interface FeedProps {
  readonly rows: readonly FeedRow[]
  /** What the rows are of. */
  readonly feed: readonly FedBlock[]
  readonly opened: OpenedBlock | undefined
  readonly onToggle: (hash: Hex) => void
}

/** What is no number. */
const TEXTS: readonly FeedColumn[] = ['Source', 'Record']

const SHORT: Readonly<Partial<Record<FeedColumn, string>>> = { Transactions: 'Txs', 'From store': 'Stored' }

const isNumber = (column: FeedColumn): boolean => !TEXTS.includes(column)

export function FeedTable(props: FeedProps) {
  const [isWhole, setWhole] = useState(false)
  const { rows, opened } = props
  // What somebody reads stays, however many blocks come.
  const shown = isWhole ? rows : rows.filter(({ hash }, i) => i < FEED_ROWS_AT_FIRST || hash === opened?.hash)
  return (
    <>
      <Table {...props} rows={shown} />
      {rows.length > FEED_ROWS_AT_FIRST && (
        <p class="feed-more">
          <button type="button" class="link" aria-expanded={isWhole} onClick={() => setWhole(!isWhole)}>
            {isWhole ? 'Show the newest only' : `Show all ${rows.length} blocks`}
          </button>
        </p>
      )}
    </>
  )
}

function Table({ rows, feed, opened, onToggle }: FeedProps) {
  return (
    <table role="table" class="feed" aria-label="Executed blocks">
      <thead role="rowgroup">
        <tr role="row">
          {(['Block', 'State', 'Age'] as const).map((column) => (
            <th
              key={column}
              role="columnheader"
              scope="col"
              class={column === 'Age' ? 'number' : undefined}
              data-column={column}
            >
              {column}
            </th>
          ))}
          {FEED_COLUMNS.map((column) => (
            <th
              key={column}
              role="columnheader"
              scope="col"
              class={isNumber(column) ? 'number' : undefined}
              data-column={column}
            >
              {SHORT[column] === undefined ? column : <abbr title={TITLES[column]}>{SHORT[column]}</abbr>}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row) => {
          const isOpen = opened?.hash === row.hash
          return (
            <FeedBlock
              key={row.hash}
              row={row}
              block={isOpen ? feed.find(({ hash }) => hash === row.hash) : undefined}
              opened={isOpen ? opened : undefined}
              onToggle={onToggle}
            />
          )
        })}
      </tbody>
    </table>
  )
}

const TITLES: Readonly<Partial<Record<FeedColumn, string>>> = {
  Transactions: 'Transactions; early: results found before their turn, and taken',
  'From store': 'Nodes from the store',
}

interface FeedBlockProps {
  readonly row: FeedRow
  readonly block: FedBlock | undefined
  readonly opened: OpenedBlock | undefined
  readonly onToggle: (hash: Hex) => void
}

function FeedBlock({ row, block, opened, onToggle }: FeedBlockProps) {
  const { hash, number, state, note, figures, timestamp } = row
  const detailsId = `executed-${hash}`
  // A status comes ten times a second, and most rows are as they were.
  const text = JSON.stringify(row)
  const cells = useMemo(() => <Cells figures={figures} />, [text])
  return (
    <>
      <tr role="row" class={`fed ${state.tone}`}>
        <th role="rowheader" scope="row">
          <button
            type="button"
            class="link"
            aria-expanded={opened !== undefined}
            aria-controls={detailsId}
            onClick={() => onToggle(hash)}
          >
            <span class="visually-hidden">How block </span>
            {number}
            <span class="visually-hidden"> came to be</span>
          </button>
        </th>
        <td role="cell" class="fed-state">
          <ResultWord tone={state.tone}>{state.word}</ResultWord>
        </td>
        <td role="cell" class="number" data-label="Age">
          <TimeAge timestamp={timestamp} />
        </td>
        {cells}
      </tr>
      {note !== undefined && (
        <tr role="row" class="fed-note">
          <td role="cell" colSpan={3 + FEED_COLUMNS.length}>
            {note}
          </td>
        </tr>
      )}
      {opened !== undefined && block !== undefined && (
        <tr role="row" class="fed-details" id={detailsId}>
          <td role="cell" colSpan={3 + FEED_COLUMNS.length}>
            <BlockWaterfall block={block} trace={opened.trace} />
          </td>
        </tr>
      )}
    </>
  )
}

/** A cell for each column, so that numbers stay under their heads; empty where there is no number. */
function Cells({ figures }: Pick<FeedRow, 'figures'>) {
  return (
    <>
      {FEED_COLUMNS.map((column) => {
        const kind = isNumber(column) ? 'figure number' : 'figure'
        const value = figures[column]
        return (
          <td key={column} role="cell" data-label={column} class={value === undefined ? `${kind} empty` : kind}>
            {value}
          </td>
        )
      })}
    </>
  )
}

function TimeAge({ timestamp }: { readonly timestamp: number }) {
  const read = useCallback((now: number) => formatAge(now / 1_000 - timestamp), [timestamp])
  return <span title={formatTime(timestamp)}>{useNow(read)}</span>
}
