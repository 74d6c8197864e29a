/** What the user says of following the chain, with the defaults filled in. */
import { isHexString } from '@ethereumjs/util'
import type { Network, Server } from '../chain/network.ts'
import type { FollowSettings } from '../sync/light-client/follow-chain.ts'
import { FollowError } from './errors.ts'
import type { BeamtabOptions } from './public-types.ts'

/** Undefined where nothing is to be followed. @throws {FollowError} for a checkpoint that is no block root */
export function followSettings(network: Network, follow: BeamtabOptions['follow'] = {}): FollowSettings | undefined {
  if (follow === 'off') return undefined
  const urls = (kind: Server['kind']) => network.servers.filter((server) => server.kind === kind).map(({ url }) => url)
  const beacon = follow.servers ?? urls('beacon')
  if (beacon.length === 0) return undefined
  const { checkpoint } = follow
  if (checkpoint !== undefined && !isHexString(checkpoint, 32)) {
    throw new FollowError(
      `the checkpoint ${String(checkpoint)} is no block root: 0x and 64 hexadecimal digits are expected`,
    )
  }
  return {
    beacon,
    execution: follow.executionServers ?? urls('execution'),
    checkpoint,
    checkpointSources: follow.checkpointSources ?? beacon,
    oldCheckpoints: follow.allowOldCheckpoint === true ? 'allow' : 'refuse',
    chain: follow.keepChain === false ? 'discarded' : 'kept',
  }
}
