import { afterEach, expect, test, vi } from 'vitest'
import { fromFile, fromServer } from './file-source.ts'

const listed = { name: 'a.ssz', path: '/data/lightclient/a/a.ssz', bytes: 3 }
const { signal } = new AbortController()
const answerWith = (response: () => Promise<Response>) => vi.stubGlobal('fetch', response)

afterEach(() => vi.unstubAllGlobals())

test('bytes come from a file, or from the server in whatever pieces', async () => {
  expect(await fromFile(new File(['abc'], 'a')).read(signal)).toEqual(new TextEncoder().encode('abc'))
  answerWith(() => Promise.resolve(new Response(new Uint8Array([1, 2, 3]))))
  expect(await fromServer(listed).read(signal)).toEqual(new Uint8Array([1, 2, 3]))
})

test('an answer that says no, and no answer, name the file and what to do', async () => {
  answerWith(() => Promise.resolve(new Response('no', { status: 404 })))
  await expect(fromServer(listed).read(signal)).rejects.toThrow(`${listed.path}: the server answered 404. Reload`)
  answerWith(() => Promise.reject(new TypeError('Failed to fetch')))
  await expect(fromServer(listed).read(signal)).rejects.toThrow(/does the page's server still run/)
})

test('a body without end is cut off where the limit is', async () => {
  const chunk = new Uint8Array(64 * 1_048_576)
  const body = new ReadableStream<Uint8Array>({ pull: (controller) => controller.enqueue(chunk) })
  answerWith(() => Promise.resolve(new Response(body)))
  await expect(fromServer(listed).read(signal)).rejects.toThrow('the page takes files of up to 256 MiB')
})

test('a cancelled read rejects with the reason of the cancelling', async () => {
  const abort = new AbortController()
  abort.abort(new Error('cancelled'))
  answerWith(() => Promise.reject(new DOMException('aborted', 'AbortError')))
  await expect(fromServer(listed).read(abort.signal)).rejects.toThrow('cancelled')
  await expect(fromFile(new File(['abc'], 'a')).read(abort.signal)).rejects.toThrow('cancelled')
})
