/** The time, told once a second to those who show an age: they draw anew, and nothing around them does. */
import { useEffect, useState } from 'preact/hooks'

const listeners = new Set<(now: number) => void>()
let timer: ReturnType<typeof setInterval> | undefined

/** `read` of the time in milliseconds since 1970, at each second; draws again only when what it gives is another. */
export function useNow<Shown extends string | undefined>(read: (now: number) => Shown): Shown {
  const [, setShown] = useState<Shown>()
  useEffect(() => {
    const listener = (now: number) => setShown(read(now))
    return listen(listener)
  }, [read])
  return read(Date.now())
}

/** One timer for all of them, so that ages change together. */
function listen(listener: (now: number) => void): () => void {
  listeners.add(listener)
  timer ??= setInterval(() => {
    const now = Date.now()
    for (const each of listeners) each(now)
  }, 1_000)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}
