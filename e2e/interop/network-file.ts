/** The network file of a running chain, from what its beacon node and its execution genesis say. */
import { readFileSync, writeFileSync } from 'node:fs'
import { beaconData, type BeaconNode } from './beacon-node.ts'

/** What stands for a fork that is not scheduled. */
const FAR_FUTURE_EPOCH = '18446744073709551615'

/** Those that this version of the foreign node knows by the names of today. */
const FORKS = ['altair', 'bellatrix', 'capella'] as const

/** @param genesis file in geth's format */
export async function writeNetworkFile(file: string, node: BeaconNode, genesis: string): Promise<void> {
  const spec = await beaconData<Readonly<Record<string, string>>>(node, '/eth/v1/config/spec')
  const { genesis_time: genesisTime, genesis_validators_root: genesisValidatorsRoot } = await beaconData<
    Readonly<Record<string, string>>
  >(node, '/eth/v1/beacon/genesis')
  const { config } = JSON.parse(readFileSync(genesis, 'utf8')) as { readonly config: { readonly chainId: number } }
  const forks = FORKS.flatMap((name) => {
    const epoch = spec[`${name.toUpperCase()}_FORK_EPOCH`]
    const version = spec[`${name.toUpperCase()}_FORK_VERSION`]
    return epoch === FAR_FUTURE_EPOCH ? [] : [{ name, epoch: Number(epoch), version }]
  })
  const network = {
    name: 'interop',
    chainId: config.chainId,
    preset: spec['PRESET_BASE'],
    slotSeconds: Number(spec['SECONDS_PER_SLOT']),
    genesisTime: Number(genesisTime),
    genesisValidatorsRoot,
    forks,
    blobSchedule: [],
    weakSubjectivityEpochs: null,
    execution: config,
    checkpoint: null,
    servers: [],
  }
  writeFileSync(file, JSON.stringify(network, null, 1))
}
