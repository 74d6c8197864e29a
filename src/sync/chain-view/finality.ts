/**
 * What is final, looked for beside the heads: where finality is far behind, the way down to it is many requests long, and
 * heads that waited for it would get too old to answer at.
 */
import { hexToBytes } from '@ethereumjs/util'
import { asHash } from '../../chain/bytes.ts'
import type { SignedBlock } from '../beam/chain-heads.ts'
import type { ChainHeaders } from './chain-headers.ts'
import { Evidence } from './evidence.ts'
import type { SignedHead } from './head-view.ts'

export interface FinalityOptions {
  readonly headers: Pick<ChainHeaders, 'byHash' | 'isCanonical'>
  readonly signal: AbortSignal
  readonly onFound: (head: SignedHead) => void
}

/** Always: one is looked for at a time, the newest that was told next. */
export class Finality {
  private known: string | undefined
  private wanted: SignedBlock | undefined
  private isSeeking = false

  constructor(private readonly options: FinalityOptions) {}

  /** Of the signed head that is followed. */
  tell(finalized: SignedBlock | undefined): void {
    this.wanted = finalized
    if (!this.isSeeking) void this.seek()
  }

  private async seek(): Promise<void> {
    this.isSeeking = true
    const { signal } = this.options
    for (let next = this.take(); next !== undefined && !signal.aborted; next = this.take()) await this.find(next)
    this.isSeeking = false
  }

  private take(): SignedBlock | undefined {
    const { wanted } = this
    this.wanted = undefined
    return wanted?.hash === this.known ? undefined : wanted
  }

  /** What cannot be had now is looked for again when the next head tells it: heads are answered at without it. */
  private async find(block: SignedBlock): Promise<void> {
    const { headers, signal, onFound } = this.options
    const ask = { signal, evidence: new Evidence() }
    const found = await headers.byHash(asHash(hexToBytes(block.hash)), ask).catch(() => undefined)
    if (found?.isCanonical !== true || !headers.isCanonical(found.header)) return
    this.known = block.hash
    onFound({ ...block, header: found.header })
  }
}
