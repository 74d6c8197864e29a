/** What the page knows of following, and how each event changes it. Pure, a part of the page's state. */
import type { FollowedHead, LightStatus, Mode } from '../../client/public-types.ts'
import { clipped } from '../format.ts'
import { MAX_FIELD_CHARACTERS } from '../limits.ts'
import { isSameSettings, NO_SETTINGS, type FollowSettings } from './follow-settings.ts'
import type { NetworkFile } from './network-file.ts'
import { withHeadOf } from './recent-heads.ts'

export interface FollowState {
  /** As typed; what is followed with is {@link active}. */
  readonly settings: FollowSettings
  /** Whose they are: a link's are not the visitor's, and are not saved. */
  readonly origin: SettingsOrigin
  /** What is followed with; undefined when nothing is followed. */
  readonly active: ActiveFollow | undefined
  /** Whether the visitor lets blocks of this network be executed. */
  readonly mode: Mode
  /** Whether Follow was pressed with these settings: before, a field left empty is no mistake. */
  readonly isTried: boolean
  /** Why the client refused to follow with these settings. */
  readonly failure: string | undefined
  /** The file of the network in use; undefined for a built-in one. */
  readonly networkFile: NetworkFile | undefined
  readonly networkLoad: NetworkLoad
  /** Where the page's own server offers a network of its own: the URL of its file. */
  readonly home: string | undefined
  /** Since it was begun to follow, newest first; bounded. */
  readonly recentHeads: readonly FollowedHead[]
  /** What saved settings or the address said that could not be used. */
  readonly notices: readonly string[]
}

export type SettingsOrigin = 'visitor' | 'address'

export interface ActiveFollow {
  readonly settings: FollowSettings
  readonly origin: SettingsOrigin
}

export type NetworkLoad =
  | { readonly kind: 'idle' }
  | { readonly kind: 'loading'; readonly from: string }
  | { readonly kind: 'failed'; readonly reason: string }

export type FollowEvent =
  | { readonly type: 'settings-typed'; readonly part: Partial<FollowSettings> }
  | { readonly type: 'settings-read'; readonly settings: FollowSettings; readonly origin: SettingsOrigin }
  | { readonly type: 'mode-set'; readonly mode: Mode }
  | { readonly type: 'follow-refused' }
  | { readonly type: 'follow-begun'; readonly origin: SettingsOrigin }
  /** The client refused. */
  | { readonly type: 'follow-failed'; readonly reason: string }
  | { readonly type: 'follow-stopped' }
  | { readonly type: 'network-file-loading'; readonly from: string }
  | { readonly type: 'network-file-failed'; readonly reason: string }
  | { readonly type: 'noticed'; readonly notices: readonly string[] }

export const NOT_FOLLOWING: FollowState = {
  settings: NO_SETTINGS,
  origin: 'visitor',
  active: undefined,
  mode: 'beam',
  isTried: false,
  failure: undefined,
  networkFile: undefined,
  networkLoad: { kind: 'idle' },
  home: undefined,
  recentHeads: [],
  notices: [],
}

export function reduceFollow(state: FollowState, event: FollowEvent): FollowState {
  switch (event.type) {
    case 'settings-typed':
      return { ...state, settings: { ...state.settings, ...bounded(event.part) }, origin: 'visitor' }
    case 'settings-read':
      return { ...state, settings: event.settings, origin: event.origin, isTried: false }
    case 'mode-set':
      return { ...state, mode: event.mode }
    case 'follow-refused':
      return { ...state, isTried: true }
    case 'follow-begun':
      return {
        ...state,
        isTried: true,
        origin: event.origin,
        failure: undefined,
        active: { settings: state.settings, origin: event.origin },
        recentHeads: [],
      }
    case 'follow-failed':
      return { ...state, active: undefined, failure: clipped(event.reason) }
    case 'follow-stopped':
      // A link that was stopped is not to begin again with the next reload.
      return { ...state, active: undefined, failure: undefined, origin: 'visitor' }
    case 'network-file-loading':
      return { ...state, networkLoad: { kind: 'loading', from: event.from } }
    case 'network-file-failed':
      return { ...state, networkLoad: { kind: 'failed', reason: clipped(event.reason) } }
    case 'noticed':
      return { ...state, notices: event.notices.map(clipped) }
  }
}

/** Another network: nothing is followed on it yet, and no settings are known. */
export function onNetwork(state: FollowState, networkFile: NetworkFile | undefined): FollowState {
  return { ...NOT_FOLLOWING, networkFile, home: state.home, notices: state.notices }
}

/** What a client told of the chain it follows. */
export function onStatus(state: FollowState, light: LightStatus | undefined): FollowState {
  if (state.active === undefined) return state
  const recentHeads = withHeadOf(state.recentHeads, light)
  return recentHeads === state.recentHeads ? state : { ...state, recentHeads }
}

/** Whether what is typed is something else than what is followed with. */
export function hasChanges({ settings, active }: FollowState): boolean {
  return active !== undefined && !isSameSettings(settings, active.settings)
}

function bounded(part: Partial<FollowSettings>): Partial<FollowSettings> {
  const cut = Object.entries(part).map(([field, value]) => [
    field,
    typeof value === 'string' ? value.slice(0, MAX_FIELD_CHARACTERS) : value,
  ])
  return Object.fromEntries(cut) as Partial<FollowSettings>
}
