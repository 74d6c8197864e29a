/** Logs of blocks as they come and go, told in that order however long their receipts take. */
import { messageOf } from '../../chain/thrown.ts'
import type { JsonObject } from '../../network/json-rpc/json.ts'
import type { LogCriteria } from '../../network/json-rpc/params/log-filter.ts'
import { hashKey } from '../../state/hash-key.ts'
import { pause } from '../../network/pause.ts'
import { Evidence } from '../../sync/chain-view/evidence.ts'
import { LANES } from '../logs/constants.ts'
import type { RpcSetting } from '../rpc-setting.ts'
import { placeAfter, type ChainStep, type FeedListener } from './chain-feed.ts'
import { GIVE_UP_MS, MAX_STEPS, RETRY_MS } from './constants.ts'
import { ToldLogs } from './told-logs.ts'

export interface LogListener {
  readonly deliver: (log: JsonObject) => void
  /** All logs up to this block, by its hash, were delivered. */
  readonly told: (block: Uint8Array) => void
  /** It hears no more. */
  readonly fail: (reason: string) => void
}

interface Entry {
  readonly step: ChainStep
  readonly abort: AbortController
  logs: Promise<readonly JsonObject[]> | undefined
}

/**
 * Always: logs are told block by block in the order of the steps, each block whole; a block that goes before its logs were
 * told is not told of at all. At most {@link MAX_STEPS} wait; where it would be more, the listener is failed.
 */
export class LogQueue implements FeedListener {
  private readonly told: ToldLogs
  private readonly waiting: Entry[] = []
  /** Behind the last step that came. */
  private last: Uint8Array | undefined
  private isWorking = false
  private isEnded = false

  constructor(
    criteria: LogCriteria,
    private readonly setting: RpcSetting,
    private readonly listener: LogListener,
  ) {
    this.told = new ToldLogs(criteria, setting)
  }

  steps(steps: readonly ChainStep[]): void {
    for (const step of steps) if (this.told.mayHave(step.header)) this.take(step)
    if (this.waiting.length > MAX_STEPS) return this.fail('its logs cannot be fetched as fast as blocks come')
    const last = steps.at(-1)
    if (last !== undefined) this.last = placeAfter(last)
    if (this.waiting.length === 0 && this.last !== undefined) this.listener.told(this.last)
    if (!this.isWorking) void this.work()
  }

  fail(reason: string): void {
    if (this.isEnded) return
    this.end()
    this.listener.fail(reason)
  }

  end(): void {
    this.isEnded = true
    for (const { abort } of this.waiting.splice(0)) abort.abort(new Error('the subscription has ended'))
  }

  private take(step: ChainStep): void {
    const key = hashKey(step.header.hash)
    const place = this.waiting.findLastIndex(
      ({ step: { fate, header } }) => fate !== step.fate && hashKey(header.hash) === key,
    )
    if (place === -1) {
      this.waiting.push({ step, abort: new AbortController(), logs: undefined })
      return
    }
    const [entry] = this.waiting.splice(place, 1)
    entry!.abort.abort(new Error('the block is no part of the chain any more'))
  }

  private async work(): Promise<void> {
    this.isWorking = true
    for (let entry = this.waiting[0]; entry !== undefined; entry = this.waiting[0]) {
      const logs = await this.logsOf(entry)
      if (this.waiting[0] !== entry) continue
      if (typeof logs === 'string') {
        this.fail(logs)
        break
      }
      this.waiting.shift()
      this.told.note(entry.step, logs)
      for (const log of logs) this.listener.deliver(log)
      this.listener.told(this.waiting.length === 0 && this.last !== undefined ? this.last : placeAfter(entry.step))
    }
    this.isWorking = false
  }

  /** Those that follow are fetched meanwhile. @returns why they cannot be had, where they cannot */
  private async logsOf(entry: Entry): Promise<readonly JsonObject[] | string> {
    const { clock } = this.setting
    const since = clock.now()
    for (;;) {
      for (const next of this.waiting.slice(0, LANES)) next.logs ??= this.fetched(next)
      try {
        return await (entry.logs ?? [])
      } catch (error) {
        const { signal } = entry.abort
        if (signal.aborted) return []
        if (clock.now() - since >= GIVE_UP_MS)
          return `the logs of block ${entry.step.header.number} cannot be had: ${messageOf(error)}`
        await pause(clock, RETRY_MS, signal)
        if (signal.aborted) return []
      }
    }
  }

  private fetched(entry: Entry): Promise<readonly JsonObject[]> {
    const logs = this.told.of(entry.step, { signal: entry.abort.signal, evidence: new Evidence() })
    logs.catch(() => (entry.logs = undefined))
    return logs
  }
}
