/** Transactions that a wallet has sent: each is looked for until it is proven, and compared with what the wallet was asked. */
import type { Clock } from '../../chain/clock.ts'
import type { BeamtabWarning, Verification } from '../public-types.ts'
import type { AskNode } from './signer-pass-through.ts'
import { differencesOf, foundFields, type TransactionFields } from './transaction-fields.ts'

/** A third of a slot: a transaction that is in a block is seen before the next one. */
export const LOOK_INTERVAL_MS = 4_000

/** Five minutes: 25 slots. One that pays its fee is in a block by then, and one that does not may wait for days. */
export const MAX_LOOKS = 75

/** Looked for at once, each at the cost of a request every four seconds. */
export const MAX_LOOKED_FOR = 32

export interface SentTransactionsOptions {
  readonly ask: AskNode
  readonly clock: Clock
  readonly warn: (warning: BeamtabWarning) => void
}

export class SentTransactions {
  /** Ends the wait for the next look. */
  private readonly waits = new Map<object, () => void>()
  private isClosed = false

  constructor(private readonly options: SentTransactionsOptions) {}

  /** @param hash as the wallet said it */
  watch(hash: string, asked: TransactionFields): void {
    if (this.isClosed) return
    if (this.waits.size >= MAX_LOOKED_FOR) return this.notCompared(hash, `${MAX_LOOKED_FOR} others are looked for`)
    this.lookLater({ hash, asked, looks: 0, problem: 'no server knows it' })
  }

  close(): void {
    this.isClosed = true
    for (const stop of this.waits.values()) stop()
    this.waits.clear()
  }

  private lookLater(sent: Sent): void {
    if (this.isClosed) return
    if (sent.looks >= MAX_LOOKS) {
      this.waits.delete(sent)
      return this.notCompared(sent.hash, sent.problem)
    }
    this.waits.set(
      sent,
      this.options.clock.after(LOOK_INTERVAL_MS, () => void this.look(sent)),
    )
  }

  private async look(sent: Sent): Promise<void> {
    sent.looks += 1
    try {
      const { result, verification } = await this.options.ask({
        method: 'eth_getTransactionByHash',
        params: [sent.hash],
        allowUnverified: true,
      })
      const found = foundFields(result)
      // A server's word is not compared: it could accuse a wallet, or acquit it.
      if (found !== undefined && verification.level !== 'unverified') return this.compare(sent, found, verification)
      sent.problem = found === undefined ? 'no server knows it' : 'nothing proves what servers say of it'
    } catch (error) {
      sent.problem = (error as Error).message
    }
    this.lookLater(sent)
  }

  private compare(sent: Sent, found: TransactionFields, verification: Verification): void {
    this.waits.delete(sent)
    const differences = differencesOf(sent.asked, found)
    if (this.isClosed || differences.length === 0) return
    const names = differences.map(({ field }) => field).join(', ')
    const message = `the wallet sent another transaction than it was asked to: ${names} differ in ${sent.hash}`
    this.options.warn({ kind: 'sent-differently', message, hash: sent.hash, differences, verification })
  }

  private notCompared(hash: string, reason: string): void {
    const message = `the wallet's transaction ${hash} was not compared with what it was asked: ${reason}`
    this.options.warn({ kind: 'not-compared', message, hash, reason })
  }
}

interface Sent {
  readonly hash: string
  readonly asked: TransactionFields
  looks: number
  /** Why it has not been compared. */
  problem: string
}
