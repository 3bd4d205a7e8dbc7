import 'uplot/dist/uPlot.min.css';
import './styles/ground.css';
import './styles/frame.css';
import './styles/parts.css';
import './styles/forms.css';
import './styles/pages.css';
import './styles/narrow.css';
import { render } from 'preact';
import { App } from './app.tsx';
import { followKeys } from './keys.ts';
import { followLive } from './live.ts';
import { followLinks } from './place.ts';

const root = document.querySelector('#app');
if (root !== null) {
  root.replaceChildren();
  followLinks();
  followKeys();
  followLive();
  render(<App />, root);
}
