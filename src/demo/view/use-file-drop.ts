/** Takes files dropped anywhere on the page: beside a drop zone the browser would open the file and leave the page. */
import { useEffect, useRef, useState } from 'preact/hooks'

/** Calls `onFiles` with what was dropped; returns whether files are held over the page now. */
export function useFileDrop(onFiles: (files: readonly File[]) => void): boolean {
  const [isDragging, setDragging] = useState(false)
  const latest = useRef(onFiles)
  latest.current = onFiles
  useEffect(() => {
    const listeners = new AbortController()
    const on = (type: 'dragover' | 'dragleave' | 'drop', listener: (event: DragEvent) => void) =>
      window.addEventListener(type, listener, { signal: listeners.signal })
    on('dragover', (event) => {
      if (!holdsFiles(event)) return
      event.preventDefault()
      setDragging(true)
    })
    on('dragleave', (event) => {
      // Without a related target the pointer left the window; else it moved between elements.
      if (event.relatedTarget === null) setDragging(false)
    })
    on('drop', (event) => {
      if (!holdsFiles(event)) return
      event.preventDefault()
      setDragging(false)
      latest.current([...(event.dataTransfer?.files ?? [])])
    })
    return () => listeners.abort()
  }, [])
  return isDragging
}

function holdsFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes('Files') ?? false
}
