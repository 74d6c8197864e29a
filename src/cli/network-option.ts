/** `--network NAME|FILE`, the same for every command. */
import { readFile, stat } from 'node:fs/promises'
import type { Network } from '../chain/network.ts'
import { NETWORK_NAMES, networkByName, parseNetworkFile } from '../chain/network.ts'
import { messageOf } from '../chain/thrown.ts'
import { UsageError } from './args.ts'

/** @throws {UsageError} when it is neither a known name nor a readable network file */
export async function networkOption(nameOrFile: string | undefined): Promise<Network> {
  if (nameOrFile === undefined) throw new UsageError(`--network is missing: ${NETWORK_NAMES.join(', ')}, or a file`)
  if (NETWORK_NAMES.includes(nameOrFile)) return networkByName(nameOrFile)
  const entry = await stat(nameOrFile).catch(() => undefined)
  if (entry?.isDirectory() === true) throw new UsageError(`--network ${nameOrFile} is a folder; name a file in it`)
  try {
    return parseNetworkFile(JSON.parse(await readFile(nameOrFile, 'utf8')))
  } catch (error) {
    const why = messageOf(error)
    throw new UsageError(`--network ${nameOrFile} is not ${NETWORK_NAMES.join(', ')} or a network file: ${why}`)
  }
}
