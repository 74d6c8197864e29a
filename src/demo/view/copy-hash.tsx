/** A hash in short, which a press copies in full: for places where it changes with every slot and there is no room. */
import { useEffect, useState } from 'preact/hooks'
import { shortHex } from '../format.ts'

/** How long it is said that a hash was copied, in ms: long enough to be seen, short enough for the next. */
const SAID_FOR = 1_500

export function CopyHash({ value, what }: { readonly value: string; readonly what: string }) {
  const [copied, setCopied] = useState<string>()
  /** Where the browser gives no clipboard: the whole value, to be selected. */
  const [isWhole, setWhole] = useState(false)
  useEffect(() => {
    if (copied === undefined) return
    const timer = setTimeout(() => setCopied(undefined), SAID_FOR)
    return () => clearTimeout(timer)
  }, [copied])
  if (isWhole) return <code class="hash">{value}</code>
  const copy = () =>
    void navigator.clipboard.writeText(value).then(
      () => setCopied(value),
      () => setWhole(true),
    )
  return (
    <button type="button" class="copy-hash" title={`${value}\nPress to copy`} onClick={copy}>
      <span class="visually-hidden">Copy {what} </span>
      <code>{shortHex(value)}</code>
      <span class="copied" aria-hidden="true">
        {copied === value ? 'copied' : ''}
      </span>
    </button>
  )
}
