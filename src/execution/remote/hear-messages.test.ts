import { expect, test } from 'vitest'
import { messageHearing } from './hear-messages.ts'

test('what came before is heard, each time, however often it is asked for', async () => {
  const hearMessages = messageHearing()
  const { port1, port2 } = new MessageChannel()
  let heard = 0
  port1.onmessage = () => void (heard += 1)
  for (let sent = 1; sent <= 50; sent++) {
    port2.postMessage(undefined)
    await hearMessages()
    await hearMessages()
    expect(heard).toBe(sent)
  }
  port1.close()
})

test('two who ask at a time are both answered', async () => {
  const hearMessages = messageHearing()
  await Promise.all([hearMessages(), hearMessages()])
  await hearMessages()
})
