/** A foreign execution client (@ethereumjs/client) on this machine. */
import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { EXECUTION_NODE } from './install.ts'
import { START_LIMIT_MS } from './limits.ts'
import type { Program, Programs } from './programs.ts'
import { requireFree, untilListening } from './waiting.ts'

export interface ExecutionPorts {
  readonly rpc: number
  readonly engine: number
  readonly peers: number
}

export interface ExecutionClient {
  readonly program: Program
  readonly rpcUrl: string
  readonly engineUrl: string
  /** File with the secret of the Engine API. */
  readonly jwtFile: string
}

/** Starts one that has nothing but the genesis. */
export async function startExecutionClient(
  programs: Programs,
  options: { readonly name: string; readonly folder: string; readonly genesis: string; readonly ports: ExecutionPorts },
  signal: AbortSignal,
): Promise<ExecutionClient> {
  const { name, genesis, ports } = options
  const cwd = join(options.folder, name)
  mkdirSync(cwd, { recursive: true })
  const jwtFile = join(cwd, 'jwt.hex')
  writeFileSync(jwtFile, `0x${randomBytes(32).toString('hex')}`)
  await requireFree([ports.rpc, ports.engine, ports.peers])
  const program = programs.start({
    name,
    cwd,
    args: [
      join(EXECUTION_NODE.folder, 'node_modules/@ethereumjs/client/dist/esm/bin/cli.js'),
      ...['--gethGenesis', genesis, '--dataDir', join(cwd, 'data'), '--sync=full', '--saveReceipts'],
      ...['--rpc', '--rpcPort', `${ports.rpc}`, '--rpcCors', '*'],
      ...['--rpcEngine', '--rpcEnginePort', `${ports.engine}`, '--jwtSecret', jwtFile],
      ...['--port', `${ports.peers}`, '--discDns=false', '--discV4=false', '--isSingleNode', '--minPeers', '0'],
    ],
  })
  for (const port of [ports.rpc, ports.engine]) await untilListening(port, START_LIMIT_MS, signal)
  const local = (port: number) => `http://127.0.0.1:${port}`
  return { program, rpcUrl: local(ports.rpc), engineUrl: local(ports.engine), jwtFile }
}
