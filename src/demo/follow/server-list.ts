/** Servers as the visitor names them: a URL per line. What is wrong with one is said of its line. */
import { MAX_SERVERS, MAX_URL_CHARACTERS } from '../limits.ts'

export interface ServerList {
  /** In the order given, each once, without a slash at the end. */
  readonly urls: readonly string[]
  /** A sentence each. */
  readonly problems: readonly string[]
}

/** Machines that pages may ask without TLS: the page's own security policy lets these two names through. */
const LOOPBACK = ['127.0.0.1', 'localhost']

/** Reads base URLs; empty lines and white space around a URL are nothing. */
export function parseServerList(text: string): ServerList {
  const urls: string[] = []
  const problems: string[] = []
  const lines = text.split('\n').map((line) => line.trim())
  for (const [i, line] of lines.entries()) {
    if (line === '') continue
    if (urls.length === MAX_SERVERS) {
      problems.push(`Line ${i + 1}: at most ${MAX_SERVERS} servers are asked.`)
      break
    }
    const read = parseServerUrl(line)
    if (read.kind === 'invalid') problems.push(`Line ${i + 1}: ${read.problem}`)
    else if (urls.includes(read.url)) problems.push(`Line ${i + 1}: ${read.url} is named twice.`)
    else urls.push(read.url)
  }
  return { urls, problems }
}

export type ServerUrl =
  { readonly kind: 'valid'; readonly url: string } | { readonly kind: 'invalid'; readonly problem: string }

/** Reads one base URL, which request paths are appended to. */
export function parseServerUrl(text: string): ServerUrl {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (text.length > MAX_URL_CHARACTERS) return invalid(`a URL has at most ${MAX_URL_CHARACTERS} characters.`)
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    return invalid(`${text} is no URL that begins with https:// or http://.`)
  }
  // Said without the text: what is a password should not be on the screen a second time.
  if (url.username !== '' || url.password !== '') {
    return invalid('a user name or password in a URL is not sent by browsers; leave it out.')
  }
  if (url.search !== '' || url.hash !== '') {
    return invalid(`${text} has a part after ? or #; give the address that request paths are appended to.`)
  }
  if (url.protocol === 'http:' && !LOOPBACK.includes(url.hostname)) {
    return invalid(`${url.host} is asked over https:// only; http:// is for ${LOOPBACK.join(' and ')}.`)
  }
  return { kind: 'valid', url: url.href.replace(/\/+$/, '') }
}

function invalid(problem: string): ServerUrl {
  return { kind: 'invalid', problem }
}
