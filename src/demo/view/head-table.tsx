/** Head, finalized and announced block, a row each. The roles are written out because rows become cards on narrow screens. */
import type { SlotTimes } from '../follow/age.ts'
import type { HeadStanding, HeadView } from '../follow/live-view.ts'
import { formatInteger } from '../format.ts'
import { CopyHash } from './copy-hash.tsx'
import { SlotAge } from './slot-age.tsx'

const COLUMNS = ['Slot', 'Age', 'Block root', 'Execution block', 'Signed by', 'Brought by'] as const
const NUMBERS: readonly string[] = ['Slot', 'Age']

/** Of what is not proven no sign claims it is. */
const SIGNS: Readonly<Record<HeadStanding, { readonly sign: string; readonly tone: string }>> = {
  proven: { sign: '✓', tone: 'proven' },
  disputed: { sign: '✕', tone: 'failed' },
  resumed: { sign: '?', tone: 'quiet' },
  announced: { sign: '?', tone: 'quiet' },
  none: { sign: '·', tone: 'quiet' },
}

export function HeadTable({ heads, times }: { readonly heads: readonly HeadView[]; readonly times: SlotTimes }) {
  return (
    <table role="table" class="heads" aria-label="Heads">
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader" scope="col" data-column="Block">
            Block
          </th>
          {COLUMNS.map((column) => (
            <th
              key={column}
              role="columnheader"
              scope="col"
              class={NUMBERS.includes(column) ? 'number' : undefined}
              data-column={column}
            >
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {heads.map((head) => (
          <HeadRow key={head.label} head={head} times={times} />
        ))}
      </tbody>
    </table>
  )
}

function HeadRow({ head, times }: { readonly head: HeadView; readonly times: SlotTimes }) {
  const { label, standing, slot, blockRoot, execution, basis, server } = head
  const { sign, tone } = SIGNS[standing]
  const what = label.toLowerCase()
  return (
    <tr role="row" class={`head ${standing}`}>
      <th role="rowheader" scope="row">
        <span class={`mark tone-${tone}`} aria-hidden="true">
          {sign}
        </span>
        {label}
        {standing === 'disputed' && <span class="visually-hidden">, disputed</span>}
      </th>
      <td role="cell" class="number" data-label="Slot">
        {slot !== undefined && formatInteger(slot)}
      </td>
      <td role="cell" class="number" data-label="Age">
        {slot !== undefined && <SlotAge slot={slot} times={times} />}
      </td>
      <td role="cell" data-label="Block root">
        {blockRoot !== undefined && <CopyHash value={blockRoot} what={`block root, ${what}`} />}
      </td>
      <td role="cell" data-label="Execution block">
        {execution !== undefined && (
          <>
            {execution.number !== undefined && <span class="execution-number">{execution.number}</span>}
            <CopyHash value={execution.hash} what={`execution block hash, ${what}`} />
          </>
        )}
      </td>
      {/* What is not signed has room for why, over both columns. */}
      <td role="cell" class="basis" data-label="Signed by" colSpan={server === undefined ? 2 : 1}>
        {basis}
      </td>
      {server !== undefined && (
        <td role="cell" class="server" data-label="Brought by">
          {server}
        </td>
      )}
    </tr>
  )
}
