/** Errors of a request as JSON-RPC has them, with what to do about each. */
import { CallError } from '../execution/call/call-error.ts'
import { EvmLostError } from '../sync/evm/evm-seat.ts'
import { EvmBusyError } from '../sync/evm/evm-pool.ts'
import { messageOf } from '../chain/thrown.ts'
import { internalError, prunedHistory, RpcError, unavailable, limitExceeded } from '../network/json-rpc/rpc-error.ts'
import { ChainUnavailableError } from '../sync/beam/import-fetcher.ts'
import { HistoryUnavailableError, NoHeadError, SourceUnavailableError } from '../sync/chain-view/chain-view-error.ts'
import { FetchBoundError, StateUnavailableError } from '../sync/state-fetch/fetch-error.ts'
import { PoolFullError } from '../sync/state-fetch/content-pool.ts'
import { SelectorFullError } from '../sync/state-fetch/selector-full-error.ts'

/** EIP-1193: connected to no chain. */
const DISCONNECTED = 4900

/** @param onDefect told of what is nobody's fault but ours */
export function asRpcError(error: unknown, onDefect: (error: unknown) => void): RpcError {
  if (error instanceof RpcError) return error
  if (error instanceof CallError) return new RpcError(error.code, error.message, error.data)
  if (error instanceof NoHeadError) return new RpcError(DISCONNECTED, `nothing can be answered now: ${error.message}`)
  if (error instanceof HistoryUnavailableError) return prunedHistory(error.message)
  if (isUnavailable(error)) return unavailable(messageOf(error))
  if (
    error instanceof FetchBoundError ||
    error instanceof PoolFullError ||
    error instanceof SelectorFullError ||
    error instanceof EvmBusyError
  )
    return limitExceeded(error.message)
  onDefect(error)
  return internalError()
}

const isUnavailable = (error: unknown): boolean =>
  error instanceof StateUnavailableError ||
  error instanceof ChainUnavailableError ||
  error instanceof SourceUnavailableError ||
  error instanceof EvmLostError
