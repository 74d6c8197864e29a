/** A block from its announcement to its record, a bar for each thing that was waited for or done. */
import type { BlockTrace } from '../../client/public-types.ts'
import type { FedBlock } from '../beam/beam-state.ts'
import { startText, waterfall, type WaterfallRow } from '../beam/waterfall.ts'
import { formatCount, formatMilliseconds } from '../format.ts'
import { CopyHash } from './copy-hash.tsx'

export function BlockWaterfall({ block, trace }: { readonly block: FedBlock; readonly trace: BlockTrace | undefined }) {
  const { rows, totalMs, untold } = waterfall(block, trace, Date.now())
  const { number, hash, parentHash } = block
  return (
    <div class="waterfall">
      <p class="waterfall-head">
        <span>
          Block {number} <CopyHash value={hash} what={`hash of block ${number}`} />
        </span>
        <span class="hint">
          Parent <CopyHash value={parentHash} what={`hash of the parent of block ${number}`} />
        </span>
        <span class="hint">{formatMilliseconds(totalMs)} ms from its announcement on</span>
      </p>
      <ol aria-label={`How block ${number} came to be`}>
        {rows.map((row, i) => (
          <Row key={i} row={row} />
        ))}
      </ol>
      {untold > 0 && <p class="hint">{formatCount(untold, 'more request')} not listed.</p>}
    </div>
  )
}

function Row({ row }: { readonly row: WaterfallRow }) {
  const { kind, label, detail, ms, isOpen, offset, width } = row
  const style = { insetInlineStart: `${offset * 100}%`, width: `${width * 100}%` }
  return (
    <li>
      <span class="bar-label">
        {label}
        {detail !== undefined && <span class="hint"> {detail}</span>}
      </span>
      <span class="bar-track" aria-hidden="true">
        <span class={isOpen ? `bar ${kind} open` : `bar ${kind}`} style={style} />
      </span>
      <span class="bar-start hint">{startText(row)}</span>
      <span class="bar-time">
        {formatMilliseconds(ms)} ms{isOpen && <span class="visually-hidden"> so far</span>}
        {isOpen && <span aria-hidden="true">…</span>}
      </span>
    </li>
  )
}
