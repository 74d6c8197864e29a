import { describe, expect, test } from 'vitest'
import type { PresetName } from '../../chain/beacon-preset.ts'
import { presetByName } from '../../chain/beacon-preset.ts'
import type { ContainerFork } from './ssz-types.ts'
import { lightClientTypes } from './ssz-types.ts'

/** Bytes of bootstrap, update, finality and optimistic update without extra data; the digits are the specification's. */
const SIZES: Readonly<Record<PresetName, Readonly<Record<ContainerFork, readonly number[]>>>> = {
  mainnet: {
    altair: [24_896, 25_368, 584, 280],
    capella: [25_600, 26_776, 1_992, 984],
    deneb: [25_616, 26_808, 2_024, 1_000],
    electra: [25_648, 26_872, 2_056, 1_000],
    gloas: [25_472, 26_424, 1_448, 664],
  },
  // A committee of 32 instead of 512 members has 23,040 bytes less, its bits have 60 less.
  minimal: {
    altair: [1_856, 2_268, 524, 220],
    capella: [2_560, 3_676, 1_932, 924],
    deneb: [2_576, 3_708, 1_964, 940],
    electra: [2_608, 3_772, 1_996, 940],
    gloas: [2_432, 3_324, 1_388, 604],
  },
}

/** Headers whose extra data can make a message longer, in the order of the sizes. */
const VARIABLE_HEADERS = [1, 2, 2, 1]

describe.each(Object.entries(SIZES))('sizes with preset %s', (preset, ofForks) => {
  const { messages } = lightClientTypes(presetByName(preset as PresetName))
  test.each(Object.entries(ofForks))('%s', (fork, sizes) => {
    const { bootstrap, update, finalityUpdate, optimisticUpdate } = messages[fork as ContainerFork]
    const codecs = [bootstrap, update, finalityUpdate, optimisticUpdate]
    const isFixed = fork === 'altair' || fork === 'gloas'
    expect(codecs.map(({ minSize }) => minSize)).toEqual(sizes)
    expect(codecs.map(({ fixedSize }) => fixedSize)).toEqual(isFixed ? sizes : [null, null, null, null])
    expect(codecs.map(({ maxSize }) => maxSize)).toEqual(
      sizes.map((size, i) => size + (isFixed ? 0 : 32 * (VARIABLE_HEADERS[i] ?? 0))),
    )
  })

  test('a size of a fixed message is none that another fork can have, so bare objects are told apart', () => {
    for (const kind of ['bootstrap', 'update', 'finalityUpdate', 'optimisticUpdate'] as const) {
      for (const fixed of ['altair', 'gloas'] as const) {
        const others = Object.entries(messages).filter(([fork]) => fork !== fixed)
        for (const [, { [kind]: other }] of others) {
          const size = messages[fixed][kind].minSize
          expect(size < other.minSize || size > other.maxSize).toBe(true)
        }
      }
    }
  })
})
