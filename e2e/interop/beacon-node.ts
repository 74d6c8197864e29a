/**
 * Foreign beacon nodes (Lodestar) on this machine: one with all validators, and one that follows it and is the one to be
 * restarted. The first cannot be: without a peer that has them it would forget all blocks since the last finalized one,
 * and its validators would refuse to vote again.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { ExecutionClient } from './execution-client.ts'
import { CONSENSUS_NODE } from './install.ts'
import { CATCH_UP_LIMIT_MS, POLL_MS, START_LIMIT_MS } from './limits.ts'
import type { Program, Programs } from './programs.ts'
import { requireFree, until, untilListening } from './waiting.ts'

export interface BeaconChain {
  /** Seconds since 1970. */
  readonly genesisTime: number
  readonly slotSeconds: number
  readonly executionGenesisHash: string
}

export interface BeaconNode {
  readonly program: Program
  readonly url: string
  readonly peerPort: number
}

/** The development validators dial this port whatever they are told. */
const VALIDATORS_REST_PORT = 9596

/** Minimal preset: 8 slots an epoch, 4 votes of 8 in each slot. */
const VALIDATORS = 64

/** Slots behind, at most, of a node that has caught up: a block is on its way for a moment. */
const NEAR_SLOTS = 2

/** ms that a meeting may take to lead to anything. A hundred blocks take less than 5 s. */
const MEETING_MS = 15_000

/** Of all fees; an address of the genesis. */
const FEE_RECIPIENT = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8'

export function startValidators(
  programs: Programs,
  options: { readonly folder: string; readonly chain: BeaconChain; readonly execution: ExecutionClient },
  signal: AbortSignal,
): Promise<BeaconNode> {
  const { folder, chain, execution } = options
  const args = [
    ...['--startValidators', `0..${VALIDATORS - 1}`, '--suggestedFeeRecipient', FEE_RECIPIENT],
    ...['--execution.urls', execution.engineUrl, '--jwt-secret', execution.jwtFile],
  ]
  const ports = { rest: VALIDATORS_REST_PORT, peers: 9100 }
  return startNode(programs, { name: 'validators', folder, chain, args, ports }, signal)
}

/** It executes nothing, so it calls its head optimistic. What it was told before a restart it still has after it. */
export function startFollower(
  programs: Programs,
  options: { readonly folder: string; readonly chain: BeaconChain },
  signal: AbortSignal,
): Promise<BeaconNode> {
  const args = ['--execution.engineMock', '--sync.isSingleNode=false']
  return startNode(programs, { ...options, name: 'follower', args, ports: { rest: 9597, peers: 9101 } }, signal)
}

/**
 * Makes a node follow another one; resolves when it has caught up. Nobody is discovered, so it is told whom to ask. Nodes
 * tell each other their heads when they meet, and then every five minutes only: where the first meeting was too early for
 * there to be anything to fetch, they have to meet again.
 */
export async function followNode(node: BeaconNode, other: BeaconNode, signal: AbortSignal): Promise<void> {
  await until('the beacon node has caught up', CATCH_UP_LIMIT_MS, signal, async () => {
    const { peer_id: peerId } = await beaconData<{ readonly peer_id: string }>(other, '/eth/v1/node/identity')
    await post(node, 'disconnect_peer', { peerId })
    await post(node, 'connect_peer', { peerId, multiaddr: `/ip4/127.0.0.1/tcp/${other.peerPort}` })
    for (let waited = 0; waited < MEETING_MS; waited += POLL_MS) {
      await pause(POLL_MS, undefined, { signal })
      const [own, ahead] = [await headSlot(node), await headSlot(other)]
      if (own > 0 && own >= ahead - NEAR_SLOTS) return true
    }
    return undefined
  })
}

async function post({ url }: BeaconNode, route: string, query: Readonly<Record<string, string>>): Promise<void> {
  const response = await fetch(`${url}/eth/v1/lodestar/${route}?${new URLSearchParams(query).toString()}`, {
    method: 'POST',
  })
  await response.body?.cancel()
}

async function headSlot(node: BeaconNode): Promise<number> {
  const { head_slot: slot } = await beaconData<{ readonly head_slot: string }>(node, '/eth/v1/node/syncing')
  return Number(slot)
}

/** The `data` of a beacon API answer. */
export async function beaconData<T>({ url }: BeaconNode, path: string): Promise<T> {
  const response = await fetch(`${url}${path}`)
  if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${(await response.text()).slice(0, 200)}`)
  return ((await response.json()) as { readonly data: T }).data
}

async function startNode(
  programs: Programs,
  options: {
    readonly name: string
    readonly folder: string
    readonly chain: BeaconChain
    readonly args: readonly string[]
    readonly ports: { readonly rest: number; readonly peers: number }
  },
  signal: AbortSignal,
): Promise<BeaconNode> {
  const { name, chain, args, ports } = options
  const cwd = join(options.folder, name)
  mkdirSync(cwd, { recursive: true })
  await requireFree([ports.rest, ports.peers])
  const program = programs.start({
    name,
    // It writes its genesis state to where it is started.
    cwd,
    env: { LODESTAR_PRESET: 'minimal' },
    args: [
      ...['--import', join(import.meta.dirname, 'promise-with-resolvers.mjs')],
      ...[join(CONSENSUS_NODE.folder, 'node_modules/@chainsafe/lodestar/lib/index.js'), 'dev'],
      ...['--genesisValidators', `${VALIDATORS}`, '--genesisTime', `${chain.genesisTime}`],
      ...['--genesisEth1Hash', chain.executionGenesisHash, '--params.SECONDS_PER_SLOT', `${chain.slotSeconds}`],
      ...['ALTAIR', 'BELLATRIX', 'CAPELLA'].flatMap((fork) => [`--params.${fork}_FORK_EPOCH`, '0']),
      ...['--params.TERMINAL_TOTAL_DIFFICULTY', '0', '--eth1=false', '--dataDir', join(cwd, 'data')],
      ...['--rest.port', `${ports.rest}`, '--rest.namespace', '*', '--port', `${ports.peers}`],
      ...['--discv5=false', '--listenAddress', '127.0.0.1', ...args],
    ],
  })
  await untilListening(ports.rest, START_LIMIT_MS, signal)
  return { program, url: `http://127.0.0.1:${ports.rest}`, peerPort: ports.peers }
}
