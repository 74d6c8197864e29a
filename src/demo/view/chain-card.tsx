/** A light-client run: its bootstrap and what that was trusted by, a row per update, the heads. */
import { chainView, type ChainView, type Line } from '../chain-view.ts'
import { formatCount, formatMilliseconds } from '../format.ts'
import type { ChainEntry } from '../page-state.ts'
import { HashText } from './hash-text.tsx'
import { Mark } from './mark.tsx'
import { ResultWord } from './result-word.tsx'

export function ChainCard({ chain }: { readonly chain: ChainEntry }) {
  const view = chainView(chain)
  const titleId = `chain-${chain.id}`
  return (
    <article class="chain" aria-labelledby={titleId}>
      <div class="section-head">
        <h3 id={titleId}>
          {chain.name} <span class="block-origin">{chain.network}</span>
        </h3>
        <ResultWord tone={view.tone}>
          {view.result}
          {view.totalMs !== undefined && <span class="unit"> in {formatMilliseconds(view.totalMs)} ms</span>}
        </ResultWord>
      </div>
      {view.isWorking && <progress aria-label={`Progress of ${chain.name}`} aria-valuetext={view.result} />}
      <Lines view={view} />
      {view.updates.length > 0 && <Updates view={view} name={chain.name} />}
    </article>
  )
}

function Lines({ view }: { readonly view: ChainView }) {
  const lines = [...(view.bootstrap === undefined ? [] : [view.bootstrap]), ...view.heads]
  if (lines.length + view.problems.length === 0) return null
  return (
    <dl class="lines">
      {lines.map((line) => (
        <LineRow key={line.label} line={line} />
      ))}
      {view.problems.map((problem) => (
        <LineRow key={problem} line={{ label: 'Not readable', tone: 'failed', text: problem }} />
      ))}
      {view.notKept !== undefined && <LineRow line={{ label: 'Not kept', tone: 'caution', text: view.notKept }} />}
    </dl>
  )
}

function LineRow({ line }: { readonly line: Line }) {
  return (
    <div>
      <dt>{line.label}</dt>
      <dd>
        <Mark tone={line.tone} />
        {line.text}
        {line.hash !== undefined && <HashText value={line.hash} />}
      </dd>
    </div>
  )
}

function Updates({ view, name }: { readonly view: ChainView; readonly name: string }) {
  return (
    <div class="updates" role="region" aria-label={`Updates of ${name}`} tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col" class="number">
              Period
            </th>
            <th scope="col" class="number">
              Participation
            </th>
            <th scope="col">Result</th>
          </tr>
        </thead>
        <tbody>
          {view.updates.map((update, i) => (
            <tr key={i}>
              <th scope="row" class="number">
                {update.period}
              </th>
              <td class="number">{update.participation}</td>
              <td>
                <ResultWord tone={update.tone}>{update.result}</ResultWord>
                {update.reason !== undefined && <span class="note plain">{update.reason}</span>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {view.hidden > 0 && <p class="hint">{formatCount(view.hidden, 'earlier update')} not shown.</p>}
    </div>
  )
}
