/**
 * The mark of `public/icon.svg` as a data URI, since EIP-6963 wants one, at the size it asks for (a square of 96 px or more).
 * Base64, as EIP-5749 has it: some pages put it into CSS without quoting it.
 */
const SVG =
  '<svg xmlns="http://www.w3.org/2000/svg" width="96" height="96" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#14181f"/><path d="M16 4 7 16.5l9 5 9-5z" fill="#7aa2f7"/><path d="M16 23.5 7 18.6 16 28l9-9.4z" fill="#9ece6a"/></svg>'

export const ICON = `data:image/svg+xml;base64,${btoa(SVG)}` as const
