/** Recorded light-client objects as the data folder has them: a folder per recording, named after its network. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { networkByName, NETWORK_NAMES, type Network } from '../../chain/network.ts'

export interface Recording {
  /** Of its folder, such as `mainnet-deneb-1347-1406`. */
  readonly name: string
  readonly network: Network
  /** Names of files, in their order. */
  readonly bootstraps: readonly string[]
  readonly updates: readonly string[]
  readonly heads: readonly { readonly file: string; readonly kind: 'finalityUpdate' | 'optimisticUpdate' }[]
  readonly events: readonly string[]
  readonly bytes: (file: string) => Promise<Uint8Array>
}

const BOOTSTRAP = /^(bootstrap.*\.ssz|.*\.lcb\.ssz|(lc_)?bootstrap\.json)$/
const UPDATES = /^(updates.*\.ssz|.*\.lcu\.ssz|(lc_)?updates\.json)$/
const FINALITY = /fin.*\.(ssz|json)$/i
const OPTIMISTIC = /opt.*\.(ssz|json)$/i
const EVENTS = /\.sse$/

/** In the order of their names. @param folder that holds them */
export async function* recordings(folder: string): AsyncIterable<Recording> {
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
  for (const name of names.sort()) {
    const files = (await readdir(join(folder, name))).sort()
    const matching = (pattern: RegExp) => files.filter((file) => pattern.test(file))
    yield {
      name,
      network: networkOf(name),
      bootstraps: matching(BOOTSTRAP),
      updates: matching(UPDATES),
      heads: [
        ...matching(FINALITY).map((file) => ({ file, kind: 'finalityUpdate' as const })),
        ...matching(OPTIMISTIC).map((file) => ({ file, kind: 'optimisticUpdate' as const })),
      ],
      events: matching(EVENTS),
      bytes: async (file) => new Uint8Array(await readFile(join(folder, name, file))),
    }
  }
}

function networkOf(recording: string): Network {
  const name = recording.split('-')[0] ?? ''
  return networkByName(NETWORK_NAMES.includes(name) ? name : 'mainnet')
}
