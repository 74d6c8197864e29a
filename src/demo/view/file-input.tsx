/** Where files come in: picked with the button, or dropped anywhere on the page. */
import type { PageModel } from '../page-model.ts'

export function FileInput({ model, isDragging }: { readonly model: PageModel; readonly isDragging: boolean }) {
  const pick = (input: HTMLInputElement) => {
    const files = [...(input.files ?? [])]
    // The same file can be picked again, after it changed for example.
    input.value = ''
    void model.addFiles(files)
  }
  return (
    <div class={isDragging ? 'drop-zone dragging' : 'drop-zone'}>
      <input
        id="files"
        class="visually-hidden"
        type="file"
        multiple
        accept=".json,.gz,.ssz"
        aria-describedby="files-hint"
        onChange={(event) => pick(event.currentTarget)}
      />
      <label for="files" class="button primary">
        Choose files
      </label>
      <p>{isDragging ? 'Let go to check them.' : 'or drop them anywhere on this page.'}</p>
      <p id="files-hint" class="hint">
        Blocks with their witness (.json, .json.gz); light-client bootstrap, updates and heads of one chain together
        (.ssz, .json). Up to 256 MiB each. Files stay in this browser.
      </p>
    </div>
  )
}
