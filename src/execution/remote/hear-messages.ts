/** Lets a thread that computes hear what has been sent to it. */

/** Node's ports keep their process alive while somebody listens; browsers' have no such thing. */
type Port = MessagePort & { ref?(): void; unref?(): void }

/**
 * By a message to itself, which stands behind those that came before it. Not by a timer: browsers hold these up, by 4 ms
 * after a few in a row and by a second and more in a tab that is not looked at.
 *
 * Messages go to and fro: Node hands a port up to a thousand messages in a row before it looks at another one, so that a port
 * which is sent the next while it is handed the last would keep all others from being heard.
 */
export function messageHearing(): () => Promise<void> {
  const { port1, port2 } = new MessageChannel()
  let [sender, receiver]: [Port, Port] = [port1, port2]
  let waiting: (() => void)[] = []
  const heard = () => {
    receiver.unref?.()
    ;[sender, receiver] = [receiver, sender]
    const done = waiting
    waiting = []
    for (const resolve of done) resolve()
  }
  for (const port of [sender, receiver]) {
    port.onmessage = heard
    port.unref?.()
  }
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve)
      if (waiting.length > 1) return
      receiver.ref?.()
      sender.postMessage(undefined)
    })
}
