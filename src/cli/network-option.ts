/** `--network NAME|FILE`, the same for every command. */
import { readFile, stat } from 'node:fs/promises'
import type { Network } from '../chain/network.ts'
import { NETWORK_NAMES, networkByName, networkFileByName, parseNetworkFile } from '../chain/network.ts'
import { messageOf } from '../chain/thrown.ts'
import { UsageError } from './args.ts'

export interface NetworkFileOption {
  readonly network: Network
  /** As a JSON value. */
  readonly file: Readonly<Record<string, unknown>>
}

/** @throws {UsageError} when it is neither a known name nor a readable network file */
export async function networkOption(nameOrFile: string | undefined): Promise<Network> {
  return (await networkFileOption(nameOrFile)).network
}

/** As {@link networkOption}, for who hands the file on. */
export async function networkFileOption(nameOrFile: string | undefined): Promise<NetworkFileOption> {
  if (nameOrFile === undefined) throw new UsageError(`--network is missing: ${NETWORK_NAMES.join(', ')}, or a file`)
  if (NETWORK_NAMES.includes(nameOrFile))
    return { network: networkByName(nameOrFile), file: asObject(networkFileByName(nameOrFile)) }
  const entry = await stat(nameOrFile).catch(() => undefined)
  if (entry?.isDirectory() === true) throw new UsageError(`--network ${nameOrFile} is a folder; name a file in it`)
  try {
    const json: unknown = JSON.parse(await readFile(nameOrFile, 'utf8'))
    return { network: parseNetworkFile(json), file: asObject(json) }
  } catch (error) {
    const why = messageOf(error)
    throw new UsageError(`--network ${nameOrFile} is not ${NETWORK_NAMES.join(', ')} or a network file: ${why}`)
  }
}

/** What has been parsed as a network file is one. */
const asObject = (json: unknown) => json as Readonly<Record<string, unknown>>
