import { bytesToHex } from '@ethereumjs/util'
import { describe, expect, test } from 'vitest'
import {
  forkAtEpoch,
  forkByDigest,
  forkDigestAtEpoch,
  slotAtTime,
  syncCommitteeDomain,
  syncMessageDueMs,
  timeOfSlot,
} from './beacon-config.ts'
import { periodAtSlot } from './beacon-preset.ts'
import type { Network } from './network.ts'
import { NETWORK_NAMES, networkByName } from './network.ts'

/** Digests as the networks use them on the wire, at the first epoch of each fork and BPO fork. */
const DIGESTS: Record<string, Record<string, string>> = {
  mainnet: {
    phase0: 'b5303f2a',
    altair: 'afcaaba0',
    bellatrix: '4a26c58b',
    capella: 'bba4da96',
    deneb: '6a95a1a9',
    electra: 'ad532ceb',
    fulu: 'cc2c5cdb',
    '412672': 'cb0d1acc',
    '419072': '8c9f62fe',
  },
  sepolia: {
    phase0: 'a8fee8ee',
    altair: '60725ca1',
    bellatrix: '36fa5013',
    capella: '47eb72b3',
    deneb: 'd31f6191',
    electra: '14045b5a',
    fulu: '7e0d3447',
    '274176': 'fd32b622',
    '275712': '74d01459',
    gloas: '669e6c11',
  },
  hoodi: { deneb: 'd2f1997f', electra: '82556a32', fulu: 'e2abcca4', '52480': 'ae9f70a0', '54016': 'c6ecb76c' },
  holesky: {
    bellatrix: '69b7d974',
    capella: '17e2dad3',
    deneb: '69ae0e99',
    electra: '019e21ad',
    fulu: '84e8fde5',
    '166400': 'c7022d55',
    '167936': '32db3f09',
  },
}

describe.each(Object.entries(DIGESTS))('fork digests of %s', (name, digests) => {
  const network = networkByName(name)
  test.each(Object.entries(digests))('%s is %s', (at, digest) => {
    const epoch = network.forks.find((fork) => fork.name === at)?.epoch ?? Number(at)
    const computed = forkDigestAtEpoch(network, epoch)
    expect(bytesToHex(computed)).toBe(`0x${digest}`)
    expect(forkByDigest(network, computed)).toBe(forkAtEpoch(network, epoch).name)
  })
})

test('the digest of another network means nothing', () => {
  for (const name of NETWORK_NAMES.filter((other) => other !== 'mainnet')) {
    const { epoch } = networkByName(name).forks.at(-1) ?? { epoch: 0 }
    expect(forkByDigest(networkByName('mainnet'), forkDigestAtEpoch(networkByName(name), epoch))).toBeUndefined()
  }
})

const firstSlot = (network: Network, fork: string) => (network.forks.find(({ name }) => name === fork)?.epoch ?? 0) * 32

test.each([
  ['mainnet', 'electra', 'ad532ceb9ec5d246daad29da8aa157bfdab35e5f069f9db81f1da754'],
  ['mainnet', 'fulu', '82fae541f8a3db43adb5e7997ac5f562cf682ce6bc41b8ec28ba1a07'],
  ['sepolia', 'fulu', 'f52c15272cff99835cd05aa522af469210b5b2c8807e372b6b9ca539'],
  ['sepolia', 'gloas', 'e7626d6f8bf835c77cec81870bdf8b4c76c5f6287cec41d72291599d'],
  ['hoodi', 'fulu', 'e9730835ed8469ff3cbc6064cb6e858ed44584ee2b21754ea0cd0ab5'],
])('the sync-committee domain of %s %s takes the fork of the slot before the signature', (name, fork, root) => {
  const network = networkByName(name)
  const first = firstSlot(network, fork)
  expect(bytesToHex(syncCommitteeDomain(network, first + 1))).toBe(`0x07000000${root}`)
  expect(bytesToHex(syncCommitteeDomain(network, first))).not.toBe(`0x07000000${root}`)
})

test('blob limits change neither the version nor the signing domain', () => {
  const network = networkByName('mainnet')
  expect(syncCommitteeDomain(network, 412672 * 32 + 1)).toEqual(syncCommitteeDomain(network, 411392 * 32 + 1))
})

test('slots, times and periods', () => {
  const network = networkByName('mainnet')
  expect(slotAtTime(network, network.genesisTime)).toBe(0)
  expect(slotAtTime(network, network.genesisTime - 1)).toBe(-1)
  expect(slotAtTime(network, timeOfSlot(network, 11034656) + 11)).toBe(11034656)
  expect(periodAtSlot(network.preset, 8191)).toBe(0)
  expect(periodAtSlot(network.preset, 11034656)).toBe(1347)
})

test('a committee signs a third into the slot, from Gloas on a quarter', () => {
  expect(syncMessageDueMs(networkByName('mainnet'), 14_000_000)).toBe(3_999)
  expect(syncMessageDueMs(networkByName('sepolia'), 353_024 * 32 - 1)).toBe(3_999)
  expect(syncMessageDueMs(networkByName('sepolia'), 353_024 * 32)).toBe(3_000)
})
