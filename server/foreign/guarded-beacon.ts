/** A beacon chain that says why it must not be followed, for as long as that is so. */
import type { BeaconSource } from '../beacon-api/beacon-source.ts'
import { UnavailableError } from '../execution/execution-source.ts'

/**
 * Always: while there is trouble every question fails with it and nothing is told; the network stays known.
 * @param trouble undefined: all is well
 */
export function guardedBeacon(source: BeaconSource, trouble: () => string | undefined): BeaconSource {
  const whole = <T>(ask: () => T): T => {
    const why = trouble()
    if (why !== undefined) throw new UnavailableError(why)
    return ask()
  }
  return {
    network: source.network,
    version: source.version,
    head: () => whole(() => source.head()),
    block: (id) => whole(() => source.block(id)),
    stateBlock: (id) => whole(() => source.stateBlock(id)),
    finalityCheckpoints: (id) => whole(() => source.finalityCheckpoints(id)),
    stateProof: (id, format) => whole(() => source.stateProof(id, format)),
    bootstrap: (root) => whole(() => source.bootstrap(root)),
    bestUpdate: (period) => whole(() => source.bestUpdate(period)),
    finalityUpdate: () => whole(() => source.finalityUpdate()),
    optimisticUpdate: () => whole(() => source.optimisticUpdate()),
    listen: (listener) =>
      source.listen((news) => {
        if (trouble() === undefined) listener(news)
      }),
  }
}
