/** What a mode of the command line (a devnet, recorded files, an imported chain, other nodes) gives the gateway to serve. */
import type { BeaconSource } from '../beacon-api/beacon-source.ts'
import type { ExecutionSource } from '../execution/execution-source.ts'
import type { FalseViews } from '../faults/named-faults.ts'

export interface ServedChain {
  readonly beacon: BeaconSource
  /** Undefined: no JSON-RPC and no state service. */
  readonly execution: ExecutionSource | undefined
  /** The network file as a JSON value, once it is known where the gateway is. */
  readonly networkFile: (url: string) => object
  /** Block root that a client may start from, 0x-hex; null where whoever runs it has to know one. */
  readonly checkpoint: string | null
  /** Undefined: faults and conditions cannot be ordered over HTTP. Given for chains of our own making, never for relayed ones. */
  readonly falseViews: FalseViews | undefined
  /** What `/beamtab` says of it beside what it says of every chain. Default: nothing. */
  readonly about?: object
  /** Ends growth, upstream connections and files. */
  readonly close: () => Promise<void>
}
