/** A client's provider as a server of another client, with nothing but bytes between them. */
import type { Network } from '../../chain/network.ts'
import { caught, decodeBootstrap, decodeUpdate, forkOfDigest } from '../../consensus/containers/decode.ts'
import type { EncodedObject } from '../../consensus/containers/encode.ts'
import { RequestError, type RequestServer } from '../../network/request-server.ts'
import type { LightClientProvider } from './light-client-provider.ts'

export function providerServer(name: string, network: Network, provider: LightClientProvider): RequestServer {
  const held = (object: EncodedObject | undefined, what: string): EncodedObject => {
    if (object === undefined) throw new RequestError({ code: 'absent' }, `${name} has no ${what}`)
    return object
  }
  const forkOf = ({ forkDigest }: EncodedObject) => forkOfDigest(network, forkDigest, name)
  const update = (kind: 'update' | 'finalityUpdate' | 'optimisticUpdate', object: EncodedObject) =>
    decodeUpdate(network, kind, forkOf(object), object.ssz)
  return {
    name,
    capabilities: { 'light-client': { kind: 'all' } },
    answers: {
      bootstrap: async ({ blockRoot }) => {
        const object = held(provider.bootstrap(blockRoot), 'bootstrap')
        return decodeBootstrap(network, forkOf(object), object.ssz)
      },
      updates: async ({ startPeriod, count }) =>
        provider.updates(startPeriod, count).map((object) => caught(() => update('update', object))),
      finalityUpdate: async () => update('finalityUpdate', held(provider.finalityUpdate(), 'finality update')),
      optimisticUpdate: async () => update('optimisticUpdate', held(provider.optimisticUpdate(), 'optimistic update')),
    },
    subscribe: () => () => undefined,
  }
}
