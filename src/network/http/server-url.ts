/** Where a server is, as a user gave it. URLs often hold an API key: what is shown, thrown or logged never has it. */
import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@ethereumjs/util'
import { SECRET_MIN, SERVER_URL_MAX } from './constants.ts'

/** A list is its name once for each item: what an API means by a parameter with several values (OpenAPI, style `form`). */
export type Query = Readonly<Record<string, string | readonly string[]>>

export interface ServerUrl {
  /**
   * For people and logs, and different for different URLs: origin and path, `…` for what may be secret, and then a
   * fingerprint of the whole.
   */
  readonly name: string
  readonly origin: string
  /**
   * The URL of a route: below the server's own path, with the server's own query first.
   * @param path begins with a slash
   */
  route(path: string, query?: Query): string
  /** Text without the parts of the URL that may be secret: servers like to repeat the path they were asked for. */
  redact(text: string): string
}

/** A server's URL that cannot be used. Says why, without repeating what may be secret. */
export class ServerUrlError extends Error {
  override name = 'ServerUrlError'
}

/**
 * Takes a path, with or without a slash at its end, and a query.
 * @throws {ServerUrlError} for anything but http and https, and for a user name, password or fragment
 */
export function parseServerUrl(text: string): ServerUrl {
  const url = readUrl(text.trim())
  const base = url.pathname.replace(/\/+$/, '')
  const own = [...url.searchParams]
  const segments = base.split('/').slice(1)
  const hidden = [...segments.filter(maybeSecret), ...own.map(([, value]) => value)]
  const secrets = [...new Set(hidden.flatMap((part) => [part, decoded(part)]))]
    .filter(({ length }) => length >= SECRET_MIN)
    .sort((a, b) => b.length - a.length)
  const shown = segments.map((segment) => `/${maybeSecret(segment) ? '…' : segment}`).join('')
  const query = own.length > 0 ? '?…' : ''
  const tag = hidden.length > 0 ? ` (${fingerprint(url.href)})` : ''
  return {
    name: `${url.origin}${shown}${query}${tag}`,
    origin: url.origin,
    route: (path, added = {}) => {
      const parameters = new URLSearchParams([...own, ...queryPairs(added)]).toString()
      return `${url.origin}${base}${path}${parameters === '' ? '' : `?${parameters}`}`
    },
    redact: (said) => secrets.reduce((left, secret) => left.replaceAll(secret, '…'), said),
  }
}

export const queryPairs = (query: Query): [string, string][] =>
  Object.entries(query).flatMap(([name, value]) => [value].flat().map((item): [string, string] => [name, item]))

/** Short words and versions name a route (`/eth/mainnet/v3`); anything else may be a key. */
const maybeSecret = (segment: string): boolean => !/^([a-z]{1,10}|v\d{1,2}|eth\d?)$/i.test(segment)

/** Enough to tell a user's handful of URLs apart, too little to find a key from. */
const fingerprint = (href: string): string => bytesToHex(sha256(new TextEncoder().encode(href))).slice(2, 6)

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

function readUrl(text: string): URL {
  if (text.length > SERVER_URL_MAX) {
    throw new ServerUrlError(`a server's URL is ${text.length} characters long, at most ${SERVER_URL_MAX} are taken`)
  }
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined) throw new ServerUrlError('a server is given that is no URL; give https://host or http://host')
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new ServerUrlError(`a server's URL begins with ${url.protocol}, which cannot be asked; use https: or http:`)
  }
  if (url.username !== '' || url.password !== '') {
    throw new ServerUrlError(
      `the URL of ${url.host} holds a user name or password, which browsers refuse to send; put a key into path or query`,
    )
  }
  if (url.hash !== '') {
    throw new ServerUrlError(`the URL of ${url.host} ends in a #fragment, which is never sent; leave it away`)
  }
  return url
}
