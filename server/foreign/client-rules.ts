/**
 * The rules of a development node's chain, as far as it tells them: by the fields of its newest header and by `eth_config`
 * (EIP-7910) where it has that. All forks are taken to have been there from the start, as such nodes have them.
 */
import { RLP } from '@ethereumjs/rlp'
import { ConfigValue } from '../../src/chain/config-value.ts'

/** geth's genesis "config" object. */
export type ChainRules = Readonly<Record<string, unknown>>

/** From genesis, in the order of their coming. */
const BLOCK_FORKS = [
  ...['homesteadBlock', 'eip150Block', 'eip155Block', 'eip158Block', 'byzantiumBlock', 'constantinopleBlock'],
  ...['petersburgBlock', 'istanbulBlock', 'berlinBlock'],
]

/** Forks by the number of fields that a header has from them on (EIPs 1559, 4895, 4844 with 4788, 7685, 7928 with 7843). */
const FORKS_BY_FIELDS: readonly { readonly atLeast: number; readonly forks: readonly string[] }[] = [
  { atLeast: 16, forks: ['londonBlock'] },
  { atLeast: 17, forks: ['shanghaiTime'] },
  { atLeast: 20, forks: ['cancunTime'] },
  { atLeast: 21, forks: ['pragueTime'] },
  { atLeast: 23, forks: ['osakaTime', 'amsterdamTime'] },
]

/** EIP-4844, EIP-7691: what development nodes have where they say nothing else. */
const BLOBS = {
  cancun: { target: 3, max: 6, baseFeeUpdateFraction: 3338477 },
  prague: { target: 6, max: 9, baseFeeUpdateFraction: 5007716 },
} as const

/** Where deposits go on mainnet and on every network that says nothing else (EIP-6110). */
const DEPOSIT_CONTRACT = '0x00000000219ab540356cbb839cbe05303d7705fa'

export interface ToldByClient {
  readonly chainId: number
  /** RLP of its newest header. */
  readonly header: Uint8Array
  /** What `eth_config` answered; undefined where it has no such method. */
  readonly config: unknown
}

/** @throws {NetworkConfigError} for a config of another shape */
export function rulesOfClient({ chainId, header, config }: ToldByClient): ChainRules {
  const fields = RLP.decode(header) as Uint8Array[]
  const named = FORKS_BY_FIELDS.filter(({ atLeast }) => fields.length >= atLeast).flatMap(({ forks }) => forks)
  const current = config === undefined ? undefined : new ConfigValue(config, 'eth_config').get('current')
  const forks = new Set([...BLOCK_FORKS, ...named, ...(isOsaka(current) ? ['osakaTime'] : [])])
  const isMerged = fields.length > LONDON_FIELDS || fields[DIFFICULTY]!.length === 0
  const blobs = blobsOf(current)
  return {
    chainId,
    ...Object.fromEntries(Array.from(forks, (name) => [name, 0])),
    ...(isMerged && { mergeForkBlock: 0, terminalTotalDifficulty: 0 }),
    ...(forks.has('cancunTime') && {
      blobSchedule: Object.fromEntries(
        (['cancun', 'prague', 'osaka', 'amsterdam'] as const)
          .filter((name) => forks.has(`${name}Time`))
          .map((name) => [name, blobs ?? BLOBS[name === 'cancun' ? 'cancun' : 'prague']]),
      ),
      depositContractAddress: DEPOSIT_CONTRACT,
    }),
  }
}

/** Place of the difficulty in a header, and the fields that it has from EIP-1559 on. */
const DIFFICULTY = 7
const LONDON_FIELDS = 16

/** Its precompile (EIP-7951) is what tells it from Prague: the headers are the same. */
const isOsaka = (current: ConfigValue | undefined): boolean =>
  current !== undefined && !current.get('precompiles').get('P256VERIFY').absent

function blobsOf(current: ConfigValue | undefined) {
  const schedule = current?.get('blobSchedule')
  if (schedule === undefined || schedule.absent) return undefined
  const [target, max] = [schedule.get('target').integer(), schedule.get('max').integer()]
  return { target, max, baseFeeUpdateFraction: schedule.get('baseFeeUpdateFraction').integer() }
}
