import { describe, expect, test } from 'vitest'
import { UsageError } from './args.ts'
import { gatewayCommand } from './gateway-options.ts'

const command = (line: string) => gatewayCommand(line.split(' '))

describe('the mode', () => {
  test('a devnet, with all its options', async () => {
    const { mode, port, seed, orders, limits } = await command(
      '--devnet --port 8080 --seed s --slot 0.5 --preset minimal --forks capella:0,deneb:0,electra:2 --age 1.5 ' +
        '--accounts 1000 --slots 20 --gas 1.5 --participation 0.9 --blocks 7 --latency 50 --jitter 5 --loss 0.1 ' +
        '--bandwidth 1e6 --fault hang:0.5@rpc --fault truncated --max-requests-per-second 9'.replace('1e6', '1000000'),
    )
    expect({ port, seed, limits }).toEqual({ port: 8080, seed: 's', limits: { requestsPerSecond: 9 } })
    expect(mode).toMatchObject({
      kind: 'devnet',
      options: {
        seed: 's',
        slotSeconds: 0.5,
        preset: 'minimal',
        forks: { capella: 0, deneb: 0, electra: 2 },
        agePeriods: 1.5,
        accounts: 1000,
        workloadSlots: 20,
        gas: 1_500_000,
        events: { participation: 0.9 },
        moreBlocks: 7,
      },
    })
    expect(orders).toEqual({
      conditions: [{ route: 'all', latency: 50, jitter: 5, loss: 0.1, bandwidth: 1_000_000 }],
      faults: [
        { kind: 'hang', rate: 0.5, route: 'rpc' },
        { kind: 'truncated', rate: 1, route: 'all' },
      ],
    })
  })

  test('what it does not have', async () => {
    expect((await command('--devnet')).without).toEqual([])
    expect((await command('--files data --without debug --without eth_getProof')).without).toEqual([
      'debug',
      'eth_getProof',
    ])
    await expect(command('--devnet --without eth-getProof')).rejects.toThrow(UsageError)
  })

  test('the others', async () => {
    expect((await command('--files data --network sepolia --blocks 5 --age 1')).mode).toMatchObject({
      kind: 'files',
      folder: 'data',
      network: 'sepolia',
      blocks: 5,
      agePeriods: 1,
    })
    expect((await command('--genesis g --chain c --slot 2')).mode).toMatchObject({
      kind: 'imported',
      genesis: 'g',
      chain: 'c',
      host: { slotSeconds: 2 },
    })
    expect((await command('--devnet --execution-head http://127.0.0.1:8545')).mode).toMatchObject({
      kind: 'executionHead',
      url: 'http://127.0.0.1:8545',
    })
    const relay = '--beacon http://127.0.0.1:1 http://127.0.0.1:2 --execution http://127.0.0.1:3 --network hoodi'
    expect((await command(relay)).mode).toMatchObject({
      kind: 'relay',
      beacon: ['http://127.0.0.1:1', 'http://127.0.0.1:2'],
      execution: ['http://127.0.0.1:3'],
      network: { name: 'hoodi' },
    })
  })
})

test.each([
  ['--port 1', /no mode: give one of --devnet; --files/],
  ['--devnet --files x', /--devnet and --files exclude each other/],
  ['--files x --genesis g --chain c', /--files and --genesis and --chain exclude each other/],
  ['--genesis g', /--genesis and --chain belong together/],
  ['--execution http://127.0.0.1:1', /--beacon is missing/],
  ['--beacon http://127.0.0.1:1', /--network is missing/],
  ['--beacon http://127.0.0.1:1 --network hoodi', /--execution is missing/],
  ['--beacon ftp://x --network mainnet', /--beacon "ftp:\/\/x"/],
  ['--devnet more', /more belongs to no option/],
  ['--devnet --unknown', /unknown/],
  ['--devnet --seed a --seed b', /--seed is given 2 times/],
  ['--devnet --port 70000', /--port "70000": expected a whole number from 0 to 65535/],
  ['--devnet --slot 0', /--slot "0": expected a number from 0.1 to 3600/],
  ['--devnet --slot fast', /--slot "fast"/],
  ['--devnet --preset tiny', /--preset "tiny": expected mainnet or minimal/],
  ['--devnet --participation 1.1', /--participation "1.1": expected a number from 0 to 1/],
  ['--devnet --accounts 1.5', /--accounts "1.5": expected a whole number/],
  ['--devnet --forks deneb', /--forks "deneb": expected NAME:EPOCH, names are phase0, altair/],
  ['--devnet --forks deneb:0,prague:1', /--forks "prague:1"/],
  ['--devnet --forks electra:0,deneb:1', /deneb:1 does not come after the fork before it/],
  ['--devnet --forks deneb:3,electra:2', /electra:2 does not come after/],
  ['--devnet --forks deneb:3', /one fork has to begin at epoch 0/],
  ['--devnet --as sepolia', /--as "sepolia": expected mainnet/],
  ['--devnet --as mainnet --slot 4', /--as mainnet and --slot exclude each other/],
  ['--devnet --loss 2', /--loss "2": expected a number from 0 to 1/],
  ['--devnet --fault lies', /--fault "lies": kind is "lies", expected one of wrong-bytes/],
  ['--devnet --fault hang@nowhere', /--fault "hang@nowhere": route is "nowhere", expected one of all, beacon/],
  ['--devnet --network mainnet', /--network has no meaning with --devnet/],
  ['--genesis g --chain c --fault hang', /--fault has no meaning with --genesis and --chain/],
  ['--files x --accounts 5', /--accounts has no meaning with --files/],
  ['--devnet --max-request-bytes 0', /--max-request-bytes "0": expected a whole number from 1/],
  ['--devnet --age 1024', 'expected a number from 0 to 256, because the blocks of all periods are made before'],
])('%s is bad usage', async (line, message) => {
  const refused = command(line)
  await expect(refused).rejects.toThrow(UsageError)
  await expect(refused).rejects.toThrow(message)
})
