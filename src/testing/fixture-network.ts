/** Networks that exist in tests only: any preset, any forks. */
import type { PresetName } from '../chain/beacon-preset.ts'
import type { ForkName, Network } from '../chain/network.ts'
import { FORK_NAMES, parseNetworkFile } from '../chain/network.ts'

/** Epochs of forks, those that the network knows. */
export type ForkEpochs = Readonly<Partial<Record<ForkName, number>>>

/** Default: minimal preset, Electra from genesis. */
export function fixtureNetwork(forks: ForkEpochs = { electra: 0 }, preset: PresetName = 'minimal'): Network {
  return parseNetworkFile({
    name: 'fixture',
    chainId: 1337,
    preset,
    slotSeconds: 6,
    genesisTime: 0,
    genesisValidatorsRoot: `0x${'42'.repeat(32)}`,
    forks: FORK_NAMES.flatMap((name, number) => {
      const epoch = forks[name]
      return epoch === undefined ? [] : [{ name, epoch, version: `0x0${number}000001` }]
    }),
    blobSchedule: [],
    weakSubjectivityEpochs: null,
    execution: { chainId: 1337, terminalTotalDifficulty: 0, shanghaiTime: 0, cancunTime: 0, pragueTime: 0 },
    checkpoint: null,
    servers: [],
  })
}
