/** Who answers at a URL: two sources of one owner are one witness. */
import { getDomain } from 'tldts'

/**
 * The registrable domain, by the ICANN part of the public suffix list: two names under one hosting platform (the list's
 * private part) are one owner, since the platform answers for both. An IP address, and a name without a suffix, stands for
 * itself whatever the port. What runs on this machine has no owner but the user, who may well run several nodes to
 * compare: there each port counts.
 * @param url http or https
 */
export function ownerOf(url: string): string {
  const { hostname, port, protocol } = new URL(url)
  const host = hostname.replace(/\.$/, '')
  if (isLoopback(host)) return `this machine, port ${port || (protocol === 'https:' ? '443' : '80')}`
  return getDomain(host) ?? mappedIpv4(host) ?? host
}

function isLoopback(host: string): boolean {
  if (host === 'localhost' || host.endsWith('.localhost') || host === '[::1]') return true
  return /^127\.\d+\.\d+\.\d+$/.test(mappedIpv4(host) ?? host)
}

/** `[::ffff:7f00:1]` is 127.0.0.1, and one server at both. `URL` writes it in this form whatever came. */
function mappedIpv4(host: string): string | undefined {
  const match = /^\[::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/.exec(host)
  if (match === null) return undefined
  const [high, low] = [Number.parseInt(match[1]!, 16), Number.parseInt(match[2]!, 16)]
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`
}
