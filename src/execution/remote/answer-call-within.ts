/**
 * A call traced between two transactions of a block in an EVM worker. What it reads on the state before the block is gathered
 * on guesses, as that is mostly what it reads later; then the transactions and the call run in order on known values alone.
 */
import { RLP } from '@ethereumjs/rlp'
import type { FlatReader } from '../../state/flat-reader.ts'
import type { CallContext } from '../call/call-block.ts'
import { CallError } from '../call/call-error.ts'
import { ethCall } from '../call/eth-call.ts'
import { Gatherer, GatheringError } from '../call/gathering.ts'
import { rememberedHashes } from '../call/remembered-hashes.ts'
import { watchBlock, type BlockWatcher } from '../call/tracers/trace-block.ts'
import { traceCall } from '../call/tracers/trace-call.ts'
import type { Json } from '../call/tracers/tracer.ts'
import { onBlock, type AskedState, type BlockTraceTools } from './answer-call-traces.ts'
import type { CallJob, TracedCallWithin } from './call-messages.ts'

type CallWithinJob = Extract<CallJob, TracedCallWithin>

/** @throws {GatheringError} {TraceSizeError} {ComputingLimitError} {CallError} @throws what the home throws */
export async function answerCallWithin(work: CallWithinJob, tools: BlockTraceTools): Promise<Json> {
  const { network, request, config, gasCap } = work
  const { crypto, home, job } = tools
  const blockHash = rememberedHashes((number) => job.away(() => home.blockHash(number)))
  const header = headerOf(work.block)
  const context = (reader: FlatReader): CallContext => ({
    ...{ network, header, reader, blockHash, crypto, gasCap, pace: job },
  })
  return onBlock(work, work.after, tools, async (input, asked) => {
    await gatherAhead((reader) => ethCall(request, context(reader)), asked, tools)
    const state = await watchBlock(input, UNWATCHED)
    state.resetTransaction()
    return traceCall(request, config, context(input.reader), { state })
  })
}

const UNWATCHED: BlockWatcher = { begin: () => undefined, done: () => undefined }

const headerOf = (block: Uint8Array): Uint8Array => RLP.encode((RLP.decode(block) as Uint8Array[][])[0])

/** As far as it goes: what is missed here is asked for later, and how the call ends here does not matter. */
async function gatherAhead(
  run: (reader: FlatReader) => Promise<unknown>,
  asked: AskedState,
  { crypto, codes, now }: BlockTraceTools,
): Promise<void> {
  const gatherer = new Gatherer({
    ...{ keccak: crypto.keccak, codes, now, known: asked.values },
    fetch: (missing) => asked.ask(missing, 'none'),
  })
  try {
    await gatherer.run(run)
  } catch (error) {
    if (!(error instanceof CallError || error instanceof GatheringError)) throw error
  }
}
