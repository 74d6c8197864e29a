/** `window.ethereum`, for dapps that know no other way to find a provider. It belongs to whoever was there first. */
import type { Eip1193Provider } from './public-types.ts'

export interface InstallOptions {
  /**
   * What becomes of another wallet's: `if-absent`, the default, leaves it; `replace` takes its place as long as this one is
   * installed, where the other allows that.
   */
  readonly when?: 'if-absent' | 'replace'
  /** Default: this page's window. */
  readonly target?: EventTarget
}

export type Installed =
  /** `stop` puts back what was there, unless somebody else has put another in the meantime. */
  { readonly kind: 'installed'; readonly stop: () => void } | { readonly kind: 'left'; readonly reason: string }

/** Tells of it by `ethereum#initialized`, which pages wait for that are loaded before their wallet. Never throws. */
export function installAsWindowEthereum(provider: Eip1193Provider, options: InstallOptions = {}): Installed {
  const { when = 'if-absent', target = globalThis } = options
  const window = target as EventTarget & { ethereum?: unknown }
  try {
    const before = Object.getOwnPropertyDescriptor(window, 'ethereum')
    if (when === 'if-absent' && (before !== undefined || window.ethereum !== undefined)) {
      return { kind: 'left', reason: "another wallet's window.ethereum is there" }
    }
    // Others may put theirs in its place, as this one does.
    const ours: PropertyDescriptor = { value: provider, configurable: true, writable: true, enumerable: true }
    // One that cannot be defined anew may still take another value.
    Object.defineProperty(window, 'ethereum', before?.configurable === false ? { value: provider } : ours)
    target.dispatchEvent(new Event('ethereum#initialized'))
    return { kind: 'installed', stop: () => restore(window, provider, before) }
  } catch (error) {
    return { kind: 'left', reason: `window.ethereum cannot be set: ${(error as Error).message}` }
  }
}

function restore(
  window: { ethereum?: unknown },
  provider: Eip1193Provider,
  before: PropertyDescriptor | undefined,
): void {
  try {
    if (Object.getOwnPropertyDescriptor(window, 'ethereum')?.value !== provider) return
    if (before === undefined) delete window.ethereum
    else Object.defineProperty(window, 'ethereum', before)
  } catch {
    // Somebody has frozen it in the meantime.
  }
}
