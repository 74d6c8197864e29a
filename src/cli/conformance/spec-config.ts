/** A network from a `config.yaml` of consensus-specs, as its test vectors carry it. */
import { hexToBytes } from '@ethereumjs/util'
import { PRESET_NAMES, presetByName } from '../../chain/beacon-preset.ts'
import { asRoot } from '../../chain/bytes.ts'
import { ConfigValue } from '../../chain/config-value.ts'
import type { Network } from '../../chain/network.ts'
import { executionConfigOnly, FORK_NAMES } from '../../chain/network.ts'
import { DecodeError } from '../../consensus/containers/decode-error.ts'

/**
 * @param config all scalars as text
 * @throws {NetworkConfigError} that names the field
 * @throws {DecodeError} `unsupportedFork` when a fork is scheduled that nothing here knows
 */
export function networkFromSpecConfig(config: unknown, genesisValidatorsRoot: string): Network {
  const file = new ConfigValue(config, 'config.yaml')
  requireKnownForks(file)
  const preset = presetByName(file.get('PRESET_BASE').oneOf(PRESET_NAMES))
  const blobs = file.get('BLOB_SCHEDULE')
  return {
    name: 'a test vector’s network',
    preset,
    slotSeconds: preset.name === 'minimal' ? 6 : 12,
    genesisTime: 0,
    genesisValidatorsRoot: asRoot(hexToBytes(genesisValidatorsRoot as `0x${string}`)),
    forks: FORK_NAMES.flatMap((name) => {
      const prefix = name === 'phase0' ? 'GENESIS' : name.toUpperCase()
      const epoch = name === 'phase0' ? 0 : Number(file.get(`${prefix}_FORK_EPOCH`).value ?? Infinity)
      return epoch <= Number.MAX_SAFE_INTEGER
        ? [{ name, epoch, version: file.get(`${prefix}_FORK_VERSION`).bytes(4) }]
        : []
    }),
    blobSchedule: (blobs.absent ? [] : blobs.list()).map((entry) => ({
      epoch: Number(entry.get('EPOCH').text()),
      maxBlobs: Number(entry.get('MAX_BLOBS_PER_BLOCK').text()),
    })),
    weakSubjectivityEpochs: null,
    ...EXECUTION,
    checkpoint: null,
    servers: [],
  }
}

function requireKnownForks(file: ConfigValue): void {
  for (const [key, epoch] of Object.entries(file.object())) {
    const fork = /^(\w+)_FORK_EPOCH$/.exec(key)?.[1]?.toLowerCase()
    if (fork === undefined || (FORK_NAMES as readonly string[]).includes(fork)) continue
    if (Number(epoch) > Number.MAX_SAFE_INTEGER) continue
    throw new DecodeError('unsupportedFork', 'config.yaml', `${fork} is scheduled, whose rules are not supported`)
  }
}

/** The vectors execute nothing. */
const EXECUTION = (({ chainId, execution }) => ({ chainId, execution }))(executionConfigOnly({ chainId: 1 }))
