/** The foreign network: an execution client, a beacon node with validators, and a beacon node that follows it. */
import { join } from 'node:path'
import {
  beaconData,
  followNode,
  startFollower,
  startValidators,
  type BeaconChain,
  type BeaconNode,
} from './beacon-node.ts'
import { startExecutionClient, type ExecutionClient } from './execution-client.ts'
import { blockAt } from './json-rpc.ts'
import { FINALITY_LIMIT_MS } from './limits.ts'
import { writeNetworkFile } from './network-file.ts'
import type { Programs } from './programs.ts'
import { sendTransfers } from './traffic.ts'
import { until, WaitError } from './waiting.ts'

export interface NetworkOptions {
  readonly programs: Programs
  readonly folder: string
  /** File in geth's format. */
  readonly genesis: string
  readonly slotSeconds: number
  readonly log: (line: string) => void
  readonly signal: AbortSignal
}

export interface ForeignNetwork extends NetworkOptions {
  readonly execution: ExecutionClient
  readonly validators: BeaconNode
  /** The one to be followed; another one after {@link restartFollower}. */
  readonly follower: BeaconNode
  readonly chain: BeaconChain
  readonly networkFile: string
}

/** Seconds from its start until the first slot: the node with the validators listens by then, but for the busiest machine. */
const GENESIS_DELAY = 20

/** In the first blocks; the chain goes on with empty ones. */
const TRANSFERS = 24

/** Resolves when the chain has finalized an epoch, and the follower serves it. */
export async function startNetwork(options: NetworkOptions): Promise<ForeignNetwork> {
  const { programs, folder, genesis, slotSeconds, log, signal } = options
  const ports = { rpc: 8545, engine: 8551, peers: 30303 }
  log('starting an execution client')
  const execution = await startExecutionClient(programs, { name: 'execution', folder, genesis, ports }, signal)
  const first = await blockAt(execution.rpcUrl, 0)
  if (first === undefined) throw new WaitError('the execution client has no genesis block')
  const genesisTime = Math.floor(Date.now() / 1_000) + GENESIS_DELAY
  const chain = { genesisTime, slotSeconds, executionGenesisHash: first.hash }
  log('starting beacon nodes')
  const validators = await startValidators(programs, { folder, chain, execution }, signal)
  const follower = await startFollower(programs, { folder, chain }, signal)
  await followNode(follower, validators, signal)
  const networkFile = join(folder, 'network.json')
  await writeNetworkFile(networkFile, follower, genesis)
  await sendTransfers(execution.rpcUrl, TRANSFERS)
  log('waiting for finality')
  const network = { ...options, execution, validators, follower, chain, networkFile }
  await until('the follower serves a finality update', FINALITY_LIMIT_MS, signal, async () => {
    await beaconData(follower, '/eth/v1/beacon/light_client/finality_update')
    return true
  })
  return network
}

/** The same node with the same data, which has to catch up with the chain. */
export async function restartFollower(network: ForeignNetwork): Promise<void> {
  const { programs, folder, chain, validators, signal, log } = network
  log('restarting the beacon node that is followed')
  await network.follower.program.stop()
  const follower = await startFollower(programs, { folder, chain }, signal)
  await followNode(follower, validators, signal)
}

/** Of an epoch boundary that the node calls finalized. */
export async function finalizedRoot(node: BeaconNode): Promise<string> {
  const path = '/eth/v1/beacon/states/head/finality_checkpoints'
  const { finalized } = await beaconData<{ readonly finalized: { readonly root: string } }>(node, path)
  return finalized.root
}
