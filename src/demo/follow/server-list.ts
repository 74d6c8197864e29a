/** Servers as the visitor names them: a URL per line. What is wrong with one is said of its line. */
import { parseServerUrl, ServerUrlError } from '../../network/http/server-url.ts'
import { sentence } from '../format.ts'
import { MAX_SERVERS } from '../limits.ts'

export interface ServerList {
  /** In the order given, each once, in one way of writing. */
  readonly urls: readonly string[]
  /** A sentence each. */
  readonly problems: readonly string[]
}

/** Machines that pages may ask without TLS: the page's own security policy lets these two names through. */
const LOOPBACK = ['127.0.0.1', 'localhost']

/** Reads servers' URLs; empty lines and white space around a URL are nothing. */
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
    const read = readUrl(line)
    if (read.kind === 'invalid') problems.push(`Line ${i + 1}: ${sentence(read.problem)}`)
    else if (urls.includes(read.url)) problems.push(`Line ${i + 1}: ${read.name} is named twice.`)
    else urls.push(read.url)
  }
  return { urls, problems }
}

type ReadUrl =
  | { readonly kind: 'valid'; readonly url: string; readonly name: string }
  | { readonly kind: 'invalid'; readonly problem: string }

/** As the client reads it, and no address that the page's security policy keeps it from. */
function readUrl(text: string): ReadUrl {
  try {
    const server = parseServerUrl(text)
    const url = new URL(text)
    if (url.protocol === 'http:' && !LOOPBACK.includes(url.hostname)) {
      const problem = `${url.host} is asked over https:// only; http:// is for ${LOOPBACK.join(' and ')}.`
      return { kind: 'invalid', problem }
    }
    return { kind: 'valid', url: server.route(''), name: server.name }
  } catch (error) {
    if (error instanceof ServerUrlError) return { kind: 'invalid', problem: error.message }
    throw error
  }
}
