import { bytesToHex, hexToBytes } from '@ethereumjs/util'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { parse } from 'yaml'
import { forkByDigest } from '../../chain/beacon-config.ts'
import { describeWithData } from '../../testing/data.ts'
import { lightClientSync } from './light-client-sync.ts'
import { networkFromSpecConfig } from './spec-config.ts'
import type { Outcome } from './suite.ts'

describeWithData('light-client-sync on altered vectors', (data) => {
  const official = join(data, 'consensus-spec-tests/light_client-minimal/deneb/light_client_sync')
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'beamtab-vectors-'))
    // The data folder is read-only; files written anew are not.
    for (const name of ['meta.yaml', 'steps.yaml']) alter(name, (text) => text, official)
    cpSync(official, folder, { recursive: true, filter: (path) => !/(meta|steps)\.yaml$/.test(path) })
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  function alter(name: string, change: (text: string) => string, from = folder): void {
    writeFileSync(join(folder, name), change(readFileSync(join(from, name), 'utf8')))
  }

  async function play(): Promise<Outcome[]> {
    const outcomes: Outcome[] = []
    for await (const each of lightClientSync.cases(folder)) {
      outcomes.push(
        await Promise.resolve()
          .then(() => each.run())
          .catch((error: unknown) => ({ kind: 'failed', error: String(error) }) as const),
      )
    }
    return outcomes
  }

  test('as they are', async () => {
    expect(existsSync(join(folder, 'bootstrap.ssz_snappy'))).toBe(true)
    expect(await play()).toEqual([{ kind: 'passed' }])
  })

  test('older vectors name forks by version', async () => {
    const meta = parse(readFileSync(join(folder, 'meta.yaml'), 'utf8'), { schema: 'failsafe' }) as Record<
      string,
      string
    >
    const config: unknown = parse(readFileSync(join(folder, 'config.yaml'), 'utf8'), { schema: 'failsafe' })
    const network = networkFromSpecConfig(config, meta['genesis_validators_root'] ?? '')
    const toVersions = (text: string) =>
      text.replace(/fork_digest: '(0x[0-9a-f]{8})'/g, (_, digest: `0x${string}`) => {
        const name = forkByDigest(network, hexToBytes(digest))
        const version = network.forks.find((fork) => fork.name === name)?.version ?? new Uint8Array()
        return `fork_version: '${bytesToHex(version)}'`
      })
    alter('meta.yaml', toVersions)
    alter('steps.yaml', toVersions)
    expect(readFileSync(join(folder, 'steps.yaml'), 'utf8')).not.toContain('fork_digest')
    expect(await play()).toEqual([{ kind: 'passed' }])
  })

  test('an upgrade of the store changes nothing it holds', async () => {
    alter('steps.yaml', (text) => {
      const digest = /update_fork_digest: ('0x[0-9a-f]{8}')/.exec(text)?.[1]
      return `${text.trimEnd()}\n- upgrade_store: {store_fork_digest: ${digest}, checks: {}}\n`
    })
    expect(await play()).toEqual([{ kind: 'passed' }])
  })

  test('a check that does not hold fails with the step and the field', async () => {
    alter('steps.yaml', (text) => text.replace(/\{slot: \d+/, '{slot: 7'))
    expect(await play()).toMatchObject([
      { kind: 'failed', error: expect.stringMatching(/^step 0: finalized_header.slot is \d+, expected 7$/) as string },
    ])
  })

  test('an update before its time fails', async () => {
    alter('steps.yaml', (text) => text.replace(/current_slot: \d+/, 'current_slot: 3'))
    expect(await play()).toMatchObject([
      { kind: 'failed', error: expect.stringContaining('the current slot is 3') as string },
    ])
  })

  function scheduleInStore(fork: 'gloas' | 'heze'): void {
    const name = fork.toUpperCase()
    alter('meta.yaml', (text) => text.replace(/store_fork_digest: '0x[0-9a-f]{8}'/, "store_fork_version: '0x07000001'"))
    rmSync(join(folder, 'config.yaml'))
    const unscheduled = new RegExp(`^${name}_FORK_.*\n`, 'gm')
    const scheduled = `${name}_FORK_VERSION: 0x07000001\n${name}_FORK_EPOCH: 9999\n`
    alter('config.yaml', (text) => `${text.replace(unscheduled, '')}\n${scheduled}`, official)
  }

  test('heze, without containers here, is a skip with its name', async () => {
    scheduleInStore('heze')
    expect(await play()).toMatchObject([{ kind: 'skipped', reason: expect.stringContaining('heze') as string }])
  })

  test('a store of Gloas holds what the vector’s own fork proves', async () => {
    scheduleInStore('gloas')
    expect(await play()).toEqual([{ kind: 'passed' }])
  })
})
