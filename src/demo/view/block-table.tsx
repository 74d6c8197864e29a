/** Results of blocks. The roles are written out because the rows become cards on narrow screens, where CSS takes them away. */
import { FIGURE_COLUMNS } from '../block-view.ts'
import type { BlockEntry } from '../page-state.ts'
import { BlockRow } from './block-row.tsx'

export function BlockTable({ blocks }: { readonly blocks: readonly BlockEntry[] }) {
  if (blocks.length === 0) return null
  return (
    <table role="table" class="blocks" aria-label="Blocks">
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader" scope="col" data-column="Block">
            Block
          </th>
          <th role="columnheader" scope="col">
            Result
          </th>
          {FIGURE_COLUMNS.map((column) => (
            <th
              key={column}
              role="columnheader"
              scope="col"
              class={column === 'Fork' ? undefined : 'number'}
              data-column={column}
            >
              {column === 'Transactions' ? <abbr title={column}>Txs</abbr> : column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {blocks.map((block) => (
          <BlockRow key={block.id} block={block} />
        ))}
      </tbody>
    </table>
  )
}
