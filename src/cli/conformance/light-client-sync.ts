/**
 * Suite `light-client-sync`: the `light_client/sync` vectors of consensus-spec-tests (meta, config, bootstrap, steps),
 * either preset, played on the specification's own store.
 */
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { bytesToHex, hexToBytes } from '@ethereumjs/util'
import { uncompress } from 'snappyjs'
import { parse } from 'yaml'
import { asRoot } from '../../chain/bytes.ts'
import type { ForkName, Network } from '../../chain/network.ts'
import { loadSyncCommitteeVerifier } from '../../consensus/bls.ts'
import { containerFork, decodeBootstrap, decodeUpdate, forkOfDigest } from '../../consensus/containers/decode.ts'
import { DecodeError } from '../../consensus/containers/decode-error.ts'
import type { LightClientHeader } from '../../consensus/containers/light-client-objects.ts'
import { BeaconBlockHeaderType } from '../../consensus/containers/ssz-types.ts'
import { getLcExecutionRoot } from '../../consensus/protocol/get-lc-execution-root.ts'
import { initializeLightClientStore } from '../../consensus/protocol/initialize-light-client-store.ts'
import type { LightClientStore } from '../../consensus/protocol/light-client-store.ts'
import { processLightClientStoreForceUpdate } from '../../consensus/protocol/process-light-client-store-force-update.ts'
import { processLightClientUpdate } from '../../consensus/protocol/process-light-client-update.ts'
import { networkFromSpecConfig } from './spec-config.ts'
import type { ConformanceCase, Outcome, Suite } from './suite.ts'

/** Where the official archive and copies of it keep things; deeper is no such data. */
const MAX_DEPTH = 8

/** A mainnet update has 27 kB. */
const MAX_OBJECT_BYTES = 1 << 20

export const lightClientSync: Suite = {
  name: 'light-client-sync',
  folder: 'consensus-spec-tests',
  async *cases(folder) {
    for await (const path of caseFolders(folder, MAX_DEPTH)) yield syncCase(path, relative(folder, path))
  },
}

async function* caseFolders(folder: string, depth: number): AsyncIterable<string> {
  const entries = await readdir(folder, { withFileTypes: true })
  const names = new Set(entries.map((entry) => entry.name))
  if (['meta.yaml', 'steps.yaml', 'bootstrap.ssz_snappy'].every((name) => names.has(name))) yield folder
  if (depth === 0) return
  const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  for (const name of folders.sort()) yield* caseFolders(join(folder, name), depth - 1)
}

function syncCase(folder: string, name: string): ConformanceCase {
  return {
    name,
    async run() {
      try {
        return await play(folder)
      } catch (error) {
        if (!(error instanceof DecodeError) || error.fault !== 'unsupportedFork') throw error
        return { kind: 'skipped', reason: error.message }
      }
    },
  }
}

interface Meta {
  readonly genesis_validators_root: string
  readonly trusted_block_root: string
  readonly [key: `${string}_fork_${'digest' | 'version'}`]: string
}

interface HeaderCheck {
  readonly slot: string
  readonly beacon_root: string
  readonly execution_root?: string
}

interface Step {
  readonly current_slot: string
  readonly update: string
  readonly checks: { readonly finalized_header?: HeaderCheck; readonly optimistic_header?: HeaderCheck }
  readonly [key: `${string}_fork_${'digest' | 'version'}`]: string
}

type NamedStep = Readonly<Record<'process_update' | 'force_update' | 'upgrade_store', Step | undefined>>

async function play(folder: string): Promise<Outcome> {
  const meta = (await readYaml(folder, 'meta.yaml')) as Meta
  const steps = (await readYaml(folder, 'steps.yaml')) as NamedStep[]
  const network = networkFromSpecConfig(await readYaml(folder, 'config.yaml'), meta.genesis_validators_root)
  const verifier = await loadSyncCommitteeVerifier()
  containerFork(forkNamed(network, meta, 'store'), 'the store')
  const bootstrapBytes = await readObject(folder, 'bootstrap')
  const bootstrap = decodeBootstrap(network, forkNamed(network, meta, 'bootstrap'), bootstrapBytes)
  const trustedBlockRoot = asRoot(hexToBytes(meta.trusted_block_root as `0x${string}`))
  let store = initializeLightClientStore(network, trustedBlockRoot, bootstrap)

  for (const [index, named] of steps.entries()) {
    const { process_update: process, force_update: force, upgrade_store: upgrade } = named
    const step = process ?? force ?? upgrade
    if (step === undefined) return failed(index, `unknown step ${Object.keys(named).join()}`)
    if (process !== undefined) {
      const bytes = await readObject(folder, process.update)
      const update = decodeUpdate(network, 'update', forkNamed(network, process, 'update'), bytes)
      store = processLightClientUpdate({ network, verifier, currentSlot: Number(process.current_slot) }, store, update)
    } else if (force !== undefined) {
      store = processLightClientStoreForceUpdate(network.preset, store, Number(force.current_slot))
    } else {
      // Headers are held in the form of their own fork, so an upgrade changes nothing that the checks below look at.
      containerFork(forkNamed(network, step, 'store'), 'the upgraded store')
    }
    const mismatch = checkStore(network, store, step)
    if (mismatch !== undefined) return failed(index, mismatch)
  }
  return { kind: 'passed' }
}

const failed = (index: number, error: string): Outcome => ({ kind: 'failed', error: `step ${index}: ${error}` })

function checkStore(network: Network, store: LightClientStore, { checks }: Step): string | undefined {
  return (
    checkHeader(network, 'finalized_header', store.finalizedHeader, checks.finalized_header) ??
    checkHeader(network, 'optimistic_header', store.optimisticHeader, checks.optimistic_header)
  )
}

function checkHeader(
  network: Network,
  name: string,
  header: LightClientHeader,
  check: HeaderCheck | undefined,
): string | undefined {
  if (check === undefined) return undefined
  const { beacon } = header
  const came: HeaderCheck = {
    slot: String(beacon.slot),
    beacon_root: bytesToHex(BeaconBlockHeaderType.hashTreeRoot(beacon)),
    execution_root: bytesToHex(getLcExecutionRoot(network, header)),
  }
  for (const key of ['slot', 'beacon_root', 'execution_root'] as const) {
    const expected = check[key]
    if (expected !== undefined && expected !== came[key]) return `${name}.${key} is ${came[key]}, expected ${expected}`
  }
  return undefined
}

/** The fork a digest names, or in older vectors a fork version. */
function forkNamed(network: Network, names: Partial<Meta>, what: 'store' | 'bootstrap' | 'update'): ForkName {
  const digest = names[`${what}_fork_digest`]
  if (digest !== undefined) return forkOfDigest(network, hexToBytes(digest as `0x${string}`), what)
  const version = names[`${what}_fork_version`]
  const fork = network.forks.find((candidate) => bytesToHex(candidate.version) === version)
  if (fork === undefined)
    throw new DecodeError('unknownForkDigest', what, `fork version ${version} is none of this config`)
  return fork.name
}

/** Every scalar as text: versions and roots look like numbers, and far-future epochs do not fit one. */
async function readYaml(folder: string, name: string): Promise<unknown> {
  return parse(await readFile(join(folder, name), 'utf8'), { schema: 'failsafe' })
}

async function readObject(folder: string, name: string): Promise<Uint8Array> {
  return uncompress(await readFile(join(folder, `${name}.ssz_snappy`)), MAX_OBJECT_BYTES)
}
