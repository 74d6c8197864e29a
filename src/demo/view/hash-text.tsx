/** A long value in full, selectable in one click: for details, where there is room. */
export function HashText({ value }: { readonly value: string }) {
  return <code class="hash">{value}</code>
}
