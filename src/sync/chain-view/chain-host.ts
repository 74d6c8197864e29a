/** Who answers from the chain's view, as the node worker knows it: the room that does is above this one. */
import type { Clock } from '../../chain/clock.ts'
import type { Network } from '../../chain/network.ts'
import type { WasmCrypto } from '../../execution/crypto/wasm-crypto.ts'
import type { ChainView } from './chain-view.ts'
import type { CallRunner } from './run-call.ts'

export interface ChainHostParts {
  readonly network: Network
  readonly crypto: WasmCrypto
  readonly clock: Clock
  readonly view: ChainView
  readonly calls: CallRunner
  /** Told of defects of ours: an answer that failed for no reason that it should. */
  readonly onDefect: (method: string, error: unknown) => void
}

export interface ChainHost {
  /** Somebody asks by this port from now on, and is answered. */
  open(port: MessagePort): void
  /** Somebody in another tab asks by the broadcast channel of this name. Of one that is open, its state is told again. */
  openChannel(name: string): void
  closeChannel(name: string): void
  /** The head is another, or there is none any more. */
  headChanged(): void
  close(): void
}

export type OpenChainHost = (parts: ChainHostParts) => ChainHost
