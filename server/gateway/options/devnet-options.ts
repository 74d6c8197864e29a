/** The options of a devnet, and what other chains of our own making share with it. */
import { resolve } from 'node:path'
import type { PresetName } from '../../../src/chain/beacon-preset.ts'
import { PRESET_NAMES } from '../../../src/chain/beacon-preset.ts'
import type { ForkName } from '../../../src/chain/network.ts'
import { FORK_NAMES } from '../../../src/chain/network.ts'
import { DEFAULT_SLOT_SECONDS, MAX_GAS } from '../../devnet/defaults.ts'
import type { ForkEpochs } from '../../devnet/devnet-network.ts'
import type { DevnetOptions } from '../../devnet/start-devnet.ts'
import { numberOption } from './number-option.ts'
import { OptionError } from './option-error.ts'

/** Names of the options, each with one value. */
export const DEVNET_OPTION_NAMES = [
  'seed',
  'slot',
  'preset',
  'forks',
  'age',
  'start-time',
  'as',
  'accounts',
  'slots',
  'gas',
  'participation',
  'blocks',
] as const

export type DevnetOptionTexts = Readonly<Partial<Record<(typeof DEVNET_OPTION_NAMES)[number], string | undefined>>>

/** s. Below a tenth of a second blocks take longer than slots. */
const SLOT_BOUNDS = { min: 0.1, max: 3_600 }

/**
 * Periods. A client asks for 128 at a time, so these make it ask twice. Each has three blocks, executed and signed before
 * anything is served: some 40 ms, so that a thousand would let nobody in for the better part of a minute.
 */
const AGE_BOUNDS = { min: 0, max: 256, reason: 'the blocks of all periods are made before anything is served' }

/** Of the genesis: a million take a minute and a gigabyte. */
const ACCOUNT_BOUNDS = { min: 1, max: 1_000_000, kind: 'whole' } as const

/** Blocks made before anything is served: an hour's worth of 12 s on a fast machine. */
const SLOTS_BOUNDS = { min: 1, max: 10_000, kind: 'whole' } as const

const BLOCKS_BOUNDS = { min: 0, max: 10_000_000, kind: 'whole' } as const

/** Epochs: a devnet lives for days. */
const MAX_FORK_EPOCH = 1_000_000

const GAS_IN_MGAS = 1_000_000

/** Mgas of a block. */
const GAS_BOUNDS = { min: 0, max: MAX_GAS / GAS_IN_MGAS }

/** Where genesis states are kept between runs, below the project's root. */
const CACHE_FOLDER = '.cache/devnet'

/** @param root the project's @throws {OptionError} */
export function devnetOptions(texts: DevnetOptionTexts, root: string): DevnetOptions {
  const mgas = numberOption('gas', texts.gas, GAS_BOUNDS)
  const participation = numberOption('participation', texts.participation, { min: 0, max: 1 })
  if (texts.as !== undefined) {
    if (texts.as !== 'mainnet') throw new OptionError(`--as ${JSON.stringify(texts.as)}: expected mainnet`)
    for (const name of ['slot', 'preset', 'forks'] as const) {
      if (texts[name] !== undefined) throw new OptionError(`--as mainnet and --${name} exclude each other`)
    }
  }
  return {
    ...hostOptions(texts),
    forks: texts.forks === undefined ? undefined : forksOption(texts.forks),
    agePeriods: ageOption(texts),
    startTime: startTimeOption(texts),
    as: texts.as === 'mainnet' ? 'mainnet' : undefined,
    workloadSlots: numberOption('slots', texts.slots, SLOTS_BOUNDS),
    accounts: numberOption('accounts', texts.accounts, ACCOUNT_BOUNDS),
    gas: mgas === undefined ? undefined : Math.round(mgas * GAS_IN_MGAS),
    events: participation === undefined ? undefined : { participation },
    moreBlocks: blocksOption(texts),
    cacheFolder: resolve(root, CACHE_FOLDER),
  }
}

export interface HostOptions {
  readonly seed?: string
  readonly slotSeconds?: number
  readonly preset?: PresetName
}

/** What every chain of our own beacon blocks takes. @throws {OptionError} */
export function hostOptions(texts: DevnetOptionTexts): HostOptions {
  const slotSeconds = numberOption('slot', texts.slot, SLOT_BOUNDS)
  return {
    ...(texts.seed !== undefined && { seed: texts.seed }),
    ...(slotSeconds !== undefined && { slotSeconds }),
    ...(texts.preset !== undefined && { preset: presetOption(texts.preset) }),
  }
}

/** Periods. @throws {OptionError} */
export const ageOption = ({ age }: DevnetOptionTexts): number | undefined => numberOption('age', age, AGE_BOUNDS)

/** A chain that began to run earlier has every slot since to make. @throws {OptionError} */
function startTimeOption({ 'start-time': text, slot }: DevnetOptionTexts): number | undefined {
  const now = Math.floor(Date.now() / 1_000)
  const slotSeconds = numberOption('slot', slot, SLOT_BOUNDS) ?? DEFAULT_SLOT_SECONDS
  const min = Math.max(now - Math.floor(SLOTS_BOUNDS.max * slotSeconds), 0)
  return numberOption('start-time', text, { min, max: now, kind: 'whole' })
}

/** Blocks that are still made, or that are served of recorded ones. @throws {OptionError} */
export const blocksOption = ({ blocks }: DevnetOptionTexts): number | undefined =>
  numberOption('blocks', blocks, BLOCKS_BOUNDS)

function presetOption(text: string): PresetName {
  const preset = PRESET_NAMES.find((name) => name === text)
  if (preset !== undefined) return preset
  throw new OptionError(`--preset ${JSON.stringify(text)}: expected ${PRESET_NAMES.join(' or ')}`)
}

/** `capella:0,deneb:0,electra:2`: names in the order of forks, epochs that do not fall. */
function forksOption(text: string): ForkEpochs {
  const forks: Partial<Record<ForkName, number>> = {}
  let [last, lastEpoch] = [-1, 0]
  for (const part of text.split(',')) {
    const [, name, digits] = /^([a-z0-9]+):(\d+)$/.exec(part.trim()) ?? []
    const index = FORK_NAMES.findIndex((known) => known === name)
    const fork = FORK_NAMES[index]
    const epoch = Number(digits)
    if (fork === undefined || !(epoch <= MAX_FORK_EPOCH)) {
      throw new OptionError(`--forks ${JSON.stringify(part)}: expected NAME:EPOCH, names are ${FORK_NAMES.join(', ')}`)
    }
    if (index <= last || epoch < lastEpoch) {
      throw new OptionError(`--forks ${JSON.stringify(text)}: ${part} does not come after the fork before it`)
    }
    forks[fork] = epoch
    ;[last, lastEpoch] = [index, epoch]
  }
  if (Math.min(...Object.values(forks)) > 0) {
    throw new OptionError(`--forks ${JSON.stringify(text)}: one fork has to begin at epoch 0`)
  }
  return forks
}
