/**
 * Settings kept from one visit to the next. Other scripts of this site can write there: whatever does not have exactly the
 * expected shape is ignored as a whole, and said.
 */
import { MAX_FIELD_CHARACTERS, MAX_NETWORK_FILE_BYTES, MAX_SAVED_NETWORKS } from '../limits.ts'
import { FOLLOW_FIELDS, type FollowSettings } from './follow-settings.ts'

export interface SavedSettings {
  /** The latest followed first; at most {@link MAX_SAVED_NETWORKS}, each network once. */
  readonly networks: readonly SavedNetwork[]
  /** The network file that was picked last, while it is the network in use. */
  readonly file: { readonly name: string; readonly text: string } | undefined
}

export interface SavedNetwork {
  readonly network: string
  readonly settings: FollowSettings
  /** Whether the visitor pressed Follow and not Stop: then the next visit goes on. */
  readonly isFollowing: boolean
}

export type ReadSettings =
  | { readonly kind: 'read'; readonly saved: SavedSettings }
  /** Something is there, and is not used; `reason` says why. */
  | { readonly kind: 'ignored'; readonly reason: string }

export interface SettingsStore {
  read(): ReadSettings
  /** Replaces what is saved of that network. Where the browser keeps nothing, nothing is kept. */
  saveNetwork(entry: SavedNetwork): void
  /** Keeps a picked network file for the next visit, or forgets it. */
  saveFile(file: SavedSettings['file']): void
}

const KEY = 'beamtab-follow'

/** Changes with every change of the shape. */
const VERSION = 1

const NOTHING_SAVED: SavedSettings = { networks: [], file: undefined }

/** @param storage of the browser; undefined where it denies one */
export function createSettingsStore(storage: Pick<Storage, 'getItem' | 'setItem'> | undefined): SettingsStore {
  return {
    read,
    saveNetwork: (entry) =>
      change(({ networks, file }) => {
        const others = networks.filter(({ network }) => network !== entry.network)
        return { networks: [entry, ...others].slice(0, MAX_SAVED_NETWORKS), file }
      }),
    saveFile: (file) => change((saved) => ({ ...saved, file })),
  }

  function read(): ReadSettings {
    let text: string | null | undefined
    try {
      text = storage?.getItem(KEY)
    } catch (error) {
      return { kind: 'ignored', reason: `the browser does not give them out (${String(error)})` }
    }
    return text === null || text === undefined ? { kind: 'read', saved: NOTHING_SAVED } : parseSaved(text)
  }

  function change(by: (saved: SavedSettings) => SavedSettings): void {
    const before = read()
    try {
      storage?.setItem(
        KEY,
        JSON.stringify({ version: VERSION, ...by(before.kind === 'read' ? before.saved : NOTHING_SAVED) }),
      )
    } catch {
      // Full, or denied: this visit goes on as it is, and the next begins without.
    }
  }
}

/** This browser's storage; some refuse it to pages by a throw. */
export function browserStorage(): Storage | undefined {
  try {
    return localStorage
  } catch {
    return undefined
  }
}

function parseSaved(text: string): ReadSettings {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return { kind: 'ignored', reason: 'they are damaged' }
  }
  if (!isRecord(json)) return { kind: 'ignored', reason: 'they are damaged' }
  const { version, networks, file } = json
  if (typeof version === 'number' && version > VERSION) {
    return { kind: 'ignored', reason: 'a newer version of this page wrote them' }
  }
  const isWhole =
    version === VERSION &&
    Array.isArray(networks) &&
    networks.length <= MAX_SAVED_NETWORKS &&
    networks.every(isSavedNetwork) &&
    (file === undefined || isSavedFile(file))
  return isWhole ? { kind: 'read', saved: { networks, file } } : { kind: 'ignored', reason: 'they are damaged' }
}

function isSavedNetwork(value: unknown): value is SavedNetwork {
  return (
    isRecord(value) &&
    isText(value['network'], MAX_FIELD_CHARACTERS) &&
    typeof value['isFollowing'] === 'boolean' &&
    isSettings(value['settings'])
  )
}

function isSettings(value: unknown): value is FollowSettings {
  return (
    isRecord(value) &&
    typeof value['allowOldCheckpoint'] === 'boolean' &&
    FOLLOW_FIELDS.every((field) => isText(value[field], MAX_FIELD_CHARACTERS))
  )
}

function isSavedFile(value: unknown): value is NonNullable<SavedSettings['file']> {
  return isRecord(value) && isText(value['name'], MAX_FIELD_CHARACTERS) && isText(value['text'], MAX_NETWORK_FILE_BYTES)
}

function isText(value: unknown, maxLength: number): value is string {
  return typeof value === 'string' && value.length <= maxLength
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
