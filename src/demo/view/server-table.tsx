/** The servers that are asked, and what each has been worth. Errors in full, below the row they belong to. */
import type { LightServer } from '../../client/public-types.ts'
import { serverView, type Quality } from '../follow/server-view.ts'

const COLUMNS = ['Server', 'Answers', 'Its data', 'Announced', 'Newest valid'] as const

export function ServerTable({ servers }: { readonly servers: readonly LightServer[] }) {
  if (servers.length === 0) return null
  return (
    <table role="table" class="servers" aria-label="Servers">
      <thead role="rowgroup">
        <tr role="row">
          {COLUMNS.map((column, i) => (
            <th key={column} role="columnheader" scope="col" class={i > 2 ? 'number' : undefined} data-column={column}>
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {servers.map((server) => (
          <ServerRow key={`${server.kind} ${server.name}`} server={server} />
        ))}
      </tbody>
    </table>
  )
}

function ServerRow({ server }: { readonly server: LightServer }) {
  const { name, askedFor, answers, truth, announced, valid, lastError } = serverView(server)
  return (
    <>
      <tr role="row" class="server-row">
        <th role="rowheader" scope="row">
          {name}
          {askedFor !== undefined && <span class="hint"> {askedFor}</span>}
        </th>
        <td role="cell" data-label="Answers">
          <QualityBar quality={answers} />
        </td>
        <td role="cell" data-label="Its data">
          <QualityBar quality={truth} />
        </td>
        <td role="cell" class="number" data-label="Announced">
          {announced ?? '–'}
        </td>
        <td role="cell" class="number" data-label="Newest valid">
          {valid ?? '–'}
        </td>
      </tr>
      {lastError !== undefined && (
        <tr role="row" class="server-error">
          <td role="cell" colSpan={COLUMNS.length}>
            <span class="hint">
              Last error<span class="visually-hidden"> of {name}</span>:
            </span>{' '}
            {lastError}
          </td>
        </tr>
      )}
    </>
  )
}

/** The word says it; the bar repeats it for who compares many. */
function QualityBar({ quality: { word, share, tone } }: { readonly quality: Quality }) {
  return (
    <span class="quality">
      <progress aria-hidden="true" class={`bar-${tone}`} max={1} value={share} />
      <span class={`tone-${tone}`}>{word}</span>
    </span>
  )
}
