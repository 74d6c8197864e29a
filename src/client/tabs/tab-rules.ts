/** What an answer of this tab rests on, in a form in which tabs compare it. */
import type { Network } from '../../chain/network.ts'
import { followSettings } from '../follow-settings.ts'
import { stateServers } from '../beam-settings.ts'
import type { BeamtabOptions } from '../public-types.ts'
import { TAB_PROTOCOL } from './tab-messages.ts'

/**
 * The same for two tabs whose answers are worth the same to each: the same chain, the same place to start from and those who
 * may name it, the same age at which a head is too old; and the same servers, so that nobody hears of what a tab reads but
 * those whom its own user named. A page that a link led to a checkpoint has other rules than one whose user chose it.
 */
export function tabRules(network: Network, options: BeamtabOptions): string {
  const rules = {
    protocol: TAB_PROTOCOL,
    network: options.network,
    follow: followSettings(network, options.follow),
    servers: stateServers(network, options),
    maxHeadAge: options.maxHeadAge === undefined ? undefined : String(options.maxHeadAge),
  }
  return JSON.stringify(rules)
}
