/** Opens what a mode of `gateway` serves. */
import { startDevnet } from '../../server/devnet/start-devnet.ts'
import { serveExecutionHead } from '../../server/foreign/serve-execution-head.ts'
import { serveImportedChain } from '../../server/foreign/serve-imported.ts'
import { serveRecorded } from '../../server/gateway/recorded/serve-recorded.ts'
import { gatewayLog } from '../../server/gateway/run-gateway.ts'
import type { ServedChain } from '../../server/gateway/served-chain.ts'
import { serveUpstreams } from '../../server/gateway/upstream/serve-upstreams.ts'
import { presetByName } from '../chain/beacon-preset.ts'
import type { GatewayMode } from './gateway-options.ts'

/** Resolves when the first head can be served. */
export async function openChain(mode: GatewayMode): Promise<ServedChain> {
  switch (mode.kind) {
    case 'devnet':
      return startDevnet(mode.options)
    case 'imported': {
      const { genesis, chain, host } = mode
      // Faults are for chains of our own making: this one is compared with what its maker's clients say.
      return { ...(await serveImportedChain({ genesis, chain, ...host, ...ageSlots(mode) })), falseViews: undefined }
    }
    case 'files':
      return openRecorded(mode)
    case 'relay':
      return serveUpstreams(mode)
    case 'executionHead': {
      const { url, rules, cacheFolder, host } = mode
      const log = gatewayLog()
      const onTrouble = (message: string): void => log.error(message)
      return serveExecutionHead({ url, rules, cacheFolder, onTrouble, ...host, ...ageSlots(mode) })
    }
  }
}

async function openRecorded(mode: Extract<GatewayMode, { kind: 'files' }>): Promise<ServedChain> {
  const { folder, network, blocks, host } = mode
  const log = gatewayLog()
  const onFailure = (error: unknown): void => log.error({ err: error }, 'a recorded block cannot become the head')
  const chain = await serveRecorded({ folder, network, blocks, onFailure, ...host, ...ageSlots(mode) })
  for (const { file, reason } of chain.execution.leftOut) log.warn({ file, reason }, 'a file is not in the chain')
  return chain
}

/** Beacon blocks of our own on execution blocks that others made. */
type HostedMode = Pick<Extract<GatewayMode, { kind: 'imported' }>, 'agePeriods' | 'host'>

function ageSlots({ agePeriods, host }: HostedMode): {
  readonly ageSlots?: number
} {
  if (agePeriods === undefined) return {}
  const { slotsPerEpoch, epochsPerSyncCommitteePeriod } = presetByName(host.preset ?? 'mainnet')
  return { ageSlots: Math.round(agePeriods * slotsPerEpoch * epochsPerSyncCommitteePeriod) }
}
