import { describe, expect, test } from 'vitest'
import { timeOfSlot } from './beacon-config.ts'
import { NetworkConfigError } from './config-value.ts'
import { mainnet } from './networks/mainnet.ts'
import {
  NETWORK_NAMES,
  UnknownNetworkError,
  executionConfigOnly,
  networkByName,
  networkForChainId,
  parseNetworkFile,
} from './network.ts'

const EXECUTION_FORK_OF: Record<string, string> = {
  capella: 'shanghai',
  deneb: 'cancun',
  electra: 'prague',
  fulu: 'osaka',
  gloas: 'amsterdam',
}

describe.each(NETWORK_NAMES)('%s', (name) => {
  const network = networkByName(name)

  test('is found by its chain id', () => {
    expect(networkForChainId(network.chainId)).toBe(network)
  })

  test('both layers upgrade at the same moment', () => {
    for (const fork of network.forks) {
      const execution = network.execution.timeForks.find((other) => other.name === EXECUTION_FORK_OF[fork.name])
      if (execution === undefined) continue
      // A fork in the genesis of the beacon chain is one in the genesis of the execution chain.
      const start = fork.epoch === 0 ? 0 : timeOfSlot(network, fork.epoch * network.preset.slotsPerEpoch)
      expect([fork.name, execution.timestamp]).toEqual([fork.name, start])
    }
  })

  test('both layers agree on the blob limits', () => {
    const execution = network.execution.timeForks.filter((fork) => fork.name.startsWith('bpo'))
    expect(execution.map((fork) => ({ time: fork.timestamp, max: fork.blobs?.max }))).toEqual(
      network.blobSchedule.map((entry) => ({
        time: timeOfSlot(network, entry.epoch * network.preset.slotsPerEpoch),
        max: entry.maxBlobs,
      })),
    )
  })
})

test('an unknown name lists the known ones', () => {
  expect(() => networkByName('ropsten')).toThrow(UnknownNetworkError)
  expect(() => networkByName('ropsten')).toThrow('mainnet, sepolia, hoodi, holesky')
  expect(() => networkByName('constructor')).toThrow(UnknownNetworkError)
  expect(networkForChainId(3)).toBeUndefined()
})

test.each([
  ['no file', null, 'network: expected an object, got null'],
  [
    'no chain id',
    { ...mainnet, chainId: undefined },
    'network.chainId: expected a whole number below 2^53, got nothing',
  ],
  ['another chain id in the execution config', { ...mainnet, chainId: 5 }, 'network.execution.chainId: expected 5'],
  [
    'a preset nobody has',
    { ...mainnet, preset: 'tiny' },
    'network.preset: expected one of mainnet, minimal, got "tiny"',
  ],
  ['a short root', { ...mainnet, genesisValidatorsRoot: '0x4b' }, 'network.genesisValidatorsRoot: expected 32 bytes'],
  [
    'a short version',
    { ...mainnet, forks: [{ name: 'altair', epoch: 0, version: '0x01' }] },
    'network.forks[0].version: expected 4 bytes as 0x-hex, got "0x01"',
  ],
  [
    'a fork this code does not know',
    { ...mainnet, forks: [{ name: 'heze', epoch: 0, version: '0x08000000' }] },
    'network.forks[0].name',
  ],
  [
    'forks out of order',
    { ...mainnet, forks: [...mainnet.forks, { name: 'gloas', epoch: 3, version: '0x07000000' }] },
    'network.forks[7].epoch: expected at least 411392',
  ],
  [
    'a fork twice',
    { ...mainnet, forks: [...mainnet.forks, { name: 'fulu', epoch: 500000, version: '0x07000000' }] },
    'network.forks[7].name: expected a fork after fulu',
  ],
  ['no forks', { ...mainnet, forks: [] }, 'network.forks: expected at least one scheduled fork'],
  ['slots of no length', { ...mainnet, slotSeconds: 0 }, 'network.slotSeconds: expected a number above 0, got 0'],
  ['a server of another kind', { ...mainnet, servers: [{ kind: 'ftp', url: 'x' }] }, 'network.servers[0].kind'],
  [
    'a checkpoint without epoch',
    { ...mainnet, checkpoint: { root: `0x${'00'.repeat(32)}` } },
    'network.checkpoint.epoch',
  ],
])('a file with %s is refused by the field’s name', (_, json, message) => {
  expect(() => parseNetworkFile(json)).toThrow(NetworkConfigError)
  expect(() => parseNetworkFile(json)).toThrow(message)
})

test('forks in the far future are left out', () => {
  const gloas = { name: 'gloas', epoch: 18446744073709551615, version: '0x07000000' }
  const network = parseNetworkFile({ ...mainnet, forks: [...mainnet.forks, gloas] })
  expect(network.forks.at(-1)?.name).toBe('fulu')
})

test('a file survives the trip through JSON', () => {
  expect(parseNetworkFile(JSON.parse(JSON.stringify(mainnet)))).toEqual(networkByName('mainnet'))
})

test('an execution config alone names the network it belongs to', () => {
  expect(executionConfigOnly(mainnet.execution).name).toBe('mainnet')
  expect(executionConfigOnly({ chainId: 1337 })).toMatchObject({ name: 'custom', chainId: 1337 })
})
