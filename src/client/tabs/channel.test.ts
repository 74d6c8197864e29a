import { expect, test } from 'vitest'
import { openBroadcastChannel } from './channel.ts'

test('what is said is heard by the others, and by nobody once this end is closed', async () => {
  const name = `channel test ${crypto.randomUUID()}`
  const heard: unknown[] = []
  let resolve: () => void = () => undefined
  const last = new Promise<void>((done) => (resolve = done))
  const listening = openBroadcastChannel(name, (message) => {
    heard.push(message)
    if (message === 'last') resolve()
  })
  const [speaking, other] = [openBroadcastChannel(name, resolve), openBroadcastChannel(name, () => undefined)]
  speaking.post('first')
  speaking.close()
  speaking.close()
  speaking.post('too late')
  other.post('last')
  await last
  expect(heard).toEqual(['first', 'last'])
  for (const each of [listening, other]) each.close()
})
