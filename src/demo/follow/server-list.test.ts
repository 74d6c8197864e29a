import { describe, expect, test } from 'vitest'
import { MAX_SERVERS } from '../limits.ts'
import { parseServerList } from './server-list.ts'

test('a URL per line, in their order, without the slash at the end', () => {
  const text = ' https://beacon.example/ \n\nhttp://127.0.0.1:5052\nhttps://x.example/v2/key/\nhttps://x.example/?key=1'
  expect(parseServerList(text)).toEqual({
    urls: ['https://beacon.example', 'http://127.0.0.1:5052', 'https://x.example/v2/key', 'https://x.example?key=1'],
    problems: [],
  })
  expect(parseServerList(' \n ')).toEqual({ urls: [], problems: [] })
})

describe('what is refused is said of its line', () => {
  test.each([
    ['beacon.example', 'no URL; give https://host'],
    ['ftp://beacon.example', 'begins with ftp:'],
    ['javascript:alert(1)', 'begins with javascript:'],
    ['https://x.example/#top', 'ends in a #fragment'],
    ['http://192.168.1.5:5052', 'over https:// only'],
    [`https://x.example/${'y'.repeat(9_000)}`, 'characters long'],
  ])('%s', (line, problem) => {
    const { urls, problems } = parseServerList(`https://good.example\n${line}`)
    expect(urls).toEqual(['https://good.example'])
    expect(problems[0]).toMatch(/^Line 2: /)
    expect(problems[0]).toContain(problem)
  })

  test('a password, which is not repeated', () => {
    const [problem] = parseServerList('https://me:secret@x.example').problems
    expect(problem).toContain('password')
    expect(problem).not.toContain('secret')
  })

  test('a server named twice, however it is written', () => {
    expect(parseServerList('https://x.example\nHTTPS://X.example:443/').problems).toEqual([
      'Line 2: https://x.example is named twice.',
    ])
  })

  test('more servers than are asked', () => {
    const text = Array.from({ length: 1_000 }, (_, i) => `https://s${i}.example`).join('\n')
    const { urls, problems } = parseServerList(text)
    expect(urls).toHaveLength(MAX_SERVERS)
    expect(problems).toEqual(['Line 33: at most 32 servers are asked.'])
  })
})
