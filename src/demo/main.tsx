/** The demo page's entry: the model over the real client, drawn into `#app`. */
import { render } from 'preact'
import { createBeamtab } from '../client/create-beamtab.ts'
import { addressOf } from './follow/state-in-address.ts'
import { pageTitle } from './follow/page-title.ts'
import { browserStorage } from './follow/saved-settings.ts'
import { createPageModel } from './page-model.ts'
import './styles/base.css'
import './styles/controls.css'
import './styles/layout.css'
import './styles/results.css'
import './styles/follow.css'
import './styles/beam.css'
import { App } from './view/app.tsx'

const app = document.getElementById('app')
if (app === null) throw new Error('index.html has no element #app to render into')

// Put there by a server that runs a network of its own; a page on any other host has none and asks nobody.
const home = document.querySelector<HTMLMetaElement>('meta[name="beamtab-network"]')?.content

const model = createPageModel({
  createBeamtab,
  address: location.href,
  home: home === undefined ? undefined : new URL(home, location.href).href,
  storage: browserStorage(),
})
model.subscribe(() => {
  const address = addressOf(location.href, model.state())
  // Browsers refuse more than a hundred changes in ten seconds.
  if (address !== location.href) history.replaceState(null, '', address)
  const title = pageTitle(model.state())
  if (title !== document.title) document.title = title
})
model.start()
render(<App model={model} />, app)
