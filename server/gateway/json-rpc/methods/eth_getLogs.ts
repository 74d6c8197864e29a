import type { ExecutionBlock } from '../../../execution/execution-source.ts'
import { UnavailableError } from '../../../execution/execution-source.ts'
import { equalBytes } from '../../../../src/execution/words.ts'
import { checkKept } from '../chain-reader.ts'
import type { JsonObject } from '../../../../src/network/json-rpc/json.ts'
import type { RpcContext } from '../method.ts'
import { method } from '../method.ts'
import { logTest } from '../../../../src/network/json-rpc/objects/log-test.ts'
import { bloomTest, logJson, logsOf } from '../../../../src/network/json-rpc/objects/logs.ts'
import { bytesOf, decodeList } from '../../../../src/network/json-rpc/objects/rlp-items.ts'
import type { LogPlace } from '../../../../src/network/json-rpc/params/log-filter.ts'
import { logFilter } from '../../../../src/network/json-rpc/params/log-filter.ts'
import { invalidParams, limitExceeded } from '../../../../src/network/json-rpc/rpc-error.ts'

/**
 * Logs of a block, or of a range of the canonical chain. A range that reaches past the head is refused, as by geth: what
 * is not there yet must not look like a range without logs.
 */
export const eth_getLogs = method({
  params: [logFilter],
  run: async (context, [{ criteria, place }]) => {
    const logs: JsonObject[] = []
    const mayMatch = bloomTest(criteria, context.crypto.keccak)
    const isWanted = logTest(criteria)
    for await (const block of blocksOf(context, place)) {
      if (!mayMatch(bloomOf(block))) continue
      logs.push(...(await logsIn(context, block, isWanted)))
      if (logs.length > context.limits.logs)
        throw limitExceeded(`more than ${context.limits.logs} logs: ask for fewer blocks`)
    }
    return logs
  },
})

async function* blocksOf(
  { chain, source, limits, signal, turn }: RpcContext,
  place: LogPlace,
): AsyncGenerator<ExecutionBlock> {
  if (place.kind === 'block') {
    yield await chain.get({ kind: 'hash', hash: place.hash, chain: 'any' })
    return
  }
  const { head, serves } = await source.status()
  const numberOf = async (end: typeof place.from): Promise<number> =>
    end.kind === 'number' ? end.number : (await chain.get(end)).number
  const [from, to] = [await numberOf(place.from), await numberOf(place.to)]
  if (from > to) throw invalidParams('invalid block range params')
  if (to > head.number) throw invalidParams('block range extends beyond current head block')
  if (to - from >= limits.logBlocks) throw limitExceeded(`exceed maximum block range: ${limits.logBlocks}`)
  checkKept(serves, 'receipts', from)
  let before: ExecutionBlock | undefined
  for (let number = from; number <= to; number++) {
    signal.throwIfAborted()
    const block = await chain.canonical(number)
    if (block === undefined || (before !== undefined && !equalBytes(block.parentHash, before.hash))) {
      throw new UnavailableError('the chain changed during the query; ask again')
    }
    yield block
    before = block
    if ((number - from) % BLOCKS_PER_TURN === 0) await turn()
  }
}

async function logsIn(
  { chain }: RpcContext,
  block: ExecutionBlock,
  isWanted: ReturnType<typeof logTest>,
): Promise<JsonObject[]> {
  const decoded = chain.decoded(block)
  return logsOf(await chain.receipts(decoded))
    .filter(({ log }) => isWanted(log))
    .map((log) => logJson(decoded, log, 'added'))
}

/** A millisecond's work, where no bloom matches. */
const BLOCKS_PER_TURN = 32

const bloomOf = ({ header }: ExecutionBlock): Uint8Array =>
  bytesOf(decodeList(header, 'the header')[LOGS_BLOOM], 'logsBloom', 256)

/** Place in the header's list (yellow paper 4.3). */
const LOGS_BLOOM = 6
