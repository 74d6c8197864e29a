import type { Clock } from '../chain/clock.ts'
import type { Network } from '../chain/network.ts'
import type { WasmCrypto } from '../execution/crypto/wasm-crypto.ts'
import type { ChainView } from '../sync/chain-view/chain-view.ts'
import type { CallRunner } from '../sync/chain-view/run-call.ts'
import type { BlockReader } from './block-reader.ts'
import type { SentTransactions } from './sending/sent-transactions.ts'

/** What all requests share. */
export interface RpcSetting {
  readonly network: Network
  readonly crypto: WasmCrypto
  readonly clock: Clock
  readonly view: ChainView
  readonly blocks: BlockReader
  readonly calls: CallRunner
  readonly sent: SentTransactions
}
