/**
 * Foreign beacon nodes (Lodestar) on this machine: one with all validators, and one that follows it and is the one to be
 * restarted. The first cannot be: without a peer that has them it would forget all blocks since the last finalized one,
 * and its validators would refuse to vote again.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { ExecutionClient } from './execution-client.ts'
import { CONSENSUS_NODE } from './install.ts'
import { START_LIMIT_MS } from './limits.ts'
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

/** Nobody is discovered: the node is told whom to follow, once it can be. */
export async function connectNodes(node: BeaconNode, to: BeaconNode, signal: AbortSignal): Promise<void> {
  await until('the beacon nodes are connected', START_LIMIT_MS, signal, async () => {
    const { peer_id: peerId } = await beaconData<{ readonly peer_id: string }>(to, '/eth/v1/node/identity')
    const query = new URLSearchParams({ peerId, multiaddr: `/ip4/127.0.0.1/tcp/${to.peerPort}` }).toString()
    await fetch(`${node.url}/eth/v1/lodestar/connect_peer?${query}`, { method: 'POST' })
    const { connected } = await beaconData<{ readonly connected: number | string }>(node, '/eth/v1/node/peer_count')
    return Number(connected) > 0 ? true : undefined
  })
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
