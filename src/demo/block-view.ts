/** A block's row as text and numbers: what is said of each outcome is decided here, and tested without a browser. */
import type { BlockReport, BlockStage, BlockTimes } from '../client/public-types.ts'
import { clipped, formatCount, formatInteger, formatMilliseconds, shortHex } from './format.ts'
import type { BlockEntry } from './page-state.ts'

/** Colours and marks; `proven` is for what is verified and nothing else. */
export type Tone = 'proven' | 'failed' | 'missing' | 'busy' | 'quiet'

export interface BlockView {
  readonly title: string
  readonly network: string | undefined
  readonly tone: Tone
  readonly result: string
  /** What the result rests on or fails on, a line each. */
  readonly notes: readonly Note[]
  readonly progress: StageProgress | undefined
  readonly figures: readonly Figure[]
  /** Full values, for the row's details. */
  readonly details: readonly Detail[]
}

export interface Note {
  readonly text: string
  /** The unshortened text, where it was shortened. */
  readonly full?: string
  /** `caution` for what a verified result does not rest on; what failed is said in plain text. */
  readonly tone: 'plain' | 'quiet' | 'caution'
}

export interface StageProgress {
  readonly stage: string
  readonly value: number
  readonly max: number
}

/** A number in its column; `undefined` where there is none, never a zero. */
export interface Figure {
  readonly column: FigureColumn
  readonly value: string | undefined
  readonly unit?: 'ms'
}

export interface Detail {
  readonly label: string
  readonly value: string
}

export const FIGURE_COLUMNS = [
  'Fork',
  'Transactions',
  'Gas',
  'Nodes read',
  'From store',
  'Decode',
  'Hash',
  'Senders',
  'EVM',
  'Root',
  'Total',
] as const
export type FigureColumn = (typeof FIGURE_COLUMNS)[number]

const STAGES: readonly (BlockStage | 'starting')[] = [
  'starting',
  'waiting',
  'reading',
  'hashing',
  'executing',
  'storing',
]

export function blockView({ name, progress }: BlockEntry): BlockView {
  const row = {
    title: withoutExtension(name),
    network: undefined,
    notes: [],
    progress: undefined,
    figures: [],
    details: [],
  }
  switch (progress.kind) {
    case 'waiting':
      return { ...row, tone: 'quiet', result: 'Waiting' }
    case 'cancelled':
      return { ...row, tone: 'quiet', result: 'Cancelled' }
    case 'failed':
      return { ...row, tone: 'failed', result: 'Failed', notes: [plain(clipped(progress.reason))] }
    case 'working': {
      const { stage } = progress
      const at = { stage, value: STAGES.indexOf(stage), max: STAGES.length }
      return { ...row, tone: 'busy', result: capitalised(stage), progress: at }
    }
    case 'done':
      return reportView(name, progress.report)
  }
}

function reportView(name: string, report: BlockReport): BlockView {
  const { number, network, hash, outcome, nodes } = report
  const view = {
    title: number === undefined ? withoutExtension(name) : String(number),
    network,
    progress: undefined,
    details: hash === undefined ? [] : [{ label: 'Block hash', value: hash }],
  }
  const used = plain(`${formatCount(nodes.read, 'node')} read, ${formatInteger(nodes.fromStore)} from the store`)
  const input = { label: 'Nodes from the input', value: formatInteger(nodes.fromInput) }
  switch (outcome.kind) {
    case 'verified':
      return {
        ...view,
        tone: 'proven',
        result: 'Verified',
        notes: [
          { text: `state root ${shortHex(outcome.stateRoot)}`, full: outcome.stateRoot, tone: 'quiet' },
          ...(outcome.notChecked.length === 0 ? [] : [caution(`not checked: ${outcome.notChecked.join(', ')}`)]),
          ...(outcome.kept.kind === 'kept' ? [] : [caution(`not kept: ${clipped(outcome.kept.reason)}`)]),
        ],
        figures: [
          { column: 'Fork', value: outcome.fork },
          { column: 'Transactions', value: formatInteger(outcome.transactions) },
          { column: 'Gas', value: formatInteger(outcome.gasUsed) },
          { column: 'Nodes read', value: formatInteger(nodes.read) },
          { column: 'From store', value: formatInteger(nodes.fromStore) },
          ...times(outcome.ms),
        ],
        details: [...view.details, { label: 'State root', value: outcome.stateRoot }, input],
      }
    case 'mismatch':
      return {
        ...view,
        tone: 'failed',
        result: `Mismatch: ${outcome.field}`,
        notes: [compared('expected', outcome.expected), compared('got', outcome.actual), used],
        figures: [],
        details: [
          ...view.details,
          { label: `Expected ${outcome.field}`, value: clipped(outcome.expected) },
          { label: `Got ${outcome.field}`, value: clipped(outcome.actual) },
          input,
        ],
      }
    case 'fault':
      return {
        ...view,
        tone: 'missing',
        result: 'Data missing',
        notes: [plain(clipped(outcome.what)), used],
        figures: [],
      }
    case 'error':
      return {
        ...view,
        tone: 'failed',
        result: `Error: ${outcome.code}`,
        notes: [plain(clipped(outcome.message))],
        figures: [],
      }
  }
}

function times(ms: BlockTimes): Figure[] {
  const stages: [FigureColumn, number][] = [
    ['Decode', ms.decode],
    ['Hash', ms.hash],
    ['Senders', ms.senders],
    ['EVM', ms.evm],
    ['Root', ms.root],
    ['Total', ms.total],
  ]
  return stages.map(([column, value]) => ({ column, value: formatMilliseconds(value), unit: 'ms' }))
}

function compared(who: string, value: string): Note {
  return { text: `${who} ${shortHex(clipped(value))}`, full: clipped(value), tone: 'plain' }
}

function plain(text: string): Note {
  return { text, tone: 'plain' }
}

function caution(text: string): Note {
  return { text, tone: 'caution' }
}

/** `mainnet-97.json.gz` → `mainnet-97`: what the extension says is no news in a list of blocks. */
function withoutExtension(name: string): string {
  return clipped(name.replace(/(?<=.)\.json(\.gz)?$/, ''))
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}
