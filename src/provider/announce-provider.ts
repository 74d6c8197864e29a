/** EIP-6963: how a page that asks for providers finds this one among others. */
import { ICON } from './icon.ts'
import type { Eip1193Provider } from './public-types.ts'

export interface ProviderInfo {
  /** One per provider and page. */
  readonly uuid: string
  readonly name: string
  readonly icon: `data:image/${string}`
  /** Says whose it claims to be; nothing proves it. */
  readonly rdns: string
}

export interface ProviderDetail {
  readonly info: ProviderInfo
  readonly provider: Eip1193Provider
}

export interface AnnounceOptions {
  /** Default: this page's window. */
  readonly target?: EventTarget
  /** Default: Beamtab. Say more where a page has several, such as "Beamtab (Sepolia)". */
  readonly name?: string
}

const RDNS = 'app.beamtab'

/**
 * Announces the provider now, and whenever a page asks for providers. A page that cannot take the event keeps its fault to
 * itself: `dispatchEvent` reports what listeners throw.
 * @returns ends that; what was announced stays with who heard it
 */
export function announceProvider(provider: Eip1193Provider, options: AnnounceOptions = {}): () => void {
  const { target = globalThis, name = 'Beamtab' } = options
  const info: ProviderInfo = Object.freeze({ uuid: uuidOf(provider), name, icon: ICON, rdns: RDNS })
  const detail: ProviderDetail = Object.freeze({ info, provider })
  const announce = (): void => void target.dispatchEvent(new CustomEvent('eip6963:announceProvider', { detail }))
  target.addEventListener('eip6963:requestProvider', announce)
  announce()
  return () => target.removeEventListener('eip6963:requestProvider', announce)
}

/** A provider that is announced a second time is the same one. */
const uuids = new WeakMap<Eip1193Provider, string>()

function uuidOf(provider: Eip1193Provider): string {
  const uuid = uuids.get(provider) ?? randomUuid()
  uuids.set(provider, uuid)
  return uuid
}

/** RFC 4122, version 4. Not `crypto.randomUUID`, which pages served without TLS do not have. */
function randomUuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[6] = (bytes[6]! & 0x0f) | 0x40
  bytes[8] = (bytes[8]! & 0x3f) | 0x80
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
