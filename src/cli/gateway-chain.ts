/** Opens what a mode of `gateway` serves. */
import { startDevnet } from '../../server/devnet/start-devnet.ts'
import { serveImportedChain } from '../../server/foreign/serve-imported.ts'
import type { ServedChain } from '../../server/gateway/served-chain.ts'
import { presetByName } from '../chain/beacon-preset.ts'
import { UsageError } from './args.ts'
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
    case 'executionHead':
    case 'relay':
      throw new UsageError(`${mode.kind} cannot be served yet`)
  }
}

function ageSlots({ agePeriods, host }: Pick<Extract<GatewayMode, { kind: 'imported' }>, 'agePeriods' | 'host'>): {
  readonly ageSlots?: number
} {
  if (agePeriods === undefined) return {}
  const { slotsPerEpoch, epochsPerSyncCommitteePeriod } = presetByName(host.preset ?? 'mainnet')
  return { ageSlots: Math.round(agePeriods * slotsPerEpoch * epochsPerSyncCommitteePeriod) }
}
