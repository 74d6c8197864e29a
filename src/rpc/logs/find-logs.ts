/**
 * All logs of a block or a range that a filter wants, and none left out: of every block the header is proven, and either its
 * bloom excludes it or all its receipts are proven by that header. What cannot be proven rejects.
 */
import type { RawHeader } from '../../execution/block/raw-block.ts'
import { equalBytes } from '../../execution/words.ts'
import type { JsonObject } from '../../network/json-rpc/json.ts'
import { logTest } from '../../network/json-rpc/objects/log-test.ts'
import { bloomTest, logJson } from '../../network/json-rpc/objects/logs.ts'
import type { LogFilter } from '../../network/json-rpc/params/log-filter.ts'
import { limitExceeded, unavailable } from '../../network/json-rpc/rpc-error.ts'
import { pause } from '../../network/pause.ts'
import { LANES, MAX_ATTEMPTS, MAX_LOGS } from './constants.ts'
import { inLanes } from './in-lanes.ts'
import { readRange, type LogContext, type LogRange } from './log-range.ts'

/**
 * Of one chain from end to end: the range hangs on its last block's hash. Where that block is no part of the chain any more
 * when all is read, it is read again; what is the same is still at hand.
 * @throws {RpcError} as {@link readRange}; -32005 for too many logs; -32002 where the chain will not hold still
 */
export async function findLogs({ criteria, place }: LogFilter, context: LogContext): Promise<readonly JsonObject[]> {
  const { ask, crypto } = context
  const mayMatch = bloomTest(criteria, crypto.keccak)
  const isWanted = logTest(criteria)
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const range = await readRange(place, mayMatch, context)
    const logs = await logsIn(range, isWanted, context)
    if (place.kind === 'range' && !(await isStill(range.end, context))) continue
    ask.evidence.at(range.end)
    ask.evidence.remark(told(range))
    return logs
  }
  throw unavailable(`the chain changed ${MAX_ATTEMPTS} times during the query; ask again`)
}

async function logsIn(
  { wanted }: LogRange,
  isWanted: ReturnType<typeof logTest>,
  { blocks, clock, ask }: LogContext,
): Promise<readonly JsonObject[]> {
  let count = 0
  let work = 0
  const found = await inLanes(wanted, LANES, async (header) => {
    const { logs, ...place } = await blocks.logs.of(header, ask)
    const matching = logs.filter(({ log }) => isWanted(log))
    count += matching.length
    if (count > MAX_LOGS) throw limitExceeded(`more than ${MAX_LOGS} logs: ask for fewer blocks`)
    work += logs.length
    if (work > LOGS_AT_ONCE) {
      work = 0
      await pause(clock, 0, ask.signal)
    }
    return matching.map((log) => logJson(place, log, 'added'))
  })
  return found.flat()
}

/** Logs between two looks at whether somebody else has something to do: some ten milliseconds' work. */
const LOGS_AT_ONCE = 100_000

async function isStill(end: RawHeader, { view, ask }: LogContext): Promise<boolean> {
  const now = await view.headerAt(end.number, ask)
  return now !== undefined && equalBytes(now.hash, end.hash)
}

const told = ({ blocks, wanted, fetched }: LogRange): string =>
  `of ${blocks} blocks, blooms exclude ${blocks - wanted.length}; receipts of ${wanted.length} are proven, ${fetched} of them fetched`
