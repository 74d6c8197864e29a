/** A generated beacon chain as a gateway serves it, whatever its payloads are. */
import { bytesToHex } from '@ethereumjs/util'
import type { Hex } from '../../src/chain/bytes.ts'
import type { Network } from '../../src/chain/network.ts'
import type { BeaconSource } from '../beacon-api/beacon-source.ts'
import type { BeaconChain } from './beacon-chain.ts'
import type { NetworkFile } from './devnet-network.ts'
import { equivocatingSource, forgingSource } from './false-sources.ts'

/** Views of the chain that are old or false, each a source of its own. */
export interface FalseBeacons {
  /** As of {@link STALE_SLOTS} slots ago. */
  readonly staleHead: BeaconSource
  /** Another head, signed by the same committee. */
  readonly equivocatingHead: BeaconSource
  /** Updates that no client may follow. */
  readonly forgedUpdate: BeaconSource
}

export interface GatewayChain {
  readonly beacon: BeaconSource
  /** With the checkpoint, without servers. */
  readonly network: Network
  /** With one server of each kind, all at the URL. */
  networkFile(url: string): NetworkFile
  /** Root of the block that a client may start from. */
  readonly checkpoint: Hex
  readonly falseViews: FalseBeacons
  /** The chain itself, for who looks closer than a client can: tests. */
  readonly beaconChain: BeaconChain
  close(): Promise<void>
}

/** More than any client takes for a head that is on time: a slot and a minute, with slots of 4 s. */
const STALE_SLOTS = 32

export function gatewayChain(beaconChain: BeaconChain): GatewayChain {
  return {
    beacon: beaconChain.beacon,
    network: beaconChain.network,
    networkFile: (url) =>
      beaconChain.networkFile([
        { kind: 'gateway', url },
        { kind: 'beacon', url },
        { kind: 'execution', url },
      ]),
    checkpoint: bytesToHex(beaconChain.checkpoint.root),
    falseViews: {
      staleHead: beaconChain.staleSource(STALE_SLOTS),
      equivocatingHead: equivocatingSource(beaconChain.beacon, beaconChain.chain),
      forgedUpdate: forgingSource(beaconChain.beacon, beaconChain.chain),
    },
    beaconChain,
    close: () => beaconChain.close(),
  }
}
