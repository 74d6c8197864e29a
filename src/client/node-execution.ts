/** Executing blocks by this tab's own node, as the user wants it. */
import { systemClock } from '../chain/clock.ts'
import type { Network } from '../chain/network.ts'
import { beamSettings } from './beam-settings.ts'
import { BlockExecution } from './block-execution.ts'
import type { OwnNode } from './own-node.ts'
import type { PageWatch } from './page-watch.ts'
import type { BeamtabOptions } from './public-types.ts'
import type { StatusBoard } from './status-board.ts'

export interface NodeExecutionOptions {
  readonly chain: Network
  readonly options: BeamtabOptions
  readonly page: PageWatch
  /** Not asked for before a tab leads. */
  readonly node: () => OwnNode
  readonly status: () => StatusBoard
}

/** @throws {BeamError} see {@link beamSettings} */
export function nodeExecution({ chain, options, page, node, status }: NodeExecutionOptions): BlockExecution {
  const settings = beamSettings(chain, options)
  const { despite = [], onNews } = options.beam ?? {}
  return new BlockExecution({
    ...{ wanted: options.mode ?? 'light', despite, page, clock: systemClock },
    start: async (events) => (settings === undefined ? undefined : node().startBeam(settings, events)),
    stop: () => node().stopBeam(),
    onStatus: (mode, beam) => status().tell({ mode, beam }),
    onNews: (news) => {
      onNews?.(news)
      const isCounted = news.kind === 'block' && news.block.record.kind !== 'none'
      if (isCounted)
        node()
          .readStore()
          .catch(() => undefined)
    },
    onProblem: (problem) => status().tellStore({ problem }),
  })
}
