import { expect, test } from 'vitest'
import { networkByName } from '../chain/network.ts'
import { beamSettings } from './beam-settings.ts'
import { BeamError } from './errors.ts'
import type { BeamtabOptions, Mode } from './public-types.ts'

const follow = { servers: ['https://beacon.example'] }
const settings = (options: Omit<BeamtabOptions, 'network'>) =>
  beamSettings(networkByName('mainnet'), { network: 'mainnet', follow, ...options })

test('nothing is executed in light mode, which is the default; in the others the same is', () => {
  const servers = ['https://state.example']
  expect([settings({ servers }), settings({ servers, mode: 'light' })]).toEqual([undefined, undefined])
  for (const mode of ['beam', 'full'] as const)
    expect(settings({ servers, mode })).toEqual({ sources: 'all', maxLag: undefined })
})

test('a mode without servers of state, and what is none, are refused', () => {
  expect(() => settings({ mode: 'full' })).toThrow(BeamError)
  expect(() => settings({ mode: 'whole' as Mode })).toThrow('whole is no mode: name one of light, beam, full')
})
