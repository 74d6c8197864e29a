/** A light client from what a user says: URLs, a root, how cautious to be. */
import { hexToBytes, type PrefixedHexString } from '@ethereumjs/util'
import { asRoot } from '../../chain/bytes.ts'
import type { Network } from '../../chain/network.ts'
import { beaconServer } from '../../network/beacon/beacon-server.ts'
import { ExecutionRpcServer } from '../../network/execution/execution-rpc-server.ts'
import { ServerUrlError } from '../../network/http/server-url.ts'
import type { HttpTransport } from '../../network/http/transport.ts'
import type { RequestServer } from '../../network/request-server.ts'
import { rootsOfNetwork } from '../checkpoint/checkpoint-policy.ts'
import { httpSource } from '../checkpoint/http-source.ts'
import { LightClient, type LightClientOptions } from './light-client.ts'
import { NO_LIGHT_CLIENT_STORAGE } from './light-client-storage.ts'

/** Plain data: it goes to the worker. */
export interface FollowSettings {
  /** Base URLs of beacon nodes. */
  readonly beacon: readonly string[]
  /** Base URLs of execution nodes' JSON-RPC. */
  readonly execution: readonly string[]
  readonly checkpoint: PrefixedHexString | undefined
  readonly checkpointSources: readonly string[]
  readonly oldCheckpoints: 'refuse' | 'allow'
  /** Whether the storage is used, whose chain counts as trusted when it is found again. */
  readonly chain: 'kept' | 'discarded'
}

export interface FollowSurroundings extends Omit<LightClientOptions, 'servers' | 'checkpoint'> {
  /** Whether the network came with this program or is the user's own, whose checkpoint then is given by the user. */
  readonly networkOrigin: 'built-in' | 'file'
  readonly transport: HttpTransport
}

export type FollowStart =
  | { readonly kind: 'ready'; readonly client: LightClient }
  /** Something given is no URL of a server, or there is too much of it. */
  | { readonly kind: 'refused'; readonly error: Error }

/** The client is to be started by the caller. */
export function followChain(settings: FollowSettings, surroundings: FollowSurroundings): FollowStart {
  try {
    return { kind: 'ready', client: lightClientOf(settings, surroundings) }
  } catch (error) {
    if (error instanceof ServerUrlError || error instanceof RangeError) return { kind: 'refused', error }
    throw error
  }
}

/** @throws {ServerUrlError} @throws {RangeError} */
function lightClientOf(settings: FollowSettings, surroundings: FollowSurroundings): LightClient {
  const { network, networkOrigin, transport } = surroundings
  const { given, builtIn } = rootsOfNetwork(network, networkOrigin)
  return new LightClient({
    ...surroundings,
    storage: settings.chain === 'kept' ? surroundings.storage : NO_LIGHT_CLIENT_STORAGE,
    servers: serversOf(network, settings, transport),
    checkpoint: {
      given: settings.checkpoint === undefined ? given : asRoot(hexToBytes(settings.checkpoint)),
      builtIn,
      sources: settings.checkpointSources.map((url) => httpSource(url, network.preset, transport)),
      oldCheckpoints: settings.oldCheckpoints,
    },
  })
}

function serversOf(network: Network, { beacon, execution }: FollowSettings, transport: HttpTransport): RequestServer[] {
  return [
    ...beacon.map((url) => beaconServer({ url, network, transport })),
    ...execution.map((url) => new ExecutionRpcServer(url, transport)),
  ]
}
