/** The demo page's entry. */
import { render } from 'preact'

const app = document.getElementById('app')
if (app === null) throw new Error('index.html has no element #app to render into')
render(<h1>Beamtab</h1>, app)
