/** What the visitor says about how to follow: as typed, and what it means. */
import type { FollowOptions } from '../../client/public-types.ts'
import { parseTrustedRoot } from '../trusted-root.ts'
import { parseServerList } from './server-list.ts'

/** As typed; lists have a URL per line. */
export interface FollowSettings {
  readonly servers: string
  readonly executionServers: string
  readonly checkpoint: string
  readonly checkpointSources: string
  readonly allowOldCheckpoint: boolean
}

export type FollowField = Exclude<keyof FollowSettings, 'allowOldCheckpoint'>

export const FOLLOW_FIELDS = [
  'servers',
  'executionServers',
  'checkpoint',
  'checkpointSources',
] as const satisfies readonly FollowField[]

export const NO_SETTINGS: FollowSettings = {
  servers: '',
  executionServers: '',
  checkpoint: '',
  checkpointSources: '',
  allowOldCheckpoint: false,
}

export type FollowProblems = Readonly<Record<FollowField, readonly string[]>>

export type ParsedSettings =
  | { readonly kind: 'valid'; readonly options: FollowOptions }
  | { readonly kind: 'invalid'; readonly problems: FollowProblems }

/**
 * What settings mean. Fields that are left empty are left to the client, which takes them from the network file.
 * @param network whether its file names beacon servers: without, the visitor has to
 */
export function parseFollowSettings(
  settings: FollowSettings,
  network: { readonly namesServers: boolean },
): ParsedSettings {
  const servers = parseServerList(settings.servers)
  const executionServers = parseServerList(settings.executionServers)
  const sources = parseServerList(settings.checkpointSources)
  const checkpoint = parseTrustedRoot(settings.checkpoint)
  const isMissing = settings.servers.trim() === '' && !network.namesServers
  const problems: FollowProblems = {
    servers: isMissing ? ['Name at least one beacon server.'] : servers.problems,
    executionServers: executionServers.problems,
    checkpoint: checkpoint.kind === 'invalid' ? [checkpoint.reason] : [],
    checkpointSources: sources.problems,
  }
  if (FOLLOW_FIELDS.some((field) => problems[field].length > 0)) return { kind: 'invalid', problems }
  return {
    kind: 'valid',
    options: {
      ...(servers.urls.length === 0 ? {} : { servers: servers.urls }),
      ...(executionServers.urls.length === 0 ? {} : { executionServers: executionServers.urls }),
      ...(checkpoint.kind === 'given' ? { checkpoint: checkpoint.root } : {}),
      ...(sources.urls.length === 0 ? {} : { checkpointSources: sources.urls }),
      ...(settings.allowOldCheckpoint ? { allowOldCheckpoint: true } : {}),
    },
  }
}

/** Whether two settings say the same, letter by letter. */
export function isSameSettings(a: FollowSettings, b: FollowSettings): boolean {
  return FOLLOW_FIELDS.every((field) => a[field] === b[field]) && a.allowOldCheckpoint === b.allowOldCheckpoint
}
