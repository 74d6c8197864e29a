/**
 * Whether the visitor lets blocks of a network be executed, from one visit to the next. They are, unless the visitor said no:
 * only that is kept. Other scripts of this site can write there: what is no list of names is ignored.
 */
import type { Mode } from '../../client/public-types.ts'
import { MAX_FIELD_CHARACTERS, MAX_SAVED_NETWORKS } from '../limits.ts'

export interface ModeChoices {
  read(network: string): Mode
  /** Where the browser keeps nothing, nothing is kept. */
  save(network: string, mode: Mode): void
}

const KEY = 'beamtab-light'

/** @param storage of the browser; undefined where it denies one */
export function createModeChoices(storage: Pick<Storage, 'getItem' | 'setItem'> | undefined): ModeChoices {
  return {
    read: (network) => (lightNetworks().includes(network) ? 'light' : 'beam'),
    save: (network, mode) => {
      const others = lightNetworks().filter((name) => name !== network)
      const names = mode === 'light' ? [network, ...others].slice(0, MAX_SAVED_NETWORKS) : others
      try {
        storage?.setItem(KEY, JSON.stringify(names))
      } catch {
        // Full, or denied: this visit goes on as it is, and the next begins without.
      }
    },
  }

  function lightNetworks(): readonly string[] {
    try {
      const names: unknown = JSON.parse(storage?.getItem(KEY) ?? '[]')
      return isNames(names) ? names : []
    } catch {
      return []
    }
  }
}

function isNames(value: unknown): value is readonly string[] {
  return (
    Array.isArray(value) &&
    value.length <= MAX_SAVED_NETWORKS &&
    value.every((name) => typeof name === 'string' && name.length <= MAX_FIELD_CHARACTERS)
  )
}
