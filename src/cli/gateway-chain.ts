/**
 * Opens what a mode of `gateway` serves. Each mode loads its own modules only: those of the others would hold a devnet's
 * start up by a third of a second.
 */
import type { ServedChain } from '../../server/gateway/served-chain.ts'
import { presetByName } from '../chain/beacon-preset.ts'
import type { GatewayMode } from './gateway-options.ts'

/** Resolves when the first head can be served. */
export async function openChain(mode: GatewayMode): Promise<ServedChain> {
  switch (mode.kind) {
    case 'devnet': {
      const { startDevnet } = await import('../../server/devnet/start-devnet.ts')
      return startDevnet(mode.options)
    }
    case 'imported': {
      const { serveImportedChain } = await import('../../server/foreign/serve-imported.ts')
      const { genesis, chain, host } = mode
      // Faults are for chains of our own making: this one is compared with what its maker's clients say.
      return { ...(await serveImportedChain({ genesis, chain, ...host, ...ageSlots(mode) })), falseViews: undefined }
    }
    case 'files':
      return openRecorded(mode)
    case 'relay': {
      const { serveUpstreams } = await import('../../server/gateway/upstream/serve-upstreams.ts')
      return serveUpstreams(mode)
    }
    case 'executionHead': {
      const { serveExecutionHead } = await import('../../server/foreign/serve-execution-head.ts')
      const { url, rules, cacheFolder, host } = mode
      const log = await openLog()
      const onTrouble = (message: string): void => log.error(message)
      return serveExecutionHead({ url, rules, cacheFolder, onTrouble, ...host, ...ageSlots(mode) })
    }
  }
}

async function openRecorded(mode: Extract<GatewayMode, { kind: 'files' }>): Promise<ServedChain> {
  const { serveRecorded } = await import('../../server/gateway/recorded/serve-recorded.ts')
  const { folder, network, blocks, host } = mode
  const log = await openLog()
  const onFailure = (error: unknown): void => log.error({ err: error }, 'a recorded block cannot become the head')
  const chain = await serveRecorded({ folder, network, blocks, onFailure, ...host, ...ageSlots(mode) })
  for (const { file, reason } of chain.execution.leftOut) log.warn({ file, reason }, 'a file is not in the chain')
  return chain
}

const openLog = async () => (await import('../../server/gateway/gateway-log.ts')).gatewayLog()

/** Beacon blocks of our own on execution blocks that others made. */
type HostedMode = Pick<Extract<GatewayMode, { kind: 'imported' }>, 'agePeriods' | 'host'>

function ageSlots({ agePeriods, host }: HostedMode): {
  readonly ageSlots?: number
} {
  if (agePeriods === undefined) return {}
  const { slotsPerEpoch, epochsPerSyncCommitteePeriod } = presetByName(host.preset ?? 'mainnet')
  return { ageSlots: Math.round(agePeriods * slotsPerEpoch * epochsPerSyncCommitteePeriod) }
}
