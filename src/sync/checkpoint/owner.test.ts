import { expect, test } from 'vitest'
import { ownerOf } from './owner.ts'

test.each([
  ['https://sync.example.co.uk/eth', 'example.co.uk'],
  ['https://OTHER.example.co.uk:8443', 'example.co.uk'],
  ['https://example.co.uk.', 'example.co.uk'],
  ['https://a.github.io', 'github.io'],
  ['http://192.0.2.7:5052', '192.0.2.7'],
  ['http://192.0.2.7:5053', '192.0.2.7'],
  ['http://[::ffff:192.0.2.7]', '192.0.2.7'],
  ['http://[2001:db8::1]:5052', '[2001:db8::1]'],
  ['http://beacon:5052', 'beacon'],
  ['http://localhost:5052', 'this machine, port 5052'],
  ['http://127.0.0.1:5052', 'this machine, port 5052'],
  ['http://127.8.0.1:5052', 'this machine, port 5052'],
  ['http://[::1]:5052', 'this machine, port 5052'],
  ['http://[::ffff:127.0.0.1]:5052', 'this machine, port 5052'],
  ['http://node.localhost:5053', 'this machine, port 5053'],
  ['http://localhost', 'this machine, port 80'],
  ['https://localhost', 'this machine, port 443'],
])('%s belongs to %s', (url, owner) => {
  expect(ownerOf(url)).toBe(owner)
})

test('a name that only looks like this machine is somebody else', () => {
  expect(ownerOf('http://127.0.0.1.example.com')).toBe('example.com')
  expect(ownerOf('http://localhost.example.com')).toBe('example.com')
})
