/** Which logs of a block a listener was told of: taken back as they were told, though nobody may have the block any more. */
import type { RawHeader } from '../../execution/block/raw-block.ts'
import type { JsonObject } from '../../network/json-rpc/json.ts'
import { logTest } from '../../network/json-rpc/objects/log-test.ts'
import { bloomTest, logJson } from '../../network/json-rpc/objects/logs.ts'
import type { LogCriteria } from '../../network/json-rpc/params/log-filter.ts'
import { hashKey } from '../../state/hash-key.ts'
import type { Ask } from '../../sync/chain-view/evidence.ts'
import { headerFacts } from '../logs/header-facts.ts'
import type { RpcSetting } from '../rpc-setting.ts'
import type { ChainStep } from './chain-feed.ts'
import { MAX_TOLD, MAX_TOLD_LOGS } from './constants.ts'

/** Always: at most {@link MAX_TOLD} blocks and {@link MAX_TOLD_LOGS} logs are remembered, the newest. */
export class ToldLogs {
  private readonly mayMatch: (bloom: Uint8Array) => boolean
  private readonly isWanted: ReturnType<typeof logTest>
  /** As they were told, by block. */
  private readonly told = new Map<string, readonly JsonObject[]>()
  private count = 0

  constructor(
    criteria: LogCriteria,
    private readonly setting: RpcSetting,
  ) {
    this.mayMatch = bloomTest(criteria, setting.crypto.keccak)
    this.isWanted = logTest(criteria)
  }

  /** Whether the block may have such logs; false is certain. */
  mayHave(header: RawHeader): boolean {
    return this.mayMatch(headerFacts(header).bloom)
  }

  /** All of the block that are wanted, proven. @throws as {@link LogReader.of} */
  async of({ fate, header }: ChainStep, ask: Ask): Promise<readonly JsonObject[]> {
    if (!this.mayHave(header)) return []
    const told = this.told.get(hashKey(header.hash))
    if (told !== undefined && fate === 'removed') return told.map((log) => ({ ...log, removed: true }))
    const { logs, ...place } = await this.setting.blocks.logs.of(header, ask)
    return logs.filter(({ log }) => this.isWanted(log)).map((log) => logJson(place, log, fate))
  }

  /** These were told. */
  note({ fate, header }: ChainStep, logs: readonly JsonObject[]): void {
    const key = hashKey(header.hash)
    this.count -= this.told.get(key)?.length ?? 0
    this.told.delete(key)
    if (fate === 'removed' || !this.mayHave(header)) return
    this.told.set(key, logs)
    this.count += logs.length
    for (const [oldest, { length }] of this.told) {
      if (this.told.size <= MAX_TOLD && this.count <= MAX_TOLD_LOGS) return
      this.told.delete(oldest)
      this.count -= length
    }
  }
}
