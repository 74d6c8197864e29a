/** Runs a call in an EVM worker: on guesses until nothing is missing, all that a run missed asked for in one message. */
import type { WasmCrypto } from '../crypto/wasm-crypto.ts'
import { CallError } from '../call/call-error.ts'
import type { CallContext } from '../call/call-block.ts'
import { createAccessList } from '../call/create-access-list.ts'
import { estimateGas } from '../call/estimate-gas.ts'
import { ethCall } from '../call/eth-call.ts'
import { Gatherer, GatheringError } from '../call/gathering.ts'
import type { FlatReader } from '../../state/flat-reader.ts'
import type { CallAnswer, CallHome, CallJob } from './call-messages.ts'
import type { CodeCache } from './code-cache.ts'
import type { SlicedJob } from './sliced-job.ts'

export interface CallTools {
  readonly crypto: WasmCrypto
  readonly codes: CodeCache
  /** Milliseconds. */
  readonly now: () => number
  readonly job: SlicedJob
}

/** EIP-1474. */
const LIMIT_EXCEEDED = -32005

/** @throws what the home throws */
export async function answerCall(work: CallJob, home: CallHome, tools: CallTools): Promise<CallAnswer> {
  const { crypto, codes, now, job } = tools
  const { network, header, request, gasCap } = work
  const gatherer = new Gatherer({
    ...{ keccak: crypto.keccak, codes, now },
    fetch: (missing) => job.away(home.values(missing)),
  })
  const blockHash = (number: number) => job.away(home.blockHash(number))
  const context = (reader: FlatReader): CallContext => ({
    ...{ network, header, reader, blockHash, crypto, gasCap, pace: job },
  })
  const run = async <T>(of: (context: CallContext) => Promise<T>): Promise<T> =>
    (await gatherer.run((reader) => of(context(reader)))).result
  try {
    switch (work.method) {
      case 'call':
        return { kind: 'output', output: await run((on) => ethCall(request, on)) }
      case 'estimateGas':
        // One run finds what all of the search's twenty read; how it ends is the search's affair.
        await run((on) => ethCall(request, on)).catch(onlyCallErrors)
        return { kind: 'gas', gas: await run((on) => estimateGas(request, on)) }
      case 'createAccessList':
        return { kind: 'access-list', list: await run((on) => createAccessList(request, on)) }
    }
  } catch (error) {
    // An error loses its class on its way to another thread.
    if (error instanceof GatheringError)
      return { kind: 'failed', code: LIMIT_EXCEEDED, message: error.message, data: undefined }
    if (!(error instanceof CallError)) throw error
    const { code, message, data } = error
    return { kind: 'failed', code, message, data }
  }
}

function onlyCallErrors(error: unknown): void {
  if (!(error instanceof CallError)) throw error
}
